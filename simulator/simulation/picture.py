"""A picture of a written log: defects by stage over its days, and a day in one home."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING, Any

import orjson

from rewrite_offline.drawing import figure_class, save
from simulator.errors import NoSimulation
from simulator.simulation.written import world_of
from simulator.world import World
from simulator.world.figures import told
from streams.records import Turn

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["draw_log"]

#: Stages in their order, each with its colour; no failure is grey.
_COLOURS = {
    "asr": "#c1553f",
    "nlu": "#dd9a3c",
    "entity": "#6c8f3f",
    "result": "#4676a3",
    "false_wake": "#7d5a9e",
    "correct": "#9aa5a1",
}
_STAGES = ("asr", "nlu", "entity", "result")
_LONGEST = 62
#: Turns that are nearer to each other, in hours, are drawn one above the other.
_BESIDE = 0.15
_COLUMN = 5
#: A home in which so many turns failed is worth a look, the more the more of the day it talked.
_FAILED = 4

_Line = Mapping[str, Any]


def draw_log(log: Path, path: Path, *, truth: Path | None = None, world: str | None = None) -> int:
    """Draw a log that `write` has written.

    Above, the share of what was said that was a defect, by the stage at which it began, day by day, with what
    changes in the world; below, the first day of a home in which some failed and that talked through the day: who
    spoke when, how it ended, and what went on.

    Parameters
    ----------
    log, truth, world
        As of `written_turn`.
    path
        The file to write; its ending says the format, .png, .svg or .pdf.

    Returns
    -------
    int
        How many days were drawn.

    Raises
    ------
    NoSimulation, OtherSimulation
        As of `written_turn`.
    CannotDraw
        The file cannot be written, its format is not known, or matplotlib is not installed.
    """
    lived, apart = world_of(log, truth=truth, world=world)
    days = sorted(apart.glob("*.jsonl"))
    told_of = next((path for path in days if path.stat().st_size), None)
    if told_of is None:
        raise NoSimulation(apart, "holds no turn")
    figure = figure_class()(figsize=(13, 8.5), layout="constrained")
    parts = figure.subplot_mosaic([["days", "changes"], ["home", "home"]], width_ratios=[3, 2])
    _draw_days(parts["days"], parts["changes"], days, lived)
    _draw_home(parts["home"], log / Turn.topic / told_of.name, told_of)
    save(figure, path)
    return len(days)


def _draw_days(axes: "Axes", beside: "Axes", days: list[Path], world: World) -> None:
    first = world.file.first_day
    places = [(_date(path) - first).days for path in days]
    below = [0.0] * len(days)
    counts = [_ended(path) for path in days]
    for stage in _STAGES:
        shares = [100 * count[stage] / max(1, sum(count.values())) for count in counts]
        axes.bar(places, shares, bottom=below, color=_COLOURS[stage], label=stage, width=0.8)
        below = [low + share for low, share in zip(below, shares, strict=True)]
    axes.set(
        xlabel="day", ylabel="defects, % of what was said", title=f"{world.file.name}: where failures begin"
    )
    axes.set_ylim(0, 1.25 * max(below))
    changes = [(day, what) for day, what in told(world) if day <= places[-1]]
    for number, day in enumerate(sorted({day for day, _ in changes})):
        axes.axvline(day - 0.5, color="#333333", linewidth=0.8, linestyle="dotted")
        axes.text(day - 0.4, (1.22 if number % 2 else 1.16) * max(below), str(day), fontsize=8, va="top")
    lines = [f"{day:>3}  {shorten(what, _LONGEST, placeholder=' …')}" for day, what in changes]
    beside.set_axis_off()
    handles, labels = axes.get_legend_handles_labels()
    beside.legend(
        handles, labels, loc="lower left", ncols=len(_STAGES), title="the stage at which they begin"
    )
    beside.text(0, 1, "\n".join(["day  what changes", *lines]), va="top", fontsize=8, family="monospace")


def _draw_home(axes: "Axes", logged: Path, apart: Path) -> None:
    turns = {line["turn_id"]: line for line in _lines(logged)}
    failed = Counter(turns[line["turn_id"]]["home_id"] for line in _lines(apart) if line["defect"])
    hours = {(turn["home_id"], int(_hour(turn))) for turn in turns.values()}
    busy = Counter(home for home, _ in hours)
    home = min(busy, key=lambda each: (-min(failed[each], _FAILED), -busy[each], each))
    spoken: dict[str, list[tuple[float, str]]] = defaultdict(list)
    on: dict[str, list[float]] = defaultdict(list)
    for line in _lines(apart):
        turn = turns[line["turn_id"]]
        if turn["home_id"] != home:
            continue
        at = _hour(turn)
        spoken[turn["customer_id"]].append((at, line["failure_point"]))
        for state in line["situation"]["at"].get("states", ()):
            on[state].append(at)
    rows = [*sorted(on, reverse=True), *sorted(spoken, reverse=True)]
    for row, name in enumerate(rows):
        if name in on:
            axes.plot(on[name], [row] * len(on[name]), "s", color="#d8cfa6", markersize=9)
        last, so_many = -1.0, 0
        for at, stage in sorted(spoken.get(name, ())):
            # Turns of one talk would hide one another.
            so_many = so_many + 1 if at - last < _BESIDE else 0
            last = at
            aside, above = divmod(so_many, _COLUMN)
            x, y = at + 0.12 * aside, row + 0.16 * above
            axes.plot([x], [y], "o", color=_COLOURS[stage], markersize=7, markeredgecolor="white")
    for stage, colour in _COLOURS.items():
        axes.plot([], [], "o", color=colour, label=stage)
    axes.plot([], [], "s", color="#d8cfa6", label="goes on")
    axes.set_yticks(range(len(rows)), [name.replace("_", " ") for name in rows])
    axes.set(xlabel="hour of the home", xlim=(0, 24), ylim=(-0.7, len(rows) + 0.3), xticks=range(0, 25, 2))
    axes.set_title(
        f"the first day in home {home}: a dot is a turn, by where it failed; a square, what went on then"
    )
    axes.grid(alpha=0.3)
    axes.legend(loc="upper left", ncols=1, fontsize=8)


def _ended(path: Path) -> Counter[str]:
    """Count how what was said on a day ended, by the stage at which it failed."""
    return Counter(
        line["failure_point"] if line["defect"] else "correct" for line in _lines(path) if line["speech"]
    )


def _lines(path: Path) -> Iterator[_Line]:
    with path.open("rb") as file:
        yield from map(orjson.loads, file)


def _date(path: Path) -> date:
    return date.fromisoformat(path.stem)


def _hour(turn: _Line) -> float:
    """Give the hour of the day at home."""
    local = datetime.fromisoformat(turn["time"]) + timedelta(minutes=turn.get("utc_offset_minutes", 0))
    return local.hour + local.minute / 60
