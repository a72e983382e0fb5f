"""How good an assistant is: what it understands of which requests, where the others fail, and how sure it was.

`python -m simulator.assistant household` prints it; docs/simulator-assistant.md tells what came of it.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from simulator.assistant.assistant import Assistant
from simulator.assistant.entities import Catalogue
from simulator.assistant.exchange import Answer, Said
from simulator.assistant.nlu.sentences import shown_items
from simulator.assistant.situation import Situation
from simulator.dice import Dice
from simulator.world import Phrasing, World
from simulator.world.schema import Intent, IntentKind, Item
from streams.records import AsrHypothesis, Interpretation, Slot

__all__ = ["Asked", "Measured", "Sampler", "measure", "with_channel"]

#: Items of the first fifth of the ranks are the head of their slot; a request with another one is in the tail.
_HEAD = 0.2
#: How often a thing that has other names is called by one of them.
_OTHER_NAME = 0.25
_STAGES = ("asr", "nlu", "entity", "result")


@dataclass(frozen=True, slots=True)
class Asked:
    """One request of a sample.

    Attributes
    ----------
    said
        What is said.
    seen_wording
        Whether the NLU was trained on its wording.
    seen_items
        Whether it was on all of its values.
    tail
        Whether one of its values is not among the popular ones.
    """

    said: Said
    seen_wording: bool
    seen_items: bool
    tail: bool


class Sampler:
    """Draws requests of a world as often as they are wanted: first tries, without noise of a room.

    Parameters
    ----------
    world
        Its intents by share, wordings by weight and items by rank.
    seed
        Which of them.
    """

    def __init__(self, world: World, seed: int) -> None:
        self._world = world
        self._catalogue = Catalogue(world)
        self._seed = seed
        self._shown = {slot: frozenset(map(_identity, items)) for slot, items in shown_items(world).items()}
        self._intents = tuple(intent for intent in world.file.intents if intent.share > 0)

    def draw(self, number: int) -> Asked:
        """Draw the request of a number."""
        dice = Dice(self._seed, "measured", number)
        intent = dice.weighted(self._intents, [intent.share for intent in self._intents])
        told = [phrasing for phrasing in self._world.phrasings(intent.name) if phrasing.from_day == 0]
        phrasing = dice.weighted(told, [phrasing.weight for phrasing in told])
        return self._asked(intent, phrasing, dice)

    def _asked(self, intent: Intent, phrasing: Phrasing, dice: Dice) -> Asked:
        values: dict[str, str] = {}
        ids: dict[str, str] = {}
        seen, tail = True, False
        for slot in sorted(phrasing.slots):
            items = self._world.items(slot, 0)
            falls = self._world.file.slots[slot].tail
            rank = dice.weighted(range(len(items)), [(place + 2.0) ** -falls for place in range(len(items))])
            item = items[rank]
            other = bool(item.also) and dice.chance(_OTHER_NAME)
            values[slot] = dice.pick(item.also) if other else item.name
            ids[slot] = self._catalogue.entity_id(slot, item)
            seen &= _identity(item) in self._shown[slot]
            tail |= rank >= _HEAD * len(items)
        domain, _, name = intent.name.partition("/")
        slots = tuple(Slot(name=slot, value=value) for slot, value in values.items())
        said = Said(
            text=phrasing.text.format(**values),
            meaning=Interpretation(domain=domain, intent=name, slots=slots),
            unsupported=intent.kind is IntentKind.UNSUPPORTED,
            entities=ids,
        )
        return Asked(said, phrasing.seen, seen, tail)


@dataclass(frozen=True)
class Measured:
    """What came of a sample of requests.

    Attributes
    ----------
    requests, answers
        One a request, in one order.
    """

    requests: Sequence[Asked]
    answers: Sequence[Answer]

    def only(
        self, *, seen_wording: bool | None = None, seen_items: bool | None = None, tail: bool | None = None
    ) -> "Measured":
        """Keep requests of one sort."""
        kept = [
            (asked, answer)
            for asked, answer in zip(self.requests, self.answers, strict=True)
            if seen_wording in (None, asked.seen_wording)
            and seen_items in (None, asked.seen_items)
            and tail in (None, asked.tail)
        ]
        return Measured([asked for asked, _ in kept], [answer for _, answer in kept])

    @property
    def understood(self) -> float:
        """Share of the requests that the NLU read rightly."""
        return self._share(["nlu" not in answer.wrong for answer in self.answers])

    @property
    def rejected(self) -> float:
        """Share that it did not understand, and said so."""
        return self._share([answer.nlu[0].is_empty for answer in self.answers])

    @property
    def defects(self) -> float:
        """Share of the requests that were not met though they could have been."""
        return self._share([answer.defect for answer in self.answers])

    @cached_property
    def failed_at(self) -> dict[str, float]:
        """Share of the requests that failed at each stage."""
        counts = Counter(answer.failure_point.value for answer in self.answers if answer.defect)
        return {stage: counts[stage] / max(1, len(self.answers)) for stage in _STAGES}

    @cached_property
    def made_good(self) -> dict[str, tuple[float, float]]:
        """Share of the requests at which each stage was wrong first, and which part of those still came out right."""
        found = {}
        for place, stage in enumerate(_STAGES[:-1]):
            first = [
                answer
                for answer in self.answers
                if stage in answer.wrong and not any(other in answer.wrong for other in _STAGES[:place])
            ]
            right = self._share([not answer.defect for answer in first])
            found[stage] = len(first) / max(1, len(self.answers)), right
        return found

    @cached_property
    def reliability(self) -> list[tuple[float, int, float]]:
        """For each tenth of the NLU's confidence: its mean, how many it accepted, and which part was read rightly."""
        tenths: dict[int, list[tuple[float, bool]]] = {}
        for answer in self.answers:
            if not answer.nlu[0].is_empty:
                sure = answer.traces["nlu"]["confidence"]
                tenths.setdefault(min(int(sure * 10), 9), []).append((sure, "nlu" not in answer.wrong))
        return [
            (
                sum(sure for sure, _ in found) / len(found),
                len(found),
                self._share([right for _, right in found]),
            )
            for _, found in sorted(tenths.items())
        ]

    @staticmethod
    def _share(flags: Sequence[bool]) -> float:
        return sum(flags) / len(flags) if flags else 0.0


def measure(assistant: Assistant, world: World, requests: Sequence[Asked], *, clean: bool) -> Measured:
    """Ask an assistant, in a home that has every device.

    Parameters
    ----------
    assistant, world
        Who is asked, and its world.
    requests
        What is asked.
    clean
        Whether it hears what was said; else it hears what its recogniser hears.
    """
    kinds = tuple(kind.name for kind in world.file.homes.devices)
    situation = Situation(device_kinds=kinds, device=kinds[0])
    answers = []
    for number, asked in enumerate(requests):
        dice = Dice("measured", number)
        asr: tuple[AsrHypothesis, ...] = (AsrHypothesis(text=asked.said.text, score=0.0),)
        if not clean:
            asr = assistant.listen(asked.said, situation, dice)
        answers.append(assistant.answer(asr[0].text, asr, asked.said, situation, dice))
    return Measured(requests, answers)


def with_channel(world: World, profile: str) -> World:
    """Give a world in which the assistant hears through another channel."""
    hears = world.file.assistant.model_copy(update={"channel": profile})
    return replace(world, file=world.file.model_copy(update={"assistant": hears}))


def _identity(item: Item) -> tuple[str, str]:
    return item.name, repr(sorted(item.of.items()))
