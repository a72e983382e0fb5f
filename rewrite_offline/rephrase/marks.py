"""Markers: what a sequence's texts do not say themselves.

Each text of a sequence carries one number of every kind; a number stands for a learned vector that is added to the
states of all its tokens. 0 always means that nothing is known.
"""

import math
from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from rewrite_offline.mining.rephrase import likeness
from streams.records import ResponseStatus, SignalKind, Turn
from streams.sessions import Session
from streams.text import normalise

__all__ = ["KINDS", "NOTHING", "PROMPT", "Marks", "marks_of"]

#: Seconds between the end of one turn and the next request.
_GAPS = (0.3, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0, 40.0)
#: Shares and confidences; most of what is told lies near one.
_SHARES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
_LISTED = (1e-9, 0.01, 0.03, 0.1, 0.2, 0.3, 0.5)
_LIKENESSES = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.999)
#: How many of the recogniser's hypotheses are compared.
_HYPOTHESES = 4

ROLES = (
    "nothing",
    "prompt",
    "request",
    "reading",
    "answer",
    "later_request",
    "later_reading",
    "later_answer",
)
_STATUSES = tuple(ResponseStatus)
_FARTHEST = 8


class Marks(NamedTuple):
    """Numbers of one text of a sequence.

    Attributes
    ----------
    role
        What the text is, by `ROLES`.
    distance
        How many requests after the first one its turn came, up to 8.
    gap
        Bucket of the seconds between the turn before and this request.
    barge_in
        1: the response before was heard out, 2: this request interrupted it.
    heard
        Bucket of the share of the recogniser's best hypothesis among all; scores compare within one list only.
    understood
        Bucket of the NLU's confidence.
    same
        How this turn's reading compares with the first request's: 1 other, 2 a slot in common, 3 the same.
    listed
        Bucket of the confidence that the first request's NLU gave to readings, other than its best, with a slot that
        this turn's reading has and its best one had not: what was nearly understood is now said again.
    alike
        Bucket of the likeness, in letters or in sound, of what may have been heard then and now.
    status
        How the assistant saw its answer.
    """

    role: int
    distance: int = 0
    gap: int = 0
    barge_in: int = 0
    heard: int = 0
    understood: int = 0
    same: int = 0
    listed: int = 0
    alike: int = 0
    status: int = 0


#: Marks of [CLS], which stands for "none of them", and of what the assistant had said before the request.
NOTHING, PROMPT = Marks(ROLES.index("nothing")), Marks(ROLES.index("prompt"))

#: How many numbers each kind has.
KINDS = Marks(
    role=len(ROLES),
    distance=_FARTHEST + 1,
    gap=len(_GAPS) + 2,
    barge_in=3,
    heard=len(_SHARES) + 2,
    understood=len(_SHARES) + 2,
    same=4,
    listed=len(_LISTED) + 2,
    alike=len(_LIKENESSES) + 2,
    status=len(_STATUSES) + 1,
)


def marks_of(session: Session, first: int, index: int) -> tuple[Marks, Marks]:
    """Mark request and answer of the turn at `index`, in the sequence of the request at `first`."""
    turn = session.turns[index]
    request, answer = ("request", "answer") if index == first else ("later_request", "later_answer")
    distance = min(index - first, _FARTHEST)
    said = Marks(
        role=ROLES.index(request),
        distance=distance,
        heard=_bucket(_best_share(turn), _SHARES),
        understood=_bucket(turn.nlu[0].confidence if turn.nlu else None, _SHARES),
    )
    if index != first:
        said = said._replace(
            gap=_bucket(session.gap_after(index - 1), _GAPS),
            barge_in=2 if session.signals_of(index - 1, SignalKind.INTERRUPTED) else 1,
            same=_same(session.turns[first], turn),
            listed=_bucket(_listed(session.turns[first], turn), _LISTED),
            alike=_bucket(_alike(session.turns[first], turn), _LIKENESSES),
        )
    status = turn.response.status if turn.response is not None else None
    return (
        said,
        Marks(
            role=ROLES.index(answer),
            distance=distance,
            status=0 if status is None else 1 + _STATUSES.index(status),
        ),
    )


def _bucket(value: float | None, edges: Sequence[float]) -> int:
    return 0 if value is None else 1 + bisect_right(edges, value)


def _best_share(turn: Turn) -> float | None:
    """Say how much of its n-best list's weight the recogniser gave its best hypothesis; scores are logarithms."""
    scores = [hypothesis.score for hypothesis in turn.asr if hypothesis.score is not None]
    if len(scores) < 2:
        return None
    return 1.0 / sum(math.exp(min(50.0, score - scores[0])) for score in scores)


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


def _alike(one: Turn, other: Turn) -> float:
    return max((likeness(a, b) for a in _heard(one) for b in _heard(other)), default=0.0)


def _heard(turn: Turn) -> list[str]:
    heard = (turn.utterance, *(hypothesis.text for hypothesis in turn.asr[:_HYPOTHESES]))
    return [text for text in dict.fromkeys(map(normalise, heard)) if text]
