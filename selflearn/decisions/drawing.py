"""Drawing a decision: what was said, what was found for it, what intervened, and what was done."""

from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING

from rewrite_offline.drawing import figure_class, save
from selflearn.messages import Outcome
from streams.records import Candidate, Decision, Rewrite

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw_decision", "figure_of_decision"]

_PAPER, _EDGE, _FOUND, _STOPPED, _DONE = "#d9e8e4", "#5b7f76", "#a8d5c8", "#f2d4b8", "#7fbfae"
_FAINT = "#9aa9a5"
_HEADS = ("said", "found", "what intervened", "said to the NLU")
_LETTERS = 26


def draw_decision(decision: Decision, path: Path, entry: Rewrite | None = None) -> None:
    """Draw a decision into a file; see `figure_of_decision`.

    Parameters
    ----------
    decision
        The decision.
    path
        The file to write; its ending says the format, .png, .svg or .pdf.
    entry
        The entry that was considered, for what speaks for it.

    Raises
    ------
    CannotDraw
        If the file cannot be written, its format is not known, or matplotlib is not installed. What was there
        before is then still there.
    """
    save(figure_of_decision(decision, entry), path)


def figure_of_decision(decision: Decision, entry: Rewrite | None = None) -> "Figure":
    """Draw a decision from left to right: request, candidates with their probabilities, what intervened, what was done.

    A solid line was followed; a dashed one ends where something intervened.

    Raises
    ------
    CannotDraw
        If matplotlib is not installed.
    """
    figure = figure_class()(
        figsize=(13, 3.2 + 1.4 * max(len(decision.candidates) - 1, 0)), layout="constrained"
    )
    axes = figure.add_subplot()
    applied = decision.outcome == Outcome.REWRITTEN if decision.outcome else decision.chosen is not None
    heights = [1.5 * place for place in range(len(decision.candidates))] or [0.0]
    middle = sum(heights) / len(heights)
    for column, head in enumerate(_HEADS):
        axes.text(column, max(heights) + 1.0, head, ha="center", fontsize=10, color=_EDGE)
    asked = None if decision.context is None else decision.context.asked
    after = "" if asked is None else f"\nafter a question for {asked}"
    _box(axes, 0, middle, f"“{decision.utterance}”", _PAPER, f"{_customer(decision)}{after}")
    for place, candidate in enumerate(decision.candidates):
        chosen = place == decision.chosen
        about = _about(candidate, entry if place == 0 else None)
        _box(axes, 1, heights[place], f"“{candidate.utterance}”", _FOUND, about)
        _arrow(axes, (0, middle), (1, heights[place]), followed=True)
        _arrow(axes, (1, heights[place]), (2, middle), followed=chosen and applied)
    if not decision.candidates:
        nothing = "nothing was looked up" if decision.because else "nothing better is known"
        _box(axes, 1, middle, nothing, "white", "")
        _arrow(axes, (0, middle), (1, middle), followed=False)
        _arrow(axes, (1, middle), (2, middle), followed=False)
    arms = "\n".join(f"{name.replace('_', ' ')}: {arm}" for name, arm in decision.arms.items())
    stopped = decision.because or next((one.refused for one in decision.candidates if one.refused), None)
    _box(axes, 2, middle, stopped or "nothing", _STOPPED if stopped else "white", arms)
    _arrow(axes, (2, middle), (3, middle), followed=applied)
    said = decision.candidates[decision.chosen].utterance if applied and decision.chosen is not None else None
    done = f"“{decision.utterance}”" if said is None else f"“{said}”"
    _box(axes, 3, middle, done, _PAPER if said is None else _DONE, _outcome(decision))
    moment = decision.time.isoformat(sep=" ", timespec="seconds")
    axes.set_title(f"request {decision.request_id}, {moment}", parse_math=False, fontsize=11)
    versions = ", ".join(f"{name} {version}" for name, version in decision.versions.items())
    figure.supxlabel(f"{versions} · solid: followed · dashed: not", fontsize=9, color=_EDGE)
    axes.set_xlim(-0.5, 3.5)
    axes.set_ylim(min(heights) - 1.1, max(heights) + 1.3)
    axes.set_axis_off()
    return figure


def _customer(decision: Decision) -> str:
    return "by nobody known" if decision.customer_id is None else f"by customer {decision.customer_id}"


def _about(candidate: Candidate, entry: Rewrite | None) -> str:
    win = "" if candidate.win_probability is None else f", wins with {candidate.win_probability:.3f}"
    support = ""
    if entry is not None:
        support = f"\n{entry.evidence.turns} turns of {entry.evidence.customers} customers"
    return f"{candidate.source}{win}{support}"


def _outcome(decision: Decision) -> str:
    return (decision.outcome or ("no_rewrite" if decision.chosen is None else "rewritten")).replace("_", " ")


def _box(axes: "Axes", x: float, y: float, text: str, colour: str, under: str) -> None:
    axes.text(
        x,
        y,
        fill(text, _LETTERS, max_lines=8, placeholder=" …"),
        ha="center",
        va="center",
        fontsize=10,
        parse_math=False,
        zorder=3,
        bbox={"boxstyle": "round,pad=0.5", "facecolor": colour, "edgecolor": _EDGE},
    )
    lines = len(fill(text, _LETTERS, max_lines=8).splitlines())
    axes.text(
        x, y - 0.28 - 0.11 * lines, under, ha="center", va="top", fontsize=8.5, color=_EDGE, parse_math=False
    )


def _arrow(axes: "Axes", start: tuple[float, float], end: tuple[float, float], *, followed: bool) -> None:
    axes.annotate(
        "",
        (end[0] - 0.36, end[1]),
        (start[0] + 0.36, start[1]),
        arrowprops={
            "arrowstyle": "-|>",
            "color": _EDGE if followed else _FAINT,
            "linestyle": "solid" if followed else "dashed",
            "linewidth": 1.8 if followed else 1.0,
        },
    )
