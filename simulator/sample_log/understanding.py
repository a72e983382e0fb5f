"""How the assistant's NLU reads what was heard: a fixed grammar, sure of itself where it should not be.

The same text is always read the same way; only its confidence varies a little.
"""

import re
from dataclasses import dataclass
from functools import cache
from zlib import crc32

from simulator.sample_log.acts import ACTS, Act, Wording
from simulator.sample_log.catalogue import CATALOGUE
from simulator.sample_log.dice import Dice
from simulator.sample_log.hearing import CONFUSIONS
from streams.records import EntityResolution, Interpretation, Slot

__all__ = ["COURTESIES", "Reading", "fill", "read"]

#: What is said besides requests → intent of the domain `chat`.
COURTESIES: dict[str, str] = {
    "thank you": "thank",
    "thanks": "thank",
    "great thanks": "thank",
    "no": "deny",
    "no that's wrong": "deny",
    "no not that": "deny",
    "never mind": "cancel",
    "forget it": "cancel",
    "cancel that": "cancel",
}

_UNSUPPORTED = re.compile(r"order (?:me )?a pizza|book a taxi|what's my bank balance")


@dataclass(frozen=True, slots=True)
class Reading:
    """What an utterance was taken to mean.

    Attributes
    ----------
    interpretation
        The best interpretation, without confidence; empty where nothing was found.
    weaker
        One that the NLU also considered.
    resolved
        Whether every value is one that the assistant knows.
    """

    interpretation: Interpretation
    weaker: Interpretation | None
    resolved: bool

    def ranked(self, dice: Dice) -> tuple[Interpretation, ...]:
        """Give the n-best list, with confidences."""
        if self.interpretation.is_empty:
            best = dice.between(0.15, 0.4)
        elif self.resolved:
            best = dice.between(0.72, 0.99)
        else:
            best = dice.between(0.4, 0.75)
        ranked = [self.interpretation.model_copy(update={"confidence": round(best, 2)})]
        if self.weaker is not None:
            weaker = dice.between(0.05, 0.9) * best
            ranked.append(self.weaker.model_copy(update={"confidence": round(weaker, 2)}))
        return tuple(ranked)

    def entities(self) -> tuple[EntityResolution, ...]:
        """Say what each value was taken to stand for."""
        return tuple(
            EntityResolution(slot=slot.name, value=slot.value, entity_id=f"{slot.name}:{slot.value}")
            if slot.value in CATALOGUE[slot.name]
            else EntityResolution(slot=slot.name, value=slot.value)
            for slot in self.interpretation.slots
        )


def fill(act: Act, values: dict[str, str]) -> Interpretation:
    """Interpret a request of this kind with these values."""
    return Interpretation(
        domain=act.domain,
        intent=act.intent,
        slots=tuple(Slot(name=name, value=value) for name, value in sorted(values.items())),
    )


def read(text: str, asked: str | None = None, domain: str | None = None) -> Reading:
    """Read an utterance.

    Parameters
    ----------
    text
        What was heard.
    asked
        The slot that the assistant had asked for, if it had.
    domain
        What it had asked about.

    Returns
    -------
    Reading
        Always the same for the same three.
    """
    if text in COURTESIES:
        return Reading(Interpretation(domain="chat", intent=COURTESIES[text]), None, resolved=True)
    if _UNSUPPORTED.fullmatch(text):
        return Reading(Interpretation(domain="chat", intent="unsupported"), None, resolved=False)
    if asked is not None:
        answer = _answer(text, asked, domain)
        if answer is not None:
            return answer
    return _request(text)


def _answer(text: str, asked: str, domain: str | None) -> Reading | None:
    """Read a short answer; None where the text looks like a request of its own."""
    value = re.sub(r"^(?:for |at |in |on |uh |some )?(?:the |my |his |her )?", "", text)
    known = value in CATALOGUE[asked]
    if not known and len(text.split()) > 3:
        return None
    meaning = Interpretation(domain=domain, intent="answer", slots=(Slot(name=asked, value=value),))
    if known:
        return Reading(meaning, None, resolved=True)
    meant = _sounds_like(value, asked)
    weaker = None if meant is None else meaning.model_copy(update={"slots": (Slot(name=asked, value=meant),)})
    return Reading(Interpretation(), weaker if _drawn(text, 0.5) else None, resolved=False)


@cache
def _request(text: str) -> Reading:
    readings = [
        (act, wording, match.groupdict())
        for act, wording, pattern in _GRAMMAR
        if (match := pattern.fullmatch(text))
    ]
    for act, wording, values in readings:
        if all(value in CATALOGUE[slot] for slot, value in values.items()):
            return _known(text, act, wording, values)
    if not readings:
        return Reading(Interpretation(), None, resolved=False)
    act, wording, values = readings[0]
    meant = {slot: _sounds_like(value, slot) for slot, value in values.items()}
    right = {slot: value for slot, value in meant.items() if value is not None}
    weaker = fill(act, right) if len(right) == len(values) and _drawn(text, 0.45) else None
    if wording.read != "right" or not _drawn(text[::-1], 0.5):
        return Reading(Interpretation(), weaker, resolved=False)
    return Reading(fill(act, values), weaker, resolved=False)


def _known(text: str, act: Act, wording: Wording, values: dict[str, str]) -> Reading:
    right = fill(act, values)
    if wording.read == "right":
        return Reading(right, None, resolved=True)
    weaker = right if _drawn(text, 0.4) else None
    if wording.read == "empty":
        return Reading(Interpretation(), weaker, resolved=False)
    domain, intent = wording.read.split("/")
    return Reading(Interpretation(domain=domain, intent=intent), weaker, resolved=True)


def _sounds_like(value: str, slot: str) -> str | None:
    for said, wrong in CONFUSIONS.items():
        if said in CATALOGUE[slot] and any(value == text for text, _ in wrong):
            return said
    return None


def _drawn(text: str, share: float) -> bool:
    """Whether this text belongs to a share of all texts; the same on every machine."""
    return crc32(text.encode()) % 1000 < share * 1000


def _pattern(wording: Wording) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>.+)", re.escape(wording.text)))


def _literal(wording: Wording) -> int:
    return len(re.sub(r"\{\w+\}", "", wording.text))


#: Wordings with the most fixed words first, so that the closest one reads a text that several would.
_GRAMMAR = sorted(
    ((act, wording, _pattern(wording)) for act in ACTS for wording in act.wordings),
    key=lambda entry: -_literal(entry[1]),
)
