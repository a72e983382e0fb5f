"""Calls: the sessions of a log with what is true of each request, so that figures can be counted over them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from streams.records import Interpretation, Signal, SignalKind, Stage, Turn
from streams.sessions import sessions_of
from streams.truth import Truth

__all__ = ["Call", "Exchange", "calls_of", "is_misread", "says_again"]

_MISREAD = frozenset({Stage.ASR, Stage.NLU, Stage.ENTITY})

#: Intents and acts by which nothing is asked for, by the last part of their name.
_COURTESIES = frozenset(
    {"ack", "affirm", "bye", "cancel", "deny", "farewell", "goodbye", "hello", "negate", "no", "null"}
    | {"praise", "repeat", "restart", "thank", "thanks", "thankyou", "yes"}
)


@dataclass(frozen=True)
class Exchange:
    """One request and its response, with what is true of it.

    Attributes
    ----------
    turn, truth
        As logged, and as it was.
    interrupted
        The response was spoken over.
    """

    turn: Turn
    truth: Truth
    interrupted: bool

    @property
    def spoken(self) -> bool:
        """Somebody spoke to the assistant."""
        return self.truth.speech

    @property
    def said(self) -> str:
        """What was said."""
        return self.truth.transcription or ""

    @property
    def misread(self) -> bool:
        """Somebody spoke, and the assistant took it for something else than what was meant."""
        return is_misread(self.truth)


@dataclass(frozen=True)
class Call:
    """One session, by time.

    Attributes
    ----------
    customer_id
        Who called.
    exchanges
        At least one.
    ratings
        What the caller said of it when asked, 0 (bad) to 1 (good).
    """

    customer_id: str
    exchanges: tuple[Exchange, ...]
    ratings: tuple[float, ...]

    @cached_property
    def spoken(self) -> tuple[Exchange, ...]:
        """The exchanges in which somebody spoke."""
        return tuple(exchange for exchange in self.exchanges if exchange.spoken)

    @cached_property
    def followed(self) -> tuple[tuple[Exchange, Exchange], ...]:
        """Every spoken request with the next spoken one."""
        return tuple(zip(self.spoken, self.spoken[1:], strict=False))

    @cached_property
    def answered(self) -> tuple[Exchange, ...]:
        """Exchanges whose response is known."""
        return tuple(exchange for exchange in self.exchanges if exchange.turn.response is not None)


def calls_of(turns: Iterable[Turn], signals: Iterable[Signal], truths: Mapping[str, Truth]) -> Iterator[Call]:
    """Put turns, signals and truths together to calls.

    Yields
    ------
    Call
        In the order of `sessions_of`. Turns without a truth are left out.
    """
    for session in sessions_of(turns, signals):
        exchanges = tuple(
            Exchange(turn, truth, bool(session.signals_of(index, SignalKind.INTERRUPTED)))
            for index, turn in enumerate(session.turns)
            if (truth := truths.get(turn.turn_id)) is not None
        )
        ratings = tuple(
            signal.value
            for index in range(len(session))
            for signal in session.signals_of(index, SignalKind.RATING)
            if signal.value is not None
        )
        if exchanges:
            yield Call(session.customer_id, exchanges, ratings)


def is_misread(truth: Truth) -> bool:
    """Whether somebody spoke, and was taken to mean something else: what DSTC2 calls a defect."""
    return truth.speech and truth.failure_point in _MISREAD


def says_again(one: Exchange, later: Exchange) -> bool:
    """Whether a later request asks for something of what an earlier one asked for.

    What is asked for are the slots with their values; where there are none, the intent. Courtesies, yes and no
    ask for nothing.
    """
    return not _asked_for(one.truth.interpretation).isdisjoint(_asked_for(later.truth.interpretation))


def _asked_for(meant: Interpretation | None) -> frozenset[tuple[str, str]]:
    if meant is None or meant.intent is None:
        return frozenset()
    slots = frozenset((slot.name, slot.value.casefold()) for slot in meant.slots)
    acts = {act for act in meant.intent.rpartition("/")[2].split("+") if act not in _COURTESIES}
    return slots or frozenset(("", act) for act in acts)
