"""Markers: what a sequence's texts do not say themselves.

Each text of a sequence carries one number of every kind; a number stands for a learned vector. 0 always means that
nothing is known, so a log without NLU, or a typed one, is read by what it has.
"""

import math
from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from rewrite_offline.mining.rephrase import likeness
from streams.records import ResponseStatus, SignalKind, Turn
from streams.sessions import Session
from streams.text import normalise

__all__ = ["KINDS", "NOTHING", "PROMPT", "ROLES", "VERSION", "Marks", "marks_of"]

#: Changes with what any number stands for: a detector understands the markers that it was trained with, and no others.
VERSION = 1

ROLES = ("nothing", "prompt", "request", "answer", "later_request", "later_answer")

#: Seconds between the end of one turn and the next request.
_GAPS = (0.3, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0, 40.0)
#: By how much the recogniser's best text leads the next one; scores are logarithms and compare within one list.
_LEADS = (0.1, 0.2, 0.4, 0.7, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0)
_CONFIDENCES = (0.1, 0.2, 0.3, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.98)
_LISTED = (1e-9, 0.003, 0.01, 0.02, 0.04, 0.07, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5)
_LIKENESSES = (*(step / 20 for step in range(4, 20)), 0.999)
_STATUSES = tuple(ResponseStatus)
_FARTHEST, _LONGEST, _LATEST, _MOST_SLOTS = 8, 10, 10, 2
#: How many of the recogniser's hypotheses are compared.
_HYPOTHESES = 4


class Marks(NamedTuple):
    """Numbers of one text of a sequence.

    Attributes
    ----------
    role
        What the text is, by `ROLES`.
    distance
        How many requests after the first one its turn came, up to 8.
    place
        How many turns of the session came before the first request, plus one, up to 10.
    gap
        Bucket of the seconds between the turn before and this request.
    barge_in
        1: the response before was heard out, 2: this request interrupted it.
    heard
        Bucket of the lead of the recogniser's best text over the next one.
    understood
        Bucket of the NLU's confidence.
    shape
        1: the NLU found no request; 2, 3, 4: one with no slot, with one, with more.
    words
        How many words were heard, plus one, up to 10.
    first_heard, first_understood, first_shape, first_words
        The same of the first request.
    same
        How this turn's reading compares with the first request's: 1 other, 2 a slot in common, 3 the same.
    listed
        Bucket of the confidence that the first request's NLU gave to readings, other than its best, with a slot that
        this turn's reading has and its best one had not: what was nearly understood is now said again.
    like, alike
        Buckets of the likeness, in letters or in sound, of what was taken for the requests; and, at best, of all that
        may have been heard then and now.
    asked
        Whether the assistant had asked for the same before both requests: 1 other, 2 the same, 3 nothing either time.
    status
        How the assistant saw its answer.
    """

    role: int
    distance: int = 0
    place: int = 0
    gap: int = 0
    barge_in: int = 0
    heard: int = 0
    understood: int = 0
    shape: int = 0
    words: int = 0
    first_heard: int = 0
    first_understood: int = 0
    first_shape: int = 0
    first_words: int = 0
    same: int = 0
    listed: int = 0
    like: int = 0
    alike: int = 0
    asked: int = 0
    status: int = 0


#: Marks of [CLS], which stands for "none of them", and of what the assistant had said before the request.
NOTHING, PROMPT = Marks(ROLES.index("nothing")), Marks(ROLES.index("prompt"))

#: How many numbers each kind has.
KINDS = Marks(
    role=len(ROLES),
    distance=_FARTHEST + 1,
    place=_LATEST + 1,
    gap=len(_GAPS) + 2,
    barge_in=3,
    heard=len(_LEADS) + 2,
    understood=len(_CONFIDENCES) + 2,
    shape=_MOST_SLOTS + 3,
    words=_LONGEST + 1,
    first_heard=len(_LEADS) + 2,
    first_understood=len(_CONFIDENCES) + 2,
    first_shape=_MOST_SLOTS + 3,
    first_words=_LONGEST + 1,
    same=4,
    listed=len(_LISTED) + 2,
    like=len(_LIKENESSES) + 2,
    alike=len(_LIKENESSES) + 2,
    asked=4,
    status=len(_STATUSES) + 1,
)


def marks_of(session: Session, first: int, index: int) -> tuple[Marks, Marks]:
    """Mark request and answer of the turn at `index`, in the sequence of the request at `first`."""
    one, turn = session.turns[first], session.turns[index]
    status = turn.response.status if turn.response is not None else None
    said = Marks(
        role=ROLES.index("request"),
        place=min(first + 1, _LATEST),
        heard=_bucket(_lead(turn), _LEADS),
        understood=_bucket(turn.nlu[0].confidence if turn.nlu else None, _CONFIDENCES),
        shape=_shape(turn),
        words=min(len(turn.utterance.split()) + 1, _LONGEST),
    )
    answer = Marks(role=ROLES.index("answer"), status=0 if status is None else 1 + _STATUSES.index(status))
    if index == first:
        return said, answer
    before, _ = marks_of(session, first, first)
    distance = min(index - first, _FARTHEST)
    return (
        said._replace(
            role=ROLES.index("later_request"),
            distance=distance,
            gap=_bucket(session.gap_after(index - 1), _GAPS),
            barge_in=2 if session.signals_of(index - 1, SignalKind.INTERRUPTED) else 1,
            first_heard=before.heard,
            first_understood=before.understood,
            first_shape=before.shape,
            first_words=before.words,
            same=_same(one, turn),
            listed=_bucket(_listed(one, turn), _LISTED),
            like=_bucket(_likeness([one.utterance], [turn.utterance]), _LIKENESSES),
            alike=_bucket(_likeness(_heard(one), _heard(turn)), _LIKENESSES),
            asked=_asked(session.asked_before(first), session.asked_before(index)),
        ),
        answer._replace(role=ROLES.index("later_answer"), distance=distance),
    )


def _bucket(value: float | None, edges: Sequence[float]) -> int:
    return 0 if value is None else 1 + bisect_right(edges, value)


def _lead(turn: Turn) -> float | None:
    """Say by how much the best text of the n-best list leads the best other one."""
    scored = [heard for heard in turn.asr if heard.score is not None and math.isfinite(heard.score)]
    if not scored:
        return None
    best = scored[0]
    others = [heard.score or 0.0 for heard in scored if heard.text != best.text]
    return (best.score or 0.0) - max(others) if others else _LEADS[-1]


def _shape(turn: Turn) -> int:
    if not turn.nlu:
        return 0
    best = turn.nlu[0]
    return 1 if best.is_empty else 2 + min(len(best.slots), _MOST_SLOTS)


def _same(one: Turn, other: Turn) -> int:
    if not one.nlu or not other.nlu:
        return 0
    if one.nlu[0].key == other.nlu[0].key:
        return 3
    slots = {(slot.name, slot.value) for slot in one.nlu[0].slots}
    return 2 if any((slot.name, slot.value) in slots for slot in other.nlu[0].slots) else 1


def _listed(one: Turn, other: Turn) -> float | None:
    if not one.nlu or not other.nlu:
        return None
    best, *others = ({(slot.name, slot.value) for slot in reading.slots} for reading in one.nlu)
    new = {(slot.name, slot.value) for slot in other.nlu[0].slots} - best
    return sum(
        reading.confidence or 0.0
        for reading, slots in zip(one.nlu[1:], others, strict=True)
        if not new.isdisjoint(slots)
    )


def _asked(one: str | None, other: str | None) -> int:
    if one == other:
        return 3 if one is None else 2
    return 1


def _heard(turn: Turn) -> list[str]:
    return [turn.utterance, *(hypothesis.text for hypothesis in turn.asr[:_HYPOTHESES])]


def _likeness(one: Sequence[str], other: Sequence[str]) -> float:
    """Say how alike two requests are at best, of what may have been heard of each."""
    texts, again = ([text for text in dict.fromkeys(map(normalise, heard)) if text] for heard in (one, other))
    return max((likeness(a, b) for a in texts for b in again), default=0.0)
