"""Lanes: the turns among which a session may form, and when one turn is too long after another."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from streams.records import Signal, Turn
from streams.sessions.session import Session
from streams.sessions.settings import SessionSettings

__all__ = ["Lane", "ending", "gap_in", "lane_of", "session", "within_reach"]


class Lane(NamedTuple):
    """Turns of different lanes are never in one session.

    `kind` says what `name` names: a session as the assistant `given` it, a `home` or a `device`.
    """

    tenant_id: str
    customer_id: str
    kind: str
    name: str | None


def lane_of(turn: Turn, settings: SessionSettings) -> Lane:
    """Lane of a turn: its given session id wins; a turn without a home is put with its device."""
    if turn.session_id is not None:
        return Lane(turn.tenant_id, turn.customer_id, "given", turn.session_id)
    if settings.scope == "home" and turn.home_id is not None:
        return Lane(turn.tenant_id, turn.customer_id, "home", turn.home_id)
    return Lane(turn.tenant_id, turn.customer_id, "device", turn.device_id)


def gap_in(lane: Lane, settings: SessionSettings) -> timedelta:
    """Longest pause inside a session of this lane."""
    return settings.idle if lane.kind == "given" else settings.gap


def ending(turn: Turn, settings: SessionSettings) -> datetime:
    """When a turn was over: when its response was, if that is known and can be believed."""
    ended = turn.response.ended if turn.response is not None else None
    if ended is None or not turn.time <= ended <= turn.time + settings.longest_response:
        return turn.time
    return ended


def within_reach(signal: Signal, turn: Turn, settings: SessionSettings) -> bool:
    """Whether a signal came close enough to its turn to count.

    Before the turn, too: the clocks of a device and a server differ, and who sends signals in batches may
    round them.
    """
    return turn.time - settings.patience <= signal.time <= ending(turn, settings) + settings.patience


def session(lane: Lane, turns: Iterable[Turn], signals: Mapping[str, Iterable[Signal]]) -> Session:
    """Put a session together from the turns of one lane, in order, and the signals about each."""
    ordered = tuple(turns)
    about = {
        turn.turn_id: tuple(sorted(found, key=lambda s: (s.time, s.signal_id)))
        for turn in ordered
        if (found := signals.get(turn.turn_id))
    }
    return Session(
        tenant_id=lane.tenant_id,
        session_id=lane.name if lane.kind == "given" and lane.name else f"from:{ordered[0].turn_id}",
        customer_id=lane.customer_id,
        home_id=next((turn.home_id for turn in ordered if turn.home_id is not None), None),
        turns=ordered,
        signals=about,
    )
