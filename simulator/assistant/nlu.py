"""How the NLU reads a text."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from simulator.assistant.situation import Situation
from simulator.world import World
from simulator.world.schema import Intent
from streams.records import Interpretation, Slot

__all__ = ["Nlu", "Reading", "in_state", "name_of"]


@dataclass(frozen=True, slots=True)
class Reading:
    """What an utterance was taken to mean.

    Attributes
    ----------
    best
        Empty where it was rejected.
    ranked
        n-best list; the first is the best.
    confidence
        Of the best that was found, rejected or not.
    """

    best: Interpretation
    ranked: tuple[Interpretation, ...]
    confidence: float


class Nlu:
    """Reads by the wordings it was shown."""

    def __init__(self, world: World) -> None:
        self._intents = {intent.name: intent for intent in world.file.intents}
        self._grammar = sorted(
            (
                (-len(re.sub(r"\{\w+\}", "", phrasing.text)), intent.name, _pattern(phrasing.text))
                for intent in world.file.intents
                for phrasing in world.phrasings(intent.name)
                if phrasing.seen
            ),
            key=lambda entry: entry[:2],
        )

    def read(self, text: str, situation: Situation) -> Reading:
        """Read a text."""
        if situation.asked is not None and len(text.split()) < 4:
            found = _filled(situation.open_intent or "", {situation.asked: text})
            return Reading(found, (found,), 0.9)
        for _, name, pattern in self._grammar:
            if match := pattern.fullmatch(text):
                found = in_state(_filled(name, match.groupdict()), self._intents, situation)
                return Reading(found, (found,), 0.9)
        return Reading(Interpretation(), (Interpretation(confidence=0.2),), 0.2)


def _filled(name: str, values: dict[str, str]) -> Interpretation:
    domain, _, intent = name.partition("/")
    slots = tuple(Slot(name=slot, value=value) for slot, value in sorted(values.items()))
    return Interpretation(domain=domain, intent=intent, slots=slots, confidence=0.9)


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>.+)", re.escape(text)))


def name_of(found: Interpretation) -> str:
    """Return the name of an interpretation's intent, as the world has it."""
    return f"{found.domain}/{found.intent}"


def in_state(found: Interpretation, intents: Mapping[str, Intent], situation: Situation) -> Interpretation:
    """Give words that mean something else by what goes on the meaning that they have now."""
    means = intents[name_of(found)].means_by_state
    for state in means:
        if state in situation.states:
            domain, _, intent = means[state].partition("/")
            return found.model_copy(update={"domain": domain, "intent": intent})
    return found
