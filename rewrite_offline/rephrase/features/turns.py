"""What was heard and understood of one turn, with the probabilities that the recogniser and the NLU gave."""

import math
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from streams.records import Interpretation, ResponseStatus, Turn
from streams.sessions import Session
from streams.text import normalise

__all__ = ["HeardTurn", "TurnFeatures", "heard_turns", "weight_of"]

Key = TypeVar("Key", bound=Hashable)

_STATUSES = {status: float(number) for number, status in enumerate(ResponseStatus)}
_NAN = math.nan

#: Words up to this length are mostly function words; how much they count, of what others do.
_SHORT, _LITTLE = 3, 0.25


class TurnFeatures(NamedTuple):
    """What one turn looks like.

    Attributes
    ----------
    score, second_score
        The recogniser's, of its first two texts.
    heard, heard_entropy
        Probability of the likeliest text among those that it lists, and the entropy of them all, in nats.
    least_word, mean_word, least_long_word
        Probability that a word of the request was said, by all texts: the smallest, the mean, the smallest of long
        words.
    words, longest
        How many words; letters of the longest.
    understood, second_understood
        The NLU's confidence in its first two readings.
    readings, reading_entropy
        How many readings it lists, and their entropy, in nats.
    nothing
        Confidence that there was no request at all.
    intent_share, slot_share
        Confidence in the intent of the best reading, by all readings; and in the least sure one of its slots.
    slots
        Of the best reading.
    was_asked
        Whether one of them is what the assistant had asked for.
    in_prompt, in_answer
        How many values of the best reading the assistant had just said; the share of them that it said in its answer.
    words_in_answer
        Share of the request's long words that the answer says.
    answered_again
        Whether the answer is what the assistant had said before.
    status
        How the assistant saw its answer.
    """

    score: float
    second_score: float
    heard: float
    heard_entropy: float
    least_word: float
    mean_word: float
    least_long_word: float
    words: float
    longest: float
    understood: float
    second_understood: float
    readings: float
    reading_entropy: float
    nothing: float
    intent_share: float
    slot_share: float
    slots: float
    was_asked: float
    in_prompt: float
    in_answer: float
    words_in_answer: float
    answered_again: float
    status: float


@dataclass(frozen=True, slots=True)
class HeardTurn:
    """A turn by probabilities.

    Attributes
    ----------
    texts
        P(text) of what may have been heard, normalised; without scores of a recogniser all is what was taken.
    words
        P(word) by these texts.
    slots, values
        P((slot, value)) and P(value) by the NLU's readings, for slots' values as text.
    intents
        P(intent) by them; None is no request.
    best
        Values of the best reading, by slot.
    features
        See `TurnFeatures`.
    """

    texts: Mapping[str, float]
    words: Mapping[str, float]
    slots: Mapping[tuple[str, str], float]
    values: Mapping[str, float]
    intents: Mapping[str | None, float]
    best: Mapping[str, str]
    features: TurnFeatures


def heard_turns(session: Session) -> list[HeardTurn]:
    """Read every turn of a session once."""
    return [_heard(session, index) for index in range(len(session))]


def weight_of(word: str) -> float:
    """Say how much a word counts: a rough stand-in for its rarity that needs nobody's word counts."""
    return 1.0 if len(word) > _SHORT else _LITTLE


def _heard(session: Session, index: int) -> HeardTurn:
    turn = session.turns[index]
    texts = _texts(turn)
    words = _add_up((word, share) for text, share in texts.items() for word in set(text.split()))
    readings = [(reading, reading.confidence or 0.0) for reading in turn.nlu]
    slots = _add_up(
        ((slot.name, str(slot.value)), share) for reading, share in readings for slot in reading.slots
    )
    values = _add_up((value, share) for (_, value), share in slots.items())
    intents = _add_up((reading.intent, share) for reading, share in readings)
    best = {slot.name: str(slot.value) for slot in turn.nlu[0].slots} if turn.nlu else {}
    features = TurnFeatures(
        *_of_texts(turn, texts, words),
        *_of_readings(turn.nlu, slots, intents),
        *_of_answer(session, index, best),
    )
    return HeardTurn(texts, words, slots, values, intents, best, features)


def _texts(turn: Turn) -> dict[str, float]:
    """Scores are logarithms, and compare within one list."""
    scored = [(normalise(one.text), one.score) for one in turn.asr if one.score is not None]
    scored = [(text, score) for text, score in scored if math.isfinite(score)]
    if not scored:
        return {normalise(turn.utterance): 1.0}
    highest = max(score for _, score in scored)
    shares = _add_up((text, math.exp(score - highest)) for text, score in scored)
    whole = sum(shares.values())
    return {text: share / whole for text, share in shares.items()}


def _of_texts(turn: Turn, texts: Mapping[str, float], words: Mapping[str, float]) -> tuple[float, ...]:
    said = set(normalise(turn.utterance).split())
    sure = [words.get(word, 0.0) for word in said]
    long = [words.get(word, 0.0) for word in said if len(word) > _SHORT]
    scores = [one.score for one in turn.asr[:2]]
    heard = any(one.score is not None for one in turn.asr)
    return (
        _known(scores[0] if scores else None),
        _known(scores[1] if len(scores) > 1 else None),
        max(texts.values()) if heard else _NAN,
        _entropy(texts.values()) if heard else _NAN,
        min(sure) if heard and sure else _NAN,
        sum(sure) / len(sure) if heard and sure else _NAN,
        min(long) if heard and long else _NAN,
        len(turn.utterance.split()),
        max(map(len, said), default=0),
    )


def _of_readings(
    readings: Sequence[Interpretation],
    slots: Mapping[tuple[str, str], float],
    intents: Mapping[str | None, float],
) -> tuple[float, ...]:
    if not readings:
        return (_NAN,) * 8
    best = readings[0]
    return (
        _known(best.confidence),
        _known(readings[1].confidence) if len(readings) > 1 else 0.0,
        len(readings),
        _entropy(reading.confidence or 0.0 for reading in readings),
        sum(reading.confidence or 0.0 for reading in readings if reading.is_empty),
        intents[best.intent],
        min((slots[slot.name, str(slot.value)] for slot in best.slots), default=_NAN),
        len(best.slots),
    )


def _of_answer(session: Session, index: int, best: Mapping[str, str]) -> tuple[float, ...]:
    turn = session.turns[index]
    prompt = session.prompt_before(index)
    answer = turn.response.text if turn.response is not None else None
    long = {word for word in normalise(turn.utterance).split() if len(word) > _SHORT}
    said = set(normalise(answer or "").split())
    status = turn.response.status if turn.response is not None else None
    return (
        float(session.asked_before(index) in best) if turn.nlu else _NAN,
        _said(best, prompt),
        _said(best, answer) / len(best) if best else _NAN,
        len(long & said) / len(long) if long and answer is not None else _NAN,
        float(answer == prompt) if answer is not None and prompt is not None else _NAN,
        _NAN if status is None else _STATUSES[status],
    )


def _said(best: Mapping[str, str], text: str | None) -> float:
    if not best or text is None:
        return _NAN
    text = text.casefold()
    return float(sum(value.casefold() in text for value in best.values()))


def _known(value: float | None) -> float:
    return value if value is not None and math.isfinite(value) else _NAN


def _entropy(shares: Iterable[float]) -> float:
    return -sum(share * math.log(share) for share in shares if share > 0.0)


def _add_up(shares: Iterable[tuple[Key, float]]) -> dict[Key, float]:
    found: dict[Key, float] = {}
    for key, share in shares:
        found[key] = found.get(key, 0.0) + share
    return found
