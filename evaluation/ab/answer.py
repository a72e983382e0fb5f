"""The A/B test as one question and one JSON object."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson
from pydantic import JsonValue

from evaluation.ab.arms import ARMS, ON_REQUEST, Arm
from evaluation.ab.bands import bands_by
from evaluation.ab.figures import arm_figures, course
from evaluation.ab.running import Lived, Plan, live
from evaluation.ab.seen import Seen
from evaluation.errors import BadQuestion
from evaluation.fingerprints import code_fingerprint
from selflearn.steps import Step
from simulator.world import load_world

__all__ = ["AbAnswer", "AbQuestion", "ab_answer", "days_of", "lived_with"]

#: The code that decides how an arm ends.
_PACKAGES = ("streams", "backbone", "rewrite_offline", "selflearn", "simulator", "evaluation")


@dataclass(frozen=True, slots=True)
class AbQuestion:
    """Which world to test in.

    Attributes
    ----------
    world
        A shipped name, or a file.
    seed
        Of all chance.
    customers
        How many; the world's own number where None.
    learn_days, days
        Days of listening, and days after them on which the arms differ.
    learns
        Whether the product learns every night of those.
    arms
        Names; all where empty. `off` always runs.
    """

    world: str
    seed: int = 0
    customers: int | None = None
    learn_days: int = 10
    days: int = 30
    learns: bool = True
    arms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AbAnswer:
    """The figures, and every request behind them by arm."""

    figures: Mapping[str, JsonValue]
    seen: Mapping[str, Sequence[Seen]]


def ab_answer(question: AbQuestion, folder: Path, step: Step) -> AbAnswer:
    """Run the arms, and compare them.

    Parameters
    ----------
    question
        Which world, whom, how long.
    folder
        Where the arms live; one that was finished there with the same question is not run again.
    step
        Told of the progress.

    Returns
    -------
    AbAnswer
        Its figures: `arms` by name, as `arm_figures` gives them; `days`, one object a day with each arm's figures.

    Raises
    ------
    WorldError
        The world is not known, or wrong.
    EvaluationError
        The product refused a log, learned nothing, or did not answer.
    """
    arms = _chosen(question.arms)
    world = load_world(question.world)
    plan = Plan(
        world,
        question.seed,
        question.customers or world.file.customers,
        question.learn_days,
        question.days,
        question.learns,
    )
    about: dict[str, JsonValue] = {
        "task": "ab",
        "world": world.file.name,
        "world_digest": world.digest,
        "seed": plan.seed,
        "customers": plan.customers,
        "learn_days": plan.learn_days,
        "days_differing": plan.days,
        "learns": plan.learns,
        "code": code_fingerprint(_PACKAGES),
    }
    lived = {arm.name: lived_with(arm, plan, about, folder, step) for arm in arms}
    off = lived["off"]
    band = bands_by(off.before)
    figures: dict[str, JsonValue] = {
        name: arm_figures(one.seen, off.seen, band) for name, one in lived.items()
    }
    return AbAnswer(
        {**about, "arms": figures, "days": days_of(lived)}, {name: one.seen for name, one in lived.items()}
    )


def _chosen(names: Sequence[str]) -> list[Arm]:
    known = {arm.name: arm for arm in (*ARMS, *ON_REQUEST)}
    if unknown := [name for name in names if name not in known]:
        raise BadQuestion(f"there is no arm {unknown[0]!r}; there are: {', '.join(known)}")
    wanted = {"off", *names} if names else {arm.name for arm in ARMS}
    return [arm for name, arm in known.items() if name in wanted]


def lived_with(arm: Arm, plan: Plan, about: Mapping[str, JsonValue], folder: Path, step: Step) -> Lived:
    """Give what came of an arm: taken from the folder where it was finished with the same question and code."""
    named = orjson.dumps([about, arm.name, arm.settings], option=orjson.OPT_SORT_KEYS)
    done = folder / f"{arm.name}-{hashlib.sha256(named).hexdigest()[:16]}.json"
    if done.is_file():
        found = orjson.loads(done.read_bytes())
        tables = {int(day): table for day, table in found["tables"].items()}
        return Lived(found["before"], [Seen(**one) for one in found["seen"]], tables)
    lived = live(arm, plan, folder / arm.name, step)
    beside = done.with_suffix(".part")
    beside.write_bytes(orjson.dumps(lived, option=orjson.OPT_NON_STR_KEYS))
    beside.replace(done)
    return lived


def days_of(lived: Mapping[str, Lived]) -> list[JsonValue]:
    """Give one object a day, with each arm's figures."""
    courses = {name: course(one.seen) for name, one in lived.items()}
    return [
        {
            "day": day,
            "arms": {
                name: {
                    **figures[day],
                    **{f"table_{key}": value for key, value in lived[name].tables.get(day, {}).items()},
                }
                for name, figures in courses.items()
                if day in figures
            },
        }
        for day in sorted({day for figures in courses.values() for day in figures})
    ]
