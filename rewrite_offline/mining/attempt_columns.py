"""Attempts as columns: what `attempts` says of each turn, for many sessions at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rewrite_offline.mining.evidence import UNANSWERED, Attempt
from rewrite_offline.mining.linking import DetectedLinks, link_columns
from rewrite_offline.mining.rephrase import LexicalRephraseTest
from rewrite_offline.mining.states import key_state, text_state
from streams.outcome import OutcomeModel
from streams.outcome.columns import success_of
from streams.sessions.columns import NONE, Codes, SessionColumns

__all__ = ["AttemptColumns", "attempt_columns", "columns_of"]


@dataclass(frozen=True, slots=True)
class AttemptColumns:
    """n attempts; people, requests and states by number.

    Attributes
    ----------
    sessions
        How many sessions they are of; 0 where that is not known.
    people, requests, states
        Names of people; (slot asked for, text) of requests; names of states.
    turn_ids, person, request, state
        Length n.
    understood
        Length n: 1 and 0, whether the NLU found a request; `NONE` without an NLU.
    success
        Length n: P(success).
    retry, retry_weight
        Length n: state of the attempt that it is linked to and P(it says the same again); `NONE` and 0 without one.
    retry_success
        Length n: P(success) of that attempt; 0 without one.
    time
        Length n: microseconds since 1970.
    answered
        Length n: as in `Attempt`.
    source
        Length n: among the requests, what was heard where it was rewritten; `NONE` where it was not.
    of, read, confidence
        Of each request among the NLU n-best of some attempt: row of the attempt, state, confidence.
    """

    sessions: int
    people: Sequence[str]
    requests: Sequence[tuple[str | None, str]]
    states: Sequence[str]
    turn_ids: pa.Array
    person: Codes
    request: Codes
    state: Codes
    understood: Codes
    success: NDArray[np.float64]
    retry: Codes
    retry_weight: NDArray[np.float64]
    retry_success: NDArray[np.float64]
    time: Codes
    answered: NDArray[np.bool_]
    source: Codes
    of: Codes
    read: Codes
    confidence: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.person)


def attempt_columns(
    sessions: SessionColumns, outcome: OutcomeModel, says_again: LexicalRephraseTest | DetectedLinks
) -> AttemptColumns:
    """Turn sessions into attempts: those that `attempts` gives of each.

    Parameters
    ----------
    sessions
        One tenant's.
    outcome
        Says how likely each turn succeeded.
    says_again
        Says which of them repeat one before.
    """
    success = success_of(outcome, sessions)
    # Where nothing was heard, nothing is said about any request. The empty text is the first.
    rows = np.flatnonzero(sessions.utterance != 0)
    text, asked, best = sessions.utterance[rows], sessions.asked[rows], sessions.best[rows]
    empty = np.append(sessions.empty, True)
    keys, key_of = _keys(sessions)

    after, members = _members(sessions, rows)
    read = sessions.nlu.values[members]
    found = ~empty[read]
    of, members, read = after[found], members[found], read[found]

    understood = np.where(best == NONE, NONE, (~empty[best]).astype(np.int64))
    space = _States(sessions.names, keys, sessions.texts.plain)
    own = space.numbers(asked, understood == 1, np.where(understood == 1, key_of[best], text))
    hypotheses = space.numbers(asked[of], np.ones(len(of), np.bool_), key_of[read])
    distinct, numbers = np.unique(np.append(own, hypotheses), return_inverse=True)
    state, read_state = numbers[: len(rows)], numbers[len(rows) :]

    moves = state[1:] != state[:-1]
    link = link_columns(sessions, rows, moves, says_again)
    linked = np.flatnonzero(link.later != NONE)
    retry, retry_success = np.full(len(rows), NONE, np.int64), np.zeros(len(rows))
    retry[linked] = state[link.later[linked]]
    retry_success[linked] = success[rows][link.later[linked]]
    # Who says what is understood the same goes nowhere.
    weight = np.where(retry == state, 0.0, link.weight)

    original = sessions.original[rows]
    rewritten = np.flatnonzero((original > 0) & (original != text))
    width = len(sessions.texts.plain)
    named = np.append((asked + 1) * width + text, (asked[rewritten] + 1) * width + original[rewritten])
    requests, numbered = np.unique(named, return_inverse=True)
    request, source = numbered[: len(rows)], np.full(len(rows), NONE, np.int64)
    source[rewritten] = numbered[len(rows) :]
    who = np.where(sessions.home != NONE, sessions.home, sessions.customer)[rows]
    people, person = np.unique(who, return_inverse=True)
    confidence = sessions.confidence[members]
    return AttemptColumns(
        sessions=sessions.sessions,
        people=[sessions.names[number] for number in people],
        requests=[
            (sessions.names[slot - 1] if slot else None, sessions.texts.plain[words])
            for slot, words in zip(*np.divmod(requests, width), strict=True)
        ],
        states=[space.name(number) for number in distinct.tolist()],
        turn_ids=sessions.turn_ids.take(pa.array(rows)),
        person=person,
        request=request,
        state=state,
        understood=understood,
        success=success[rows],
        retry=retry,
        retry_weight=weight,
        retry_success=retry_success,
        time=sessions.time[rows],
        answered=_answered(sessions)[rows],
        source=source,
        of=of,
        read=read_state,
        confidence=np.where(np.isnan(confidence), 1.0, confidence),
    )


def columns_of(attempts: Sequence[Attempt]) -> AttemptColumns:
    """Put attempts into columns."""
    people: dict[str, int] = {}
    requests: dict[tuple[str | None, str], int] = {}
    states: dict[str, int] = {}

    def state(name: str | None) -> int:
        return NONE if name is None else states.setdefault(name, len(states))

    def column(values: Iterable[int]) -> Codes:
        return np.fromiter(values, np.int64)

    heard = [(place, *reading) for place, attempt in enumerate(attempts) for reading in attempt.readings]
    return AttemptColumns(
        sessions=0,
        turn_ids=pa.array([a.turn_id for a in attempts], pa.string()),
        person=column(people.setdefault(a.person, len(people)) for a in attempts),
        request=column(requests.setdefault((a.asked, a.text), len(requests)) for a in attempts),
        state=column(state(a.state) for a in attempts),
        understood=column(NONE if a.understood is None else a.understood for a in attempts),
        success=np.array([a.success for a in attempts]),
        retry=column(state(a.retry) for a in attempts),
        retry_weight=np.array([a.retry_weight for a in attempts]),
        retry_success=np.array([a.retry_success for a in attempts]),
        time=column(a.time for a in attempts),
        answered=np.fromiter((a.answered for a in attempts), np.bool_),
        source=column(
            NONE if a.original is None else requests.setdefault((a.asked, a.original), len(requests))
            for a in attempts
        ),
        of=column(place for place, _, _ in heard),
        read=column(state(name) for _, name, _ in heard),
        confidence=np.array([confidence for _, _, confidence in heard]),
        people=list(people),
        requests=list(requests),
        states=list(states),
    )


def _answered(sessions: SessionColumns) -> NDArray[np.bool_]:
    """Whether each turn was answered; where no status is known, it was."""
    answered = np.array([*(status not in UNANSWERED for status in sessions.statuses), True], np.bool_)
    return answered[sessions.status]


class _States:
    """Numbers for states: of the slot asked for, whether it is a reading, and its key or text."""

    def __init__(self, slots: Sequence[str], keys: Sequence[str], texts: Sequence[str]) -> None:
        self._slots, self._keys, self._texts = slots, keys, texts
        self._width = max(len(keys), len(texts))
        # A slot without a name is none, as in the states' names.
        self._slot = np.fromiter((n + 1 if name else 0 for n, name in enumerate(slots)), np.int64, len(slots))

    def numbers(self, asked: Codes, reading: NDArray[np.bool_], name: Codes) -> Codes:
        """Number the states; the same state, the same number."""
        slot = np.append(self._slot, 0)[asked]
        numbers: Codes = (slot * 2 + reading) * self._width + name
        return numbers

    def name(self, number: int) -> str:
        """Name of a numbered state."""
        kind, name = divmod(number, self._width)
        slot, reading = divmod(kind, 2)
        asked = self._slots[slot - 1] if slot else None
        return key_state(asked, self._keys[name]) if reading else text_state(asked, self._texts[name])


def _keys(sessions: SessionColumns) -> tuple[list[str], Codes]:
    """Distinct keys of interpretations; number of an interpretation → number of its key."""
    numbers: dict[str, int] = {}
    found = [numbers.setdefault(one.key, len(numbers)) for one in sessions.interpretations]
    return list(numbers), np.array([*found, NONE], np.int64)


def _members(sessions: SessionColumns, rows: Codes) -> tuple[Codes, Codes]:
    """All members of the n-best lists of some turns: place of the turn among `rows`, place of the member."""
    lengths = sessions.nlu.lengths[rows]
    starts = np.append(0, np.cumsum(lengths))
    after = np.repeat(np.arange(len(rows)), lengths)
    return after, np.arange(starts[-1]) + np.repeat(sessions.nlu.starts[rows] - starts[:-1], lengths)
