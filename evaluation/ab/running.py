"""One arm: the people of the world live through the days, the product learns every night."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from pydantic import JsonValue

from evaluation.ab.arms import Arm
from evaluation.ab.asking import Asking
from evaluation.ab.installation import Installation
from evaluation.ab.seen import Seen, seen_on
from evaluation.ab.watching import Watch, lost_items
from evaluation.errors import NothingLearned
from selflearn.steps import Step
from simulator.simulation import Simulation
from simulator.world import World

__all__ = ["Lived", "Plan", "live"]


@dataclass(frozen=True, slots=True)
class Plan:
    """Whom to simulate, and for how long.

    Attributes
    ----------
    learn_days
        Days on which the product only listens, the same in all arms.
    days
        Days after them, on which the arms differ.
    learns
        Whether the product learns anew every night, or stays with its first table.
    """

    world: World
    seed: int
    customers: int
    learn_days: int
    days: int
    learns: bool = True


@dataclass(frozen=True, slots=True)
class Lived:
    """What came of an arm.

    Attributes
    ----------
    before
        Requests as they were heard while the product only listened.
    seen
        Requests of the days after that.
    tables
        Day → what was learned in the night before it, and what `Watch` tells of it.
    """

    before: list[str]
    seen: list[Seen]
    tables: dict[int, dict[str, JsonValue]]


def live(arm: Arm, plan: Plan, folder: Path, step: Step) -> Lived:
    """Let people live with an arm.

    All chance is keyed by what it is about: until a first rewrite every arm is the same, and after it only what
    follows from rewrites differs.

    Parameters
    ----------
    arm
        What the product is set to.
    plan
        Whom to simulate, and for how long.
    folder
        The product's data folder; emptied.
    step
        Told of the progress.

    Raises
    ------
    NothingLearned
        The days of listening taught nothing.
    EvaluationError
        The product refused a log, could not learn, or did not answer.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    product, asking = Installation(folder, arm.settings), Asking()
    everything = plan.learn_days + plan.days
    people = Simulation(plan.world, plan.seed, customers=plan.customers, days=everything, rewriting=asking)
    before: list[str] = []
    for number in range(plan.learn_days):
        step(f"{arm.name}: listening, day {number}", number / everything)
        day = people.day(number)
        before += [turn.utterance for turn in day.turns]
        product.take(day)
    seen: list[Seen] = []
    tables: dict[int, dict[str, JsonValue]] = {}
    learned = product.learn()
    if learned is None:
        raise NothingLearned(
            f"{plan.learn_days} days of {plan.customers} customers teach no rewrite; take more"
        )
    watch = Watch(lost_items(plan.world, plan.learn_days))
    with product.served() as client:
        asking.client = client
        for number in range(plan.learn_days, everything):
            if learned is not None:
                tables[number] = {
                    "entries": learned.manifest.entries,
                    "seconds": learned.seconds,
                    **watch.look(folder / "table", number),
                }
                product.wait_for_table(client)
            step(f"{arm.name}: day {number}", number / everything)
            day = people.day(number)
            seen += seen_on(day, number)
            tables.setdefault(number, {}).update(watch.see(day, number))
            if arm.rewrites and plan.learns and number + 1 < everything:
                product.take(day)
                learned = product.learn()
            else:
                learned = None
    return Lived(before, seen, tables)
