"""The statistics by which a simulated log is held against a real one: one definition each, for both.

Each is counted over calls. A `Ratio` is a sum over a sum (a share, a mean); a `Quantile` is one of the values seen.
"""

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from evaluation.world.calls import Call, Exchange, says_again
from evaluation.world.texts import bids_farewell, same_words, word_errors, words
from streams.outcome import ENGLISH
from streams.records import ResponseStatus, Stage
from streams.text import normalise

__all__ = ["STATISTICS", "Quantile", "Ratio"]


@dataclass(frozen=True, slots=True)
class Ratio:
    """Σ part / Σ whole over calls.

    Attributes
    ----------
    about
        What it is, for a person.
    count
        Of one call: part and whole.
    """

    about: str
    count: Callable[[Call], tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Quantile:
    """A quantile of values.

    Attributes
    ----------
    about
        What it is, for a person.
    at
        Which, 0 to 1.
    values
        Of one call.
    """

    about: str
    at: float
    values: Callable[[Call], Sequence[float]]


def _share(
    about: str, among: Callable[[Call], Iterable[Exchange]], holds: Callable[[Exchange], bool]
) -> Ratio:
    def count(call: Call) -> tuple[float, float]:
        found = [holds(exchange) for exchange in among(call)]
        return sum(found), len(found)

    return Ratio(about, count)


def _spoken(about: str, holds: Callable[[Exchange], bool]) -> Ratio:
    return _share(f"{about}, of the requests that somebody spoke", lambda call: call.spoken, holds)


def _fails_at(stage: Stage) -> Callable[[Exchange], bool]:
    return lambda exchange: exchange.truth.failure_point is stage


def _heard_first(exchange: Exchange) -> bool:
    return words(exchange.turn.utterance) == words(exchange.said)


def _heard_at_all(exchange: Exchange) -> bool:
    said = words(exchange.said)
    return any(words(heard) == said for heard in _heard(exchange))


def _heard(exchange: Exchange) -> Sequence[str]:
    return [hypothesis.text for hypothesis in exchange.turn.asr] or [exchange.turn.utterance]


def _errors(best: Callable[[Exchange], int]) -> Callable[[Call], tuple[float, float]]:
    def count(call: Call) -> tuple[float, float]:
        return (
            sum(best(exchange) for exchange in call.spoken),
            sum(len(words(exchange.said)) for exchange in call.spoken),
        )

    return count


def _again(about: str, *, misread: bool, same: bool) -> Ratio:
    def count(call: Call) -> tuple[float, float]:
        followed = [pair for pair in call.followed if pair[0].misread is misread]
        again = [
            pair for pair in followed if says_again(*pair) and same_words(pair[0].said, pair[1].said) is same
        ]
        return len(again), len(followed)

    return Ratio(about, count)


def _interrupted(about: str, *, misread: bool) -> Ratio:
    return _share(
        about,
        lambda call: [x for x in call.answered if x.spoken and x.misread is misread],
        lambda exchange: exchange.interrupted,
    )


def _between(call: Call) -> Sequence[float]:
    times = [exchange.turn.time for exchange in call.exchanges]
    return [(later - time).total_seconds() for time, later in itertools.pairwise(times)]


def _repeated_prompts(call: Call) -> tuple[float, float]:
    prompts = [x.turn.context.prompt if x.turn.context else None for x in call.exchanges]
    pairs = [(one, two) for one, two in itertools.pairwise(prompts) if one and two]
    return sum(normalise(one) == normalise(two) for one, two in pairs), len(pairs)


def _hung_up(call: Call) -> tuple[float, float]:
    return not (call.spoken and bids_farewell(call.spoken[-1].said)), 1


def _left_unmet(call: Call) -> tuple[float, float]:
    asked = [exchange for exchange in call.spoken if not bids_farewell(exchange.said)]
    return bool(asked) and asked[-1].truth.failure_point is not Stage.CORRECT, 1


def _says(kind: str) -> Callable[[Exchange], bool]:
    return lambda exchange: ENGLISH.says(kind, normalise(exchange.said))


def _status(status: ResponseStatus) -> Callable[[Exchange], bool]:
    return lambda exchange: exchange.turn.response is not None and exchange.turn.response.status == status


def _responses(about: str, holds: Callable[[Exchange], bool]) -> Ratio:
    return _share(f"{about}, of the responses", lambda call: call.answered, holds)


#: By name, in the order in which they are told.
STATISTICS: Mapping[str, Ratio | Quantile] = {
    "defect_rate": _spoken("taken for something else than was meant", lambda x: x.misread),
    "defects_by_asr": _spoken("first wrong beyond recovery in the recogniser", _fails_at(Stage.ASR)),
    "defects_by_nlu": _spoken("… in the NLU", _fails_at(Stage.NLU)),
    "failures_by_result": _spoken(
        "understood, but not served as it could have been", _fails_at(Stage.RESULT)
    ),
    "unsupported": _spoken("understood, but nobody could have served it", lambda x: x.truth.unsupported),
    "no_speech": _share("nobody spoke, of all turns", lambda call: call.exchanges, lambda x: not x.spoken),
    "false_wakes": _share(
        "nobody spoke and the assistant acted, of all turns",
        lambda call: call.exchanges,
        _fails_at(Stage.FALSE_WAKE),
    ),
    "word_error_rate": Ratio(
        "wrong words of the first hypothesis, a word said",
        _errors(lambda x: word_errors(x.said, x.turn.utterance)),
    ),
    "oracle_word_error_rate": Ratio(
        "… of the best hypothesis of each list",
        _errors(lambda x: min(word_errors(x.said, heard) for heard in _heard(x))),
    ),
    "exact_first": _spoken("first hypothesis exact", _heard_first),
    "exact_any": _spoken("some hypothesis exact", _heard_at_all),
    "same_words_after_defect": _again(
        "a defect, and the next request asks for it again in the same words", misread=True, same=True
    ),
    "other_words_after_defect": _again("… in other words", misread=True, same=False),
    "same_words_after_success": _again(
        "understood, and the next request asks for it again in the same words", misread=False, same=True
    ),
    "other_words_after_success": _again("… in other words", misread=False, same=False),
    "interrupted_after_defect": _interrupted("responses spoken over, after a defect", misread=True),
    "interrupted_after_success": _interrupted("… after a success", misread=False),
    "between_requests_q1": Quantile("lower quartile of seconds from request to request", 0.25, _between),
    "between_requests": Quantile("… median", 0.5, _between),
    "between_requests_q3": Quantile("… upper quartile", 0.75, _between),
    "turns_a_call": Ratio("turns a call", lambda call: (len(call.exchanges), 1)),
    "long_calls": Ratio("calls of more than ten turns", lambda call: (len(call.exchanges) > 10, 1)),
    "words_a_request": Ratio(
        "words a spoken request",
        lambda call: (sum(len(words(exchange.said)) for exchange in call.spoken), len(call.spoken)),
    ),
    "repeated_prompts": Ratio("the assistant says again what it said just before", _repeated_prompts),
    "questions": _responses(
        "asks for a slot", lambda x: x.turn.response is not None and x.turn.response.asked is not None
    ),
    "no_result": _responses("nothing found", _status(ResponseStatus.NO_RESULT)),
    "not_understood": _responses(
        "not understood, as the assistant says it", _status(ResponseStatus.NOT_UNDERSTOOD)
    ),
    "thanks": _spoken("says thank you", _says("thanks")),
    "negations": _spoken("says no", _says("negation")),
    "hang_ups": Ratio("calls that end without a farewell", _hung_up),
    "left_unmet": Ratio("calls whose last request before the farewell failed", _left_unmet),
    "goals_met": Ratio(
        "calls rated good, of those rated", lambda call: (sum(call.ratings), len(call.ratings))
    ),
}
