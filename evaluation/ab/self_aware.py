"""The product learning every night from its own traffic, with and without knowing its own rewrites."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from evaluation.ab.answer import AbAnswer, days_of, lived_with
from evaluation.ab.arms import Arm
from evaluation.ab.figures import harm
from evaluation.ab.running import Lived, Plan
from evaluation.ab.seen import Seen
from evaluation.ab.watching import lost_items
from evaluation.drawing import figure_of, save
from evaluation.fingerprints import code_fingerprint
from evaluation.metrics.bootstrap import interval
from evaluation.terminal import print_table
from selflearn.steps import Step
from simulator.world import load_world

__all__ = ["SelfAwareQuestion", "draw_self_aware", "print_self_aware", "self_aware_answer"]

_PACKAGES = ("streams", "rewrite_offline", "selflearn", "simulator", "evaluation")
#: Days before and after the one that is asked about: one day has too few losses to tell.
_AROUND = 2


@dataclass(frozen=True, slots=True)
class SelfAwareQuestion:
    """Which world, and for how long.

    Attributes
    ----------
    world, seed, customers, learn_days, days
        As of the A/B test.
    model
        Whether the emission model is learned too: half an hour more.
    """

    world: str
    seed: int = 7
    customers: int | None = None
    learn_days: int = 10
    days: int = 30
    model: bool = False


def self_aware_answer(question: SelfAwareQuestion, folder: Path, step: Step) -> AbAnswer:
    """Run both arms, at the same time, and compare them.

    Parameters
    ----------
    question
        Which world, and for how long.
    folder
        Where the arms live; one that was finished there is not run again.
    step
        Told of the progress.

    Raises
    ------
    WorldError
        The world is not known, or wrong.
    EvaluationError
        The product refused a log, learned nothing, or did not answer.
    """
    world = load_world(question.world)
    plan = Plan(
        world, question.seed, question.customers or world.file.customers, question.learn_days, question.days
    )
    about: dict[str, JsonValue] = {
        "task": "self-aware",
        "world": world.file.name,
        "world_digest": world.digest,
        "seed": plan.seed,
        "customers": plan.customers,
        "learn_days": plan.learn_days,
        "days_differing": plan.days,
        "model": question.model,
        "lost": {**lost_items(world, plan.learn_days)},
        "code": code_fingerprint(_PACKAGES),
    }
    step("both arms live through the days", None)
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        running = {arm.name: pool.submit(_live, arm, plan, about, folder) for arm in _arms(question)}
        lived = {name: future.result() for name, future in running.items()}
    figures: dict[str, JsonValue] = {name: _figures(one, plan) for name, one in lived.items()}
    return AbAnswer(
        {**about, "arms": figures, "days": days_of(lived)}, {name: one.seen for name, one in lived.items()}
    )


def _arms(question: SelfAwareQuestion) -> tuple[Arm, ...]:
    common = ("mining.workers=1", f"mining.generalise={str(question.model).lower()}")
    return (
        Arm("self_aware", common),
        Arm("unaware", (*common, "mining.self_aware=false", "rewriting.compare_share=0")),
    )


def _live(arm: Arm, plan: Plan, about: Mapping[str, JsonValue], folder: Path) -> Lived:
    return lived_with(arm, plan, about, folder, lambda what, share: None)


def _figures(lived: Lived, plan: Plan) -> dict[str, JsonValue]:
    first = plan.learn_days - 1
    found: dict[str, JsonValue] = {"all": _pooled(lived.seen)}
    for day in (5, plan.days):
        # The last days are those up to it.
        middle = first + min(day, plan.days - _AROUND)
        pool = [one for one in lived.seen if abs(one.day - middle) <= _AROUND]
        found[f"day_{day}"] = {"days": [middle - _AROUND - first, middle + _AROUND - first], **_pooled(pool)}
    found["harm"] = harm(lived.seen)
    found["withdrawal"] = {
        item: _withdrawal(lived, day) for item, day in lost_items(plan.world, plan.learn_days).items()
    }
    return found


def _pooled(seen: Sequence[Seen]) -> dict[str, JsonValue]:
    """Count rewrites, wins and losses; intervals by bootstrap over customers."""
    counts: dict[str, list[int]] = {}
    for one in seen:
        held = counts.setdefault(one.customer_id, [0, 0, 0, 0])
        for place, of in enumerate((one.rewrite is not None, one.win, one.loss, one.defect)):
            held[place] += of
    rewritten, wins, losses, defects = (sum(column) for column in zip(*counts.values(), strict=True))
    low, high = interval(counts, lambda sums: float(sums[1] / max(sums[2], 1)))
    least, most = interval(counts, lambda sums: float(sums[1]))
    return {
        "requests": len(seen), "defects": defects, "rewritten": rewritten, "wins": wins, "losses": losses,
        "wins_low": least, "wins_high": most,
        "win_loss_ratio": wins / max(losses, 1), "win_loss_ratio_low": low, "win_loss_ratio_high": high,
    }  # fmt: skip


def _withdrawal(lived: Lived, gone: int) -> dict[str, JsonValue]:
    """Tell on which day the table first said nothing more that leads to a lost item; how often it did in between."""
    tables = lived.tables
    nights = sorted(day for day in tables if "rewrites_to_lost" in tables[day])
    before = [tables[day] for day in nights if day <= gone]
    led = before[-1]["rewrites_to_lost"] if before else 0
    # Where nothing ever led there, nothing was withdrawn.
    silent = next(
        (day for day in nights if led and day > gone and tables[day]["rewrites_to_lost"] == 0), None
    )
    until = max(tables, default=gone) + 1 if silent is None else silent
    asking = {day: _count(tables[day], "asking_for_lost") for day in tables if day >= gone}
    return {
        "gone": gone,
        "rewrites_before": led,
        "silent_from": silent,
        "days": None if silent is None else silent - gone,
        "rewritten_in_between": sum(count for day, count in asking.items() if day < until),
        "rewritten_later": sum(count for day, count in asking.items() if day >= until),
    }


def _count(table: Mapping[str, JsonValue], name: str) -> int:
    value = table.get(name, 0)
    assert isinstance(value, int)
    return value


def print_self_aware(answer: Mapping[str, Any]) -> None:
    """Print both arms beside one another."""
    arms: Mapping[str, Mapping[str, Any]] = answer["arms"]
    pools = [name for name in next(iter(arms.values())) if name == "all" or name.startswith("day_")]
    print_table(
        f"{answer['world']}, {answer['customers']} customers, seed {answer['seed']}",
        ("", *arms),
        (
            (f"{pool.replace('_', ' ')}: {name.replace('_', ' ')}", *(_said(arm[pool], name) for arm in arms.values()))
            for pool in pools
            for name in ("rewritten", "wins", "losses", "win_loss_ratio")
        ),
    )  # fmt: skip
    for arm, figures in arms.items():
        for item, told in figures["withdrawal"].items():
            print_table(f"{arm}: “{item}” is lost", ("", ""), told.items())


def _said(figures: Mapping[str, Any], name: str) -> str:
    value, low, high = figures[name], figures.get(f"{name}_low"), figures.get(f"{name}_high")
    shown = f"{value:.1f}" if isinstance(value, float) else str(value)
    return shown if low is None else f"{shown} ({low:.1f} to {high:.1f})"


def draw_self_aware(answer: Mapping[str, Any], path: Path) -> None:
    """Draw wins and losses a day, what the tables hold and use, and what leads to lost items.

    Raises
    ------
    CannotWrite
        The file cannot be written, or matplotlib is not installed.
    """
    figure = figure_of(path, (8, 8))
    won, sizes, lost = figure.subplots(3, 1, sharex=True)
    first = answer["learn_days"] - 1
    for arm in answer["arms"]:
        told = [(one["day"] - first, one["arms"][arm]) for one in answer["days"] if arm in one["arms"]]
        days = [day for day, _ in told]
        line = won.plot(days, [one["wins"] for _, one in told], label=f"{arm}: wins", marker=".")[0]
        won.plot(
            days, [one["losses"] for _, one in told], label=f"{arm}: losses", color=line.get_color(), ls=":"
        )
        for axes, names in ((sizes, ("table_answers", "table_used")), (lost, ("table_rewrites_to_lost",))):
            for name, style in zip(names, ("-", ":"), strict=False):
                there = [(day, one[name]) for day, one in told if name in one]
                axes.plot(
                    [day for day, _ in there], [value for _, value in there],
                    label=f"{arm}: {name.removeprefix('table_').replace('_', ' ')}", color=line.get_color(), ls=style,
                )  # fmt: skip
    won.set(title=f"{answer['world']}, seed {answer['seed']}", ylabel="rewritten requests")
    sizes.set(ylabel="entries and templates")
    lost.set(xlabel="day with the product", ylabel="rewrites to what is lost")
    for axes in (won, sizes, lost):
        axes.set_ylim(bottom=0)
        axes.grid(alpha=0.3)
        axes.legend(fontsize="small")
        for day in answer["lost"].values():
            axes.axvline(day - first, color="grey", lw=0.8)
    save(figure, path)
