"""Signals of the next request: what a customer says, and how soon, shows how the last one went."""

from collections.abc import Sequence
from math import exp

from rapidfuzz import fuzz

from streams.outcome.words import WORDS, Words, plain
from streams.records import Interpretation, Slot
from streams.sessions import Session

__all__ = [
    "SHORT",
    "cancel",
    "ended",
    "haste",
    "hurried",
    "negation",
    "recovered",
    "recovered_from",
    "repeat",
    "rephrase",
    "rephrased",
    "restated_slot",
    "shared_slots",
    "slot_restated",
    "slots_shared",
    "thanks",
]

#: Texts less alike than this (0 to 1, rapidfuzz' normalised Indel similarity) are different requests.
ALIKE = 0.5

#: Seconds in which haste falls to 1/e.
_HASTE = 10.0

#: Up to so many words an answer says nothing without its question: "yes", "don't care".
SHORT = 2


def repeat(session: Session, index: int) -> float | None:
    """Observe that the next request is the same, word for word: 1. None after the last turn.

    The same short answer to another question ("yes", "yes") repeats nothing.
    """
    later = session.following(index)
    if later is None:
        return None
    text = plain(session.turns[index].utterance)
    if not text or text != plain(later.utterance):
        return 0.0
    return 0.0 if _other_question(session, index) and len(text.split()) <= SHORT else 1.0


def rephrase(session: Session, index: int) -> float | None:
    """Observe how like this request the next one is, other than equal: 0 (not) to 1.

    Similarity of the normalised texts, from `ALIKE` on. None after the last turn.
    """
    later = session.following(index)
    if later is None:
        return None
    return rephrased(plain(session.turns[index].utterance), plain(later.utterance))


def shared_slots(session: Session, index: int) -> float | None:
    """Observe the share of what was understood that the next request says again: 0 to 1.

    Takes for granted that who was understood does not say it again. Same slot, same value, other words. None
    after the last turn and without an NLU; 0 where no slot was understood.
    """
    here, later = _best(session, index), _best(session, index + 1)
    if here is None or later is None:
        return None
    if plain(session.turns[index].utterance) == plain(session.turns[index + 1].utterance):
        return 0.0
    return slots_shared(here, later)


def restated_slot(session: Session, index: int) -> float | None:
    """Observe that the next request gives another value to a slot of this one: 1.

    A correction, or a change of mind. None after the last turn and without an NLU.
    """
    here, later = _best(session, index), _best(session, index + 1)
    if here is None or later is None:
        return None
    return slot_restated(here, later)


def recovered(session: Session, index: int) -> float | None:
    """Observe that the next request is understood as something that was a weaker hypothesis of this one: 1.

    Takes for granted that a customer who was misunderstood says it again, and that the right interpretation
    was among the n-best. None after the last turn and without an n-best list.
    """
    nlu, later = session.turns[index].nlu, _best(session, index + 1)
    if len(nlu) < 2 or later is None:
        return None
    return recovered_from(nlu, later)


def negation(session: Session, index: int, words: Words = WORDS) -> float | None:
    """Observe that the next request says no: 1. None after the last turn, or in an unknown language."""
    return _says("negation", session, index, words)


def cancel(session: Session, index: int, words: Words = WORDS) -> float | None:
    """Observe that the next request stops what goes on: 1.

    None after the last turn, or in an unknown language.
    """
    return _says("cancel", session, index, words)


def thanks(session: Session, index: int, words: Words = WORDS) -> float | None:
    """Observe that the next request says thank you: 1.

    None after the last turn, or in an unknown language.
    """
    return _says("thanks", session, index, words)


def haste(session: Session, index: int) -> float | None:
    """Observe how soon after the response the next request came: 1 (at once) to 0.

    None after the last turn.
    """
    gap = session.gap_after(index)
    return None if gap is None else hurried(gap)


def ended(session: Session, index: int) -> float:
    """Observe that nothing more was asked: 1. Satisfied or given up: it says little alone."""
    return 1.0 if index + 1 == len(session.turns) else 0.0


def rephrased(text: str, other: str) -> float:
    """How like a normalised text another is, other than equal; see `rephrase`."""
    if not text or not other or text == other:
        return 0.0
    return max(0.0, fuzz.ratio(text, other, score_cutoff=100.0 * ALIKE) / 100.0 - ALIKE) / (1.0 - ALIKE)


def slots_shared(here: Interpretation, later: Interpretation) -> float:
    """Share of the slots that are there again; see `shared_slots`."""
    mine = _pairs(here.slots)
    return len(mine & _pairs(later.slots)) / len(mine) if mine else 0.0


def slot_restated(here: Interpretation, later: Interpretation) -> float:
    """Whether a slot is there with another value; see `restated_slot`."""
    values = {slot.name: slot.value.casefold() for slot in here.slots}
    return float(any(values.get(s.name, s.value.casefold()) != s.value.casefold() for s in later.slots))


def recovered_from(nlu: Sequence[Interpretation], later: Interpretation) -> float:
    """Whether a slot of a weaker hypothesis is there later; see `recovered`."""
    weaker = {slot for other in nlu[1:] for slot in _pairs(other.slots)} - _pairs(nlu[0].slots)
    return 1.0 if weaker & _pairs(later.slots) else 0.0


def hurried(gap: float) -> float:
    """How soon a request came, by the seconds that it took; see `haste`."""
    return exp(-gap / _HASTE)


def _says(kind: str, session: Session, index: int, words: Words) -> float | None:
    later = session.following(index)
    if later is None or (lexicon := words.of(later)) is None:
        return None
    return 1.0 if lexicon.says(kind, plain(later.utterance)) else 0.0


def _best(session: Session, index: int) -> Interpretation | None:
    """First interpretation of a turn; None past the end and without an NLU."""
    if index >= len(session.turns):
        return None
    nlu = session.turns[index].nlu
    return nlu[0] if nlu else None


def _pairs(slots: tuple[Slot, ...]) -> set[tuple[str, str]]:
    """Names and values, whatever their case."""
    return {(slot.name, slot.value.casefold()) for slot in slots}


def _other_question(session: Session, index: int) -> bool:
    """Whether the assistant had put different questions before this request and the next."""
    asked, then = session.asked_before(index), session.asked_before(index + 1)
    if asked is not None or then is not None:
        return asked != then
    prompt, later = session.prompt_before(index), session.prompt_before(index + 1)
    return bool(prompt and later) and plain(prompt or "") != plain(later or "")
