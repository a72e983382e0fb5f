"""Learn from a world's days with an attack among them, and see which attacks plant their rewrite."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from pydantic import JsonValue

from evaluation.ab.installation import Installation
from evaluation.poisoning.aims import AIMS, Aim, aims_in
from evaluation.poisoning.attack import Attack
from rewrite_offline.emission import MINER as EMISSION
from rewrite_offline.settings import MiningSettings
from rewrite_offline.table import Table
from selflearn import Rewriter, RewriteRequest
from selflearn.steps import Step
from simulator.simulation import Day, Simulation
from simulator.world import load_world
from streams.records import Turn
from streams.text import normalise

__all__ = ["PoisoningQuestion", "measure_poisoning"]


@dataclass(frozen=True, slots=True)
class PoisoningQuestion:
    """Which world to poison.

    Attributes
    ----------
    world, seed, customers, days
        Of the honest traffic; the world's own number of customers where None.
    groups
        Sizes of the groups that attack, smallest first, each customer in a home of their own. None: one less than
        `min_customers`, as many, and 2, 4, 10 and 20 times as many.
    repeats
        How often each of them acts.
    modelled
        Sizes of the groups that are tried once more against table and emission model together, which takes the product
        ten times as long to learn. None: one less than `min_customers`, as many, and 4 times as many.
    """

    world: str
    seed: int = 7
    customers: int | None = None
    days: int = 10
    groups: tuple[int, ...] | None = None
    repeats: tuple[int, ...] = (1, 3, 20)
    modelled: tuple[int, ...] | None = None


class _Honest(NamedTuple):
    """Honest traffic: its turns, and the data folder of a product that has them in its archive."""

    turns: Sequence[Turn]
    folder: Path


def measure_poisoning(question: PoisoningQuestion, folder: Path, step: Step) -> dict[str, JsonValue]:
    """Try attacks of growing size on requests of every frequency band.

    All aims are attacked at once, by the same customers: no two share a request or a meaning, and the chain counts
    each request for itself. Attacks with the same number of repeats grow until all aims are met, or the groups end.
    Then the largest group tries it once from a single home, and once from as many homes as `min_customers`. All that
    is against the table alone; some sizes are tried against what the product learns by default, model included.

    Parameters
    ----------
    question
        Which world, which attacks.
    folder
        Where data folders are kept meanwhile.
    step
        Told of the progress.

    Returns
    -------
    dict
        `aims` (name → what it is, source, target, how many honest turns and homes the source has), `without` (what
        the product makes of the sources when nobody attacks), `attacks` (customers, homes, repeats, whether the model
        was learned too; `planted`: the aims whose sources are rewritten to what their target means; `by_model`: those
        of them that the model answers), `needs` (aim → repeats → fewest customers who planted it in the
        table; null: none that was tried).

    Raises
    ------
    NothingToScore
        The honest traffic holds no request that an attack could aim at.
    EvaluationError
        The product refused the log, or could not learn.
    """
    world = load_world(question.world)
    customers = question.customers or world.file.customers
    people = Simulation(world, question.seed, customers=customers, days=question.days)
    honest = _lived(people, folder / "honest", step)
    aims = aims_in(honest.turns)
    meant = {name: _ways_to_say(aim, honest.turns) for name, aim in aims.items()}
    least = MiningSettings().min_customers
    groups = question.groups or (least - 1, least, 2 * least, 4 * least, 10 * least, 20 * least)
    modelled = (least - 1, least, 4 * least) if question.modelled is None else question.modelled
    most = max(question.repeats)
    step("nobody attacks", None)
    without = {name: text for name, text, _ in _answers(None, aims, honest, folder, model=bool(modelled))}
    tried: list[dict[str, JsonValue]] = []

    def attack(size: int, homes: int, repeats: int, *, model: bool = False) -> set[str]:
        step(f"{size} customers in {homes} homes, {repeats} times{', with the model' * model}", None)
        answers = _answers(Attack(size, homes, repeats), aims, honest, folder, model=model)
        met = {name: by for name, text, by in answers if text is not None and normalise(text) in meant[name]}
        tried.append(
            {
                "customers": size,
                "homes": homes,
                "repeats": repeats,
                "model": model,
                "planted": [*met],
                "by_model": [name for name, by_model in met.items() if by_model],
            }
        )
        return set(met)

    for repeats in question.repeats:
        for size in groups:
            if attack(size, size, repeats) == set(aims):
                break
    for homes in (1, least):
        attack(max(groups), homes, most)
    for size in modelled:
        attack(size, size, most, model=True)
    return {
        "task": "poisoning",
        "world": world.file.name,
        "world_digest": world.digest,
        "seed": question.seed,
        "days": question.days,
        "honest_customers": customers,
        "honest_turns": len(honest.turns),
        "min_customers": least,
        "aims": {name: _told(name, aim, honest.turns) for name, aim in aims.items()},
        "without": {**without},
        "attacks": [*tried],
        "needs": {name: _needs(name, tried, question.repeats) for name in aims},
    }


def _lived(people: Simulation, folder: Path, step: Step) -> _Honest:
    shutil.rmtree(folder, ignore_errors=True)
    product = Installation(folder)
    turns: list[Turn] = []
    for day in people:
        step("the honest days", day.number / people.days)
        product.take(day)
        turns += day.turns
    return _Honest(turns, folder)


def _answers(
    attack: Attack | None, aims: Mapping[str, Aim], honest: _Honest, folder: Path, *, model: bool
) -> list[tuple[str, str | None, bool]]:
    """Learn from the honest traffic and the attack; aim, what its source is rewritten to, whether by the model."""
    folder = folder / "poisoned"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(honest.folder, folder)
    product = Installation(folder, () if model else ("mining.generalise=false",))
    if attack is not None:
        said = tuple(attack.turns(tuple(aims.values()), honest.turns[0].time))
        product.take(Day(0, turns=said, signals=tuple(attack.signals(said)), truths=()))
    if product.learn() is None:
        return [(name, None, False) for name in aims]
    rewriter = Rewriter(Table.open(folder / "table"))
    answers = {
        name: rewriter.rewrite(RewriteRequest(utterance=aim.source.utterance)) for name, aim in aims.items()
    }
    return [(name, answer.rewrite, answer.source == EMISSION) for name, answer in answers.items()]


def _ways_to_say(aim: Aim, turns: Sequence[Turn]) -> set[str]:
    """Give all texts that the NLU takes for what the aim's target means: the chain's choice of them is its own."""
    meaning = aim.target.nlu[0].key
    same = (turn.utterance for turn in turns if turn.nlu and turn.nlu[0].key == meaning)
    return {normalise(text) for text in (aim.target.utterance, *same)}


def _told(name: str, aim: Aim, turns: Sequence[Turn]) -> dict[str, JsonValue]:
    said = [turn for turn in turns if turn.utterance == aim.source.utterance]
    return {
        "what": AIMS[name],
        "source": aim.source.utterance,
        "target": aim.target.utterance,
        "honest_turns": len(said),
        "honest_homes": len({turn.home_id or turn.customer_id for turn in said}),
    }


def _needs(
    name: str, tried: Sequence[Mapping[str, JsonValue]], repeats: Sequence[int]
) -> dict[str, JsonValue]:
    needs: dict[str, JsonValue] = {}
    for times in repeats:
        planting = [
            attack["customers"]
            for attack in tried
            if attack["repeats"] == times
            and not attack["model"]
            and attack["homes"] == attack["customers"]
            and isinstance(attack["planted"], list)
            and name in attack["planted"]
        ]
        needs[str(times)] = min((size for size in planting if isinstance(size, int)), default=None)
    return needs
