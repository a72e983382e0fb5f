"""Sessions of a log that fits into memory."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from streams.records import Signal, Turn
from streams.sessions.lanes import Lane, ending, gap_in, lane_of, session, within_reach
from streams.sessions.session import Session
from streams.sessions.settings import SessionSettings

__all__ = ["sessions_of"]

R = TypeVar("R", Turn, Signal)


def sessions_of(
    turns: Iterable[Turn], signals: Iterable[Signal] = (), settings: SessionSettings | None = None
) -> list[Session]:
    """Sessions of a small log, at once.

    Parameters
    ----------
    turns, signals
        In any order. A turn (tenant and id) or signal that comes twice counts once: the first copy.
    settings
        Defaults where None.

    Returns
    -------
    list of Session
        By the time of the first turn, then by tenant, customer and session id. Signals about no turn of the
        log, or out of reach of it (`SessionSettings.patience`), are left out.
    """
    settings = settings or SessionSettings()
    lanes: dict[Lane, list[Turn]] = defaultdict(list)
    for turn in _first_copies(turns, lambda turn: (turn.tenant_id, turn.turn_id)):
        lanes[lane_of(turn, settings)].append(turn)

    about: dict[tuple[str, str, str], list[Signal]] = defaultdict(list)
    for signal in {
        (signal.tenant_id, signal.signal_id): signal for signal in reversed(list(signals))
    }.values():
        about[signal.tenant_id, signal.customer_id, signal.turn_id].append(signal)

    found: list[Session] = []
    for lane, members in lanes.items():
        members.sort(key=lambda turn: (turn.time, turn.turn_id))
        for together in _split(lane, members, settings):
            reached = {
                turn.turn_id: [
                    signal
                    for signal in about.get((lane.tenant_id, lane.customer_id, turn.turn_id), ())
                    if within_reach(signal, turn, settings)
                ]
                for turn in together
            }
            found.append(session(lane, together, reached))
    found.sort(key=lambda s: (s.turns[0].time, s.tenant_id, s.customer_id, s.session_id))
    return found


def _first_copies(records: Iterable[R], name: Callable[[R], tuple[str, str]]) -> Iterator[R]:
    seen: set[tuple[str, str]] = set()
    for record in records:
        if (key := name(record)) not in seen:
            seen.add(key)
            yield record


def _split(lane: Lane, turns: list[Turn], settings: SessionSettings) -> Iterator[list[Turn]]:
    """Cut the turns of a lane, in order, where the pause after all that came before is too long."""
    gap = gap_in(lane, settings)
    together = [turns[0]]
    end = ending(turns[0], settings)
    for turn in turns[1:]:
        if turn.time - end > gap:
            yield together
            together = []
        together.append(turn)
        end = max(end, ending(turn, settings))
    yield together
