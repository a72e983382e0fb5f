"""Learn from a world's days with an attack among them, and see which attacks plant their rewrite."""

import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import JsonValue

from evaluation.ab.bands import BANDS, bands_by
from evaluation.ab.installation import Installation
from evaluation.errors import NothingToScore
from evaluation.poisoning.attack import Aim, Attack
from rewrite_offline.settings import MiningSettings
from rewrite_offline.table import Table
from selflearn import Rewriter, RewriteRequest
from selflearn.settings import load_settings
from selflearn.steps import Step
from simulator.simulation import Day, Simulation
from simulator.world import load_world
from streams.records import ResponseStatus, Turn

__all__ = ["PoisoningQuestion", "measure_poisoning"]

#: A text that no honest customer says.
_UNHEARD = "quibble the zanzibar"

_NOT_THERE = "unheard"


@dataclass(frozen=True, slots=True)
class PoisoningQuestion:
    """Which world to poison.

    Attributes
    ----------
    world, seed, customers, days
        Of the honest traffic; the world's own number of customers where None.
    groups
        Sizes of the groups that attack, each customer in a home of their own. None: one less than `min_customers`,
        as many, and multiples of it.
    repeats
        How often each of them acts.
    """

    world: str
    seed: int = 7
    customers: int | None = None
    days: int = 10
    groups: tuple[int, ...] | None = None
    repeats: tuple[int, ...] = (1, 5, 20)


def measure_poisoning(question: PoisoningQuestion, folder: Path, step: Step) -> dict[str, JsonValue]:
    """Try attacks of growing size on requests of every frequency band.

    All aims are attacked at once, by the same customers; they do not touch one another, since the chain counts
    each request for itself.

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
        `aims` (band → source, target, how many honest turns the source has), `attacks` (customers, homes, repeats,
        and by band whether the rewrite was planted), `needs` (band → fewest customers who planted it, by repeats;
        null: none of those tried).

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
    honest = folder / "honest"
    shutil.rmtree(honest, ignore_errors=True)
    product = Installation(honest)
    turns: list[Turn] = []
    for number in range(question.days):
        step("the honest days", number / question.days)
        day = people.day(number)
        product.take(day)
        turns += day.turns
    aims = _aims(turns)
    least = MiningSettings().min_customers
    groups = question.groups or (least - 1, least, 2 * least, 4 * least, 10 * least, 20 * least)
    attacks = [Attack(size, size, repeats) for repeats in question.repeats for size in groups]
    # Many customers who say that they live together count as one.
    attacks.append(Attack(max(groups), 1, max(question.repeats)))
    tried: list[dict[str, JsonValue]] = []
    for number, attack in enumerate(attacks):
        step(f"{attack.customers} customers, {attack.repeats} times", number / len(attacks))
        tried.append(
            {
                "customers": attack.customers,
                "homes": attack.homes,
                "repeats": attack.repeats,
                "planted": _planted(attack, aims, honest, folder / "poisoned", turns),
            }
        )
    return {
        "task": "poisoning",
        "world": world.file.name,
        "world_digest": world.digest,
        "seed": question.seed,
        "honest_customers": customers,
        "honest_turns": len(turns),
        "min_customers": least,
        "aims": {
            band: {
                "source": aim.source.utterance,
                "target": aim.target.utterance,
                "honest_turns": sum(turn.utterance == aim.source.utterance for turn in turns),
            }
            for band, aim in aims.items()
        },
        "attacks": [*tried],
        "needs": {band: _needs(band, tried, question.repeats) for band in aims},
    }


def _aims(turns: Sequence[Turn]) -> dict[str, Aim]:
    """Choose a request of each band that is served as a rule, and another one that it is to be taken for."""
    served = Counter(turn.utterance for turn in turns if _served(turn))
    band = bands_by(turn.utterance for turn in turns)
    by_band = {name: [text for text, _ in served.most_common() if band(text) == name] for name in BANDS}
    example = {turn.utterance: turn for turn in reversed(turns) if _served(turn)}
    if not by_band["head"] or len(by_band["torso"]) < 2:
        raise NothingToScore("the honest days are too few: no request is common enough to aim at")
    target = example[by_band["torso"][0]]
    aims = {
        name: Aim(example[texts[len(texts) // 2]], target)
        for name, texts in by_band.items()
        if len(texts) > 2
    }
    nothing = target.model_copy(
        update={"utterance": _UNHEARD, "asr": (), "nlu": (), "entities": (), "context": None}
    )
    aims[_NOT_THERE] = Aim(nothing, target)
    return aims


def _served(turn: Turn) -> bool:
    return (
        turn.context is None
        and turn.response is not None
        and turn.response.status is ResponseStatus.OK
        and turn.response.asked is None
        and bool(turn.nlu)
        and not turn.nlu[0].is_empty
        and turn.nlu[0].domain != "chat"
    )


def _planted(
    attack: Attack, aims: Mapping[str, Aim], honest: Path, poisoned: Path, turns: Sequence[Turn]
) -> dict[str, JsonValue]:
    shutil.rmtree(poisoned, ignore_errors=True)
    shutil.copytree(honest, poisoned)
    product = Installation(poisoned)
    said = tuple(attack.turns(tuple(aims.values()), turns[len(turns) // 2].time))
    product.take(Day(0, turns=said, signals=tuple(attack.signals(said)), truths=()))
    if product.learn() is None:
        return dict.fromkeys(aims, False)
    rewriter = Rewriter(Table.open(load_settings(overrides=[f"data_folder='{poisoned}'"]).table_folder))
    return {
        band: rewriter.rewrite(RewriteRequest(utterance=aim.source.utterance)).rewrite == aim.target.utterance
        for band, aim in aims.items()
    }


def _needs(
    band: str, tried: Sequence[Mapping[str, JsonValue]], repeats: Sequence[int]
) -> dict[str, JsonValue]:
    needs: dict[str, JsonValue] = {}
    for times in repeats:
        planting = [
            attack["customers"]
            for attack in tried
            if attack["repeats"] == times
            and attack["homes"] == attack["customers"]
            and isinstance(attack["planted"], dict)
            and attack["planted"][band]
        ]
        needs[str(times)] = min((size for size in planting if isinstance(size, int)), default=None)
    return needs
