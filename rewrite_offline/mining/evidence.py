"""Sessions as the miner sees them: one attempt a turn, with the attempt that followed from it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from rewrite_offline.mining.linking import SaysAgain, link_of
from rewrite_offline.mining.states import reading_state, text_state
from streams.outcome import OutcomeModel
from streams.records import Interpretation, ResponseStatus, Turn
from streams.sessions import Session
from streams.text import normalise

__all__ = ["UNANSWERED", "Attempt", "attempts"]

#: What an assistant says of a response with which nothing was done.
UNANSWERED = frozenset({ResponseStatus.NO_RESULT, ResponseStatus.ERROR})

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One turn: what was said, what it was taken for, how it ended, and what the customer tried next.

    Attributes
    ----------
    person
        The home where known, else the customer: who counts once for k-anonymity.
    asked, text
        The key of the request: slot that had been asked for, and normalised utterance.
    state
        Where the chain stands: the best reading, or the text itself where there is none.
    understood
        Whether the NLU found a request; None where the log has no NLU.
    reading
        What the NLU made of it; None where it found no request.
    readings
        (state, confidence) of each request among the NLU n-best.
    success
        P(success | turn, what followed).
    retry, retry_weight
        State of the attempt that the turn is linked to, and P(it says the same again); None and 0 without one.
    retry_success
        P(success) of that attempt; 0 without one.
    time
        When the request began: microseconds since 1970.
    answered
        False where the assistant itself says that it had no result, or that something went wrong.
    original
        What was heard, normalised, where it was rewritten to `text`; None where it was not.
    """

    turn_id: str
    person: str
    asked: str | None
    text: str
    state: str
    understood: bool | None
    reading: Interpretation | None
    readings: tuple[tuple[str, float], ...]
    success: float
    retry: str | None
    retry_weight: float
    retry_success: float
    time: int
    answered: bool
    original: str | None


def attempts(session: Session, outcome: OutcomeModel, says_again: SaysAgain) -> Iterator[Attempt]:
    """Turn a session into attempts, in order.

    Parameters
    ----------
    session
        One customer's turns.
    outcome
        Says how likely each of them succeeded.
    says_again
        Says which of them repeat one before.

    Yields
    ------
    Attempt
        One a turn that has words; a turn in which nothing was heard says nothing about any request.
    """
    success = outcome.success(session)
    heard = [index for index, turn in enumerate(session.turns) if normalise(turn.utterance)]
    for place, index in enumerate(heard):
        turn = session.turns[index]
        asked, text = session.asked_before(index), normalise(turn.utterance)
        state, understood = _state(session, index)
        retry, weight, retry_success = None, 0.0, 0.0
        link = link_of(session, heard, place, says_again)
        if link is not None:
            retry = _state(session, link.later)[0]
            # Who says what is understood the same goes nowhere.
            weight = link.weight if retry != state else 0.0
            retry_success = success[link.later]
        yield Attempt(
            turn_id=turn.turn_id,
            person=session.person,
            asked=asked,
            text=text,
            state=state,
            understood=understood,
            reading=turn.nlu[0] if understood else None,
            readings=tuple(
                (reading_state(asked, reading), 1.0 if reading.confidence is None else reading.confidence)
                for reading in turn.nlu
                if not reading.is_empty
            ),
            success=success[index],
            retry=retry,
            retry_weight=weight,
            retry_success=retry_success,
            time=_microseconds(turn.time),
            answered=turn.response is None or turn.response.status not in UNANSWERED,
            original=_original(turn),
        )


def _microseconds(time: datetime) -> int:
    """Microseconds since 1970."""
    return (time - _EPOCH) // _MICROSECOND


def _original(turn: Turn) -> str | None:
    """What was heard of a turn that was rewritten to something else."""
    if turn.rewrite is None:
        return None
    heard = normalise(turn.rewrite.original_utterance)
    return heard if heard and heard != normalise(turn.utterance) else None


def _state(session: Session, index: int) -> tuple[str, bool | None]:
    """The chain's state at a turn, and whether the NLU found a request in it."""
    turn, asked = session.turns[index], session.asked_before(index)
    if turn.nlu and not turn.nlu[0].is_empty:
        return reading_state(asked, turn.nlu[0]), True
    return text_state(asked, normalise(turn.utterance)), False if turn.nlu else None
