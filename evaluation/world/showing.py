"""What a person sees of a world beside real calls: a table, a picture, and lines that others can score."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from evaluation.drawing import figure_of, save
from evaluation.errors import CannotWrite
from evaluation.terminal import print_table, say
from evaluation.world.transfer import Transfer

__all__ = ["draw_world", "print_world", "write_judged"]

_FITS, _MISSES = "#2a7f4f", "#c0392b"


def print_world(figures: Mapping[str, Any]) -> None:
    """Print every statistic, simulated beside real, and how the learning transfers."""
    print_table(
        f"{figures['world']}, seed {figures['seed']}: {_told(figures['simulated'])} simulated"
        + (f"; {_told(figures['real'])} real" if figures["real"] else ""),
        ("statistic", "simulated", "real", "low", "high", "fits", "what it is"),
        (
            [
                name,
                *(_rounded(row[key]) for key in ("simulated", "real", "low", "high")),
                {True: "yes", False: "NO", None: ""}[row["fits"]],
                row["about"],
            ]
            for name, row in _rows(figures)
        ),
    )
    if figures["of"]:
        say(f"{figures['fit']} of {figures['of']} statistics fit")
    found = figures["transfer"]
    if isinstance(found, dict) and isinstance(learners := found["by_learner"], dict):
        print_table(
            "average precision for the defects of the real test calls, by what was learned on",
            ("learned from", "simulated calls", "real calls", "ratio", "difference, 95%"),
            (
                [
                    name,
                    *(_rounded(row[key]) for key in ("simulated_ap", "real_ap", "ratio")),
                    " to ".join(_rounded(bound) for bound in row["difference_interval"]),
                ]
                for name, row in learners.items()
            ),
        )


def draw_world(figures: Mapping[str, Any], path: Path) -> None:
    """Draw where each simulated figure lies against the real one's interval, all intervals drawn alike wide.

    Raises
    ------
    CannotWrite
        If there is no real figure, the file cannot be written, or matplotlib is not installed.
    """
    rows = [(name, row) for name, row in _rows(figures) if row["fits"] is not None]
    if not rows:
        raise CannotWrite(f"{path}: nothing to draw, since there were no real calls to compare with")
    figure = figure_of(path, (8, 0.8 + 0.27 * len(rows)))
    axes = figure.subplots()
    for place, (_, row) in enumerate(rows):
        low, high, real = (float(row[key]) for key in ("low", "high", "real"))
        width = max(high - low, 1e-9)
        axes.plot([0, 1], [place, place], color="#b8c4ce", linewidth=6, solid_capstyle="butt", zorder=1)
        axes.plot([(real - low) / width], [place], "|", color="#34495e", markersize=11, zorder=2)
        if row["simulated"] is None:
            continue
        at = (float(row["simulated"]) - low) / width
        colour = _FITS if row["fits"] else _MISSES
        shown = min(max(at, -1.0), 2.0)
        marker = "o" if shown == at else ("<" if at < shown else ">")
        axes.plot([shown], [place], marker, color=colour, markersize=6, zorder=3)
        axes.annotate(
            f"{_rounded(row['simulated'])}   ({_rounded(real)})",
            (2.12, place),
            va="center",
            fontsize=8,
            color=colour,
            annotation_clip=False,
        )
    axes.set_yticks(range(len(rows)), [name.replace("_", " ") for name, _ in rows], fontsize=8)
    axes.invert_yaxis()
    axes.set_xlim(-1.05, 2.05)
    axes.set_xticks([0, 1], ["low", "high"], fontsize=8)
    axes.set_title(
        f"{figures['world']}: simulated (real)\nbar: the real figure's 95% interval, a tenth wider",
        fontsize=10,
    )
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    save(figure, path)


def write_judged(judged: Transfer, path: Path) -> None:
    """Write what both models said of every real request: `turn_id`, and P(success) by `simulated` and `real`.

    Raises
    ------
    CannotWrite
        If the file cannot be written; then what was there before is still there.
    """
    beside = path.with_name(f".{path.name}.part")
    try:
        with beside.open("wb") as lines:
            for turn_id, said in judged.simulated.items():
                line = {"turn_id": turn_id, "simulated": said, "real": judged.real[turn_id]}
                lines.write(orjson.dumps(line) + b"\n")
        beside.replace(path)
    except OSError as fault:
        beside.unlink(missing_ok=True)
        raise CannotWrite(f"{path}: {fault}") from fault


def _rows(figures: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    return list(figures["statistics"].items())


def _told(size: Mapping[str, Any]) -> str:
    return f"{size['turns']} turns of {size['calls']} calls"


def _rounded(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, (int, float)) and not isinstance(value, bool) else ""
