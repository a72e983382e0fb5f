"""Markers: what a sequence's texts do not say themselves.

Each text of a sequence carries one number of every kind; a number stands for a learned vector. 0 always means that
nothing is known, so a log without NLU, or a typed one, is read by what it has.
"""

import math
from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from streams.records import ResponseStatus, SignalKind, Turn
from streams.sessions import Session

__all__ = ["KINDS", "NOTHING", "PROMPT", "ROLES", "VERSION", "Marks", "marks_of"]

#: Changes with what any number stands for: a detector understands the markers that it was trained with, and no others.
VERSION = 2

ROLES = ("nothing", "prompt", "request", "answer", "later_request", "later_answer")

#: Seconds between the end of one turn and the next request.
_GAPS = (0.3, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0, 40.0)
#: By how much the recogniser's best text leads the next one; scores are logarithms and compare within one list.
_LEADS = (0.1, 0.2, 0.4, 0.7, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0)
_CONFIDENCES = (0.1, 0.2, 0.3, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.98)
_STATUSES = tuple(ResponseStatus)
_FARTHEST, _LONGEST, _LATEST, _MOST_SLOTS = 8, 10, 10, 2


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
    status=len(_STATUSES) + 1,
)


def marks_of(session: Session, first: int, index: int) -> tuple[Marks, Marks]:
    """Mark request and answer of the turn at `index`, in the sequence of the request at `first`."""
    turn = session.turns[index]
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
    distance = min(index - first, _FARTHEST)
    return (
        said._replace(
            role=ROLES.index("later_request"),
            distance=distance,
            gap=_bucket(session.gap_after(index - 1), _GAPS),
            barge_in=2 if session.signals_of(index - 1, SignalKind.INTERRUPTED) else 1,
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
