"""What a request and a later one look like beside each other."""

import math
from collections.abc import Collection, Hashable, Mapping, Sequence
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from rewrite_offline.mining.rephrase import likeness
from rewrite_offline.rephrase.features.turns import HeardTurn, TurnFeatures, weight_of
from streams.records import SignalKind
from streams.sessions import Session

__all__ = ["FEATURES", "PairFeatures", "features_of"]

Key = TypeVar("Key", bound=Hashable)

_NAN = math.nan
#: How many of the recogniser's likeliest texts are compared letter by letter.
_COMPARED = 4


class PairFeatures(NamedTuple):
    """What two requests look like beside each other.

    Attributes
    ----------
    distance
        How many requests later the second one came.
    before, after
        Turns of the session before the first one, and after the second.
    gap, since
        Seconds from the turn before to the second request, and from the first request to it.
    interrupted
        Whether the second one cut the answer before it off.
    like, alike
        Likeness, in letters or in sound, of what was taken for the requests; and, at best, of what was likely heard.
    words_again
        Cosine of the probabilities of the words, long ones counting more.
    slots_again, values_again, intents_again
        Probability that a slot with its value, a value, the intent of the one is that of the other, by all readings.
    same_slots, other_values
        Slots of both best readings that have the same value, and those that have another.
    heard_before, understood_before
        Of values that only the second one's best reading has: how probably they were heard, and understood, the first
        time.
    heard_again, understood_again
        Of values of the first one's best reading: how probably they were heard, and understood, the second time.
    same_prompt, same_asked, same_action
        Whether both came after the same words, question, and action of the assistant.
    """

    distance: float
    before: float
    after: float
    gap: float
    since: float
    interrupted: float
    like: float
    alike: float
    words_again: float
    slots_again: float
    values_again: float
    intents_again: float
    same_slots: float
    other_values: float
    heard_before: float
    understood_before: float
    heard_again: float
    understood_again: float
    same_prompt: float
    same_asked: float
    same_action: float


#: Names of the features, in their order: of the two requests together, of the first one, of the second.
FEATURES = (
    *PairFeatures._fields,
    *(f"first_{name}" for name in TurnFeatures._fields),
    *(f"later_{name}" for name in TurnFeatures._fields),
)


def features_of(
    session: Session, heard: Sequence[HeardTurn], first: int, later: Sequence[int]
) -> NDArray[np.float32]:
    """Describe the request at `first` and each of some later ones.

    Parameters
    ----------
    session
        Of both.
    heard
        Its turns by probabilities, from `heard_turns`.
    first, later
        Places of the requests.

    Returns
    -------
    ndarray
        Shape (later requests, features), in the order of `FEATURES`; NaN where nothing is known.
    """
    rows = [
        (*_together(session, heard, first, other), *heard[first].features, *heard[other].features)
        for other in later
    ]
    return np.array(rows, np.float32).reshape(len(later), len(FEATURES))


def _together(session: Session, heard: Sequence[HeardTurn], first: int, later: int) -> PairFeatures:
    one, other = session.turns[first], session.turns[later]
    a, b = heard[first], heard[later]
    gap = session.gap_after(later - 1)
    understood = bool(one.nlu and other.nlu)
    new = [value for slot, value in b.best.items() if a.best.get(slot) != value]
    return PairFeatures(
        distance=later - first,
        before=first,
        after=len(session) - 1 - later,
        gap=_NAN if gap is None else gap,
        since=(other.time - one.time).total_seconds(),
        interrupted=float(bool(session.signals_of(later - 1, SignalKind.INTERRUPTED))),
        like=likeness(one.utterance, other.utterance),
        alike=max((likeness(text, again) for text in _likely(a) for again in _likely(b)), default=0.0),
        words_again=_cosine(a.words, b.words),
        slots_again=_meet(a.slots, b.slots) if understood else _NAN,
        values_again=_meet(a.values, b.values) if understood else _NAN,
        intents_again=_meet(a.intents, b.intents) if understood else _NAN,
        same_slots=float(sum(b.best.get(slot) == value for slot, value in a.best.items()))
        if understood
        else _NAN,
        other_values=float(sum(b.best.get(slot, value) != value for slot, value in a.best.items()))
        if understood
        else _NAN,
        heard_before=_heard(a, new),
        understood_before=_understood(a, new),
        heard_again=_heard(b, list(a.best.values())),
        understood_again=_understood(b, list(a.best.values())),
        same_prompt=float(session.prompt_before(first) == session.prompt_before(later)),
        same_asked=float(session.asked_before(first) == session.asked_before(later)),
        same_action=float(_action_before(session, first) == _action_before(session, later)),
    )


def _likely(turn: HeardTurn) -> list[str]:
    return [text for text in sorted(turn.texts, key=turn.texts.__getitem__, reverse=True)[:_COMPARED] if text]


def _cosine(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    def product(a: Mapping[str, float], b: Mapping[str, float]) -> float:
        return sum(weight_of(word) * share * b[word] for word, share in a.items() if word in b)

    length = math.sqrt(product(one, one) * product(other, other))
    return product(one, other) / length if length else 0.0


def _meet(one: Mapping[Key, float], other: Mapping[Key, float]) -> float:
    return sum(share * other[key] for key, share in one.items() if key in other)


def _heard(turn: HeardTurn, values: Collection[str]) -> float:
    wanted = [value.casefold() for value in values]
    return max(
        (sum(share for text, share in turn.texts.items() if value in text) for value in wanted),
        default=_NAN,
    )


def _understood(turn: HeardTurn, values: Collection[str]) -> float:
    return max((turn.values.get(value, 0.0) for value in values), default=_NAN)


def _action_before(session: Session, index: int) -> str | None:
    response = session.turns[index - 1].response if index else None
    return None if response is None else response.action
