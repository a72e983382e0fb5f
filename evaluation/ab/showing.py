"""What a person sees of an A/B test: a table, and the course over the days."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from evaluation.drawing import figure_of, save
from evaluation.terminal import print_table

__all__ = ["draw_course", "print_arms"]

_SHOWN = (
    "requests",
    "defects",
    "defect_rate",
    "defect_reduction",
    "rewritten",
    "share_rewritten",
    "defect_reduction_on_rewritten",
    "wins",
    "losses",
    "win_loss_ratio",
    "requests_until_goal",
)


def print_arms(answer: Mapping[str, Any]) -> None:
    """Print the figures of all arms, and those of the last arm by frequency band."""
    arms: Mapping[str, Mapping[str, Any]] = answer["arms"]
    size = f"{answer['customers']} customers, {answer['days_differing']} days"
    title = f"{answer['world']}, {size}, seed {answer['seed']}"
    print_table(
        title,
        ("", *arms),
        ([name.replace("_", " "), *(_said(arm, name) for arm in arms.values())] for name in _SHOWN),
    )
    for arm, figures in arms.items():
        if figures.get("rewritten"):
            bands = figures["bands"]
            print_table(
                f"{arm}, by frequency of the request",
                ("", *bands),
                (
                    [name.replace("_", " "), *(_said(band, name) for band in bands.values())]
                    for name in _SHOWN[:-1]
                ),
            )


def _said(figures: Mapping[str, JsonValue], name: str) -> str:
    value = figures.get(name)
    if value is None:
        return ""
    if not isinstance(value, float):
        return str(value)
    low, high = figures.get(f"{name}_low"), figures.get(f"{name}_high")
    return f"{value:.3f}" if low is None else f"{value:.3f} ({low:.3f} to {high:.3f})"


def draw_course(answer: Mapping[str, Any], path: Path) -> None:
    """Draw, day by day, the defect rate of each arm, and wins and losses of the arms that rewrite.

    Raises
    ------
    CannotWrite
        The file cannot be written, or matplotlib is not installed.
    """
    figure = figure_of(path, (8, 6))
    rates, wins = figure.subplots(2, 1, sharex=True)
    days = answer["days"]
    for arm in answer["arms"]:
        course = [(one["day"], one["arms"][arm]) for one in days if arm in one["arms"]]
        rates.plot(
            [day for day, _ in course], [100 * one["defect_rate"] for _, one in course], label=arm, marker="."
        )
        if any(one["rewritten"] for _, one in course):
            wins.plot(
                [day for day, _ in course],
                [one["wins"] for _, one in course],
                label=f"{arm}: wins",
                marker=".",
            )
            wins.plot(
                [day for day, _ in course],
                [one["losses"] for _, one in course],
                label=f"{arm}: losses",
                marker=".",
            )
    rates.set(title=f"{answer['world']}, seed {answer['seed']}", ylabel="defects, % of requests")
    rates.set_ylim(bottom=0)
    wins.set(xlabel="day", ylabel="rewritten requests")
    wins.set_ylim(bottom=0)
    for axes in (rates, wins):
        axes.grid(alpha=0.3)
        if axes.get_legend_handles_labels()[0]:
            axes.legend()
    save(figure, path)
