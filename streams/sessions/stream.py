"""Sessions of a stream: turns and signals come as they come, sessions leave when nothing can change them."""

from bisect import insort
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from heapq import heappop, heappush

from streams.records import Signal, Turn
from streams.sessions.lanes import Lane, ending, gap_in, lane_of, session, within_reach
from streams.sessions.session import Session
from streams.sessions.settings import SessionSettings

__all__ = ["SessionCounts", "SessionStream"]


@dataclass
class SessionCounts:
    """What a stream of sessions has taken in and what it could not use.

    Attributes
    ----------
    turns, signals
        That are, or were, part of a session.
    sessions
        That have left.
    duplicate_turns, duplicate_signals
        Copies of what is still open; ignored.
    late_turns
        Turns from before the watermark: their session may have left without them. A copy of a turn whose
        session has left is counted here too.
    lost_signals
        Signals whose turn had left, never came, or was out of reach (`SessionSettings.patience`).
    """

    turns: int = 0
    signals: int = 0
    sessions: int = 0
    duplicate_turns: int = 0
    duplicate_signals: int = 0
    late_turns: int = 0
    lost_signals: int = 0


@dataclass
class _Open:
    """A session that may still change."""

    lane: Lane
    turns: list[Turn]
    end: datetime

    @property
    def start(self) -> datetime:
        return self.turns[0].time


@dataclass
class _About:
    """Signals about one turn, by signal id, whether the turn is here yet or not."""

    until: datetime
    signals: dict[str, Signal] = field(default_factory=dict)


class SessionStream:
    """Folds turns and signals into sessions, in whatever order they arrive.

    The watermark is the latest time of anything seen, less `lateness`: nothing older is expected any more.
    A turn from before it is counted as late and left out. A session leaves as soon as the watermark has
    passed its end by more than the gap (no turn can join) and by more than `patience` (no signal can count).
    Until then a late turn joins it, or bridges two sessions to one. What leaves is what `sessions_of` makes
    of the same records, if each arrived before anything that happened more than `lateness` after it.

    Parameters
    ----------
    settings
        Defaults where None.

    Attributes
    ----------
    counts : SessionCounts
        What was taken in, and what came too late.

    Examples
    --------
    >>> from datetime import UTC, datetime, timedelta
    >>> noon = datetime(2024, 5, 1, 12, tzinfo=UTC)
    >>> soon = noon + timedelta(seconds=30)
    >>> stream = SessionStream()
    >>> stream.add(Turn(turn_id="b", customer_id="ann", time=soon, utterance="play jazz"))
    []
    >>> stream.add(Turn(turn_id="a", customer_id="ann", time=noon, utterance="play jets"))
    []
    >>> [turn.utterance for session in stream.close() for turn in session.turns]
    ['play jets', 'play jazz']
    """

    def __init__(self, settings: SessionSettings | None = None) -> None:
        self.settings = settings or SessionSettings()
        self.counts = SessionCounts()
        self._latest: datetime | None = None
        self._lanes: dict[Lane, list[_Open]] = {}
        # (tenant, turn id) of what is in an open session → its customer.
        self._here: dict[tuple[str, str], str] = {}
        self._about: dict[tuple[str, str, str], _About] = {}
        # What to look at again once the watermark has passed a moment. Entries are never taken out early:
        # what they point to may have moved on, and is then looked at again under its newer entry.
        self._to_close: list[tuple[datetime, int, Lane]] = []
        self._to_forget: list[tuple[datetime, int, tuple[str, str, str]]] = []
        self._ties = 0

    @property
    def watermark(self) -> datetime | None:
        """Time before which nothing is expected any more; None while nothing was seen."""
        return self._latest - self.settings.lateness if self._latest is not None else None

    @property
    def open_turns(self) -> int:
        """Turns in sessions that have not left."""
        return len(self._here)

    def add(self, record: Turn | Signal) -> list[Session]:
        """Take in a turn or signal.

        Returns
        -------
        list of Session
            The sessions that this let go, by the time of their first turn.
        """
        if isinstance(record, Turn):
            self._add_turn(record)
        else:
            self._add_signal(record)
        return self.advance(record.time)

    def advance(self, time: datetime) -> list[Session]:
        """Let time pass: everything up to `time`, less the lateness, has arrived.

        Call it with the clock where the stream may fall silent.

        Returns
        -------
        list of Session
            The sessions that this let go, by the time of their first turn.
        """
        if self._latest is not None and time <= self._latest:
            return []
        self._latest = time
        watermark = time - self.settings.lateness
        leaving: list[_Open] = []
        while self._to_close and self._to_close[0][0] < watermark:
            lane = heappop(self._to_close)[-1]
            leaving += self._take(lane, watermark)
        sessions = self._let_go(leaving)
        while self._to_forget and self._to_forget[0][0] < watermark:
            key = heappop(self._to_forget)[-1]
            about = self._about.get(key)
            here = self._here.get((key[0], key[2])) == key[1]
            if about is not None and about.until < watermark and not here:
                self.counts.lost_signals += len(about.signals)
                del self._about[key]
        return sessions

    def close(self) -> list[Session]:
        """End the stream.

        Returns
        -------
        list of Session
            All that were open, by the time of their first turn.
        """
        sessions = self._let_go([found for lane in self._lanes.values() for found in lane])
        self.counts.lost_signals += sum(len(about.signals) for about in self._about.values())
        self._lanes.clear()
        self._about.clear()
        self._to_close.clear()
        self._to_forget.clear()
        return sessions

    def _add_turn(self, turn: Turn) -> None:
        if (turn.tenant_id, turn.turn_id) in self._here:
            self.counts.duplicate_turns += 1
            return
        watermark = self.watermark
        if watermark is not None and turn.time < watermark:
            self.counts.late_turns += 1
            return
        self._here[turn.tenant_id, turn.turn_id] = turn.customer_id
        lane = lane_of(turn, self.settings)
        gap = gap_in(lane, self.settings)
        joined = _Open(lane, [turn], ending(turn, self.settings))
        apart: list[_Open] = []
        for other in self._lanes.get(lane, ()):
            if joined.start - other.end <= gap and other.start - joined.end <= gap:
                joined = _joined(joined, other)
            else:
                apart.append(other)
        self._lanes[lane] = [*apart, joined]
        self._ties += 1
        heappush(self._to_close, (self._leaves(joined), self._ties, lane))

    def _add_signal(self, signal: Signal) -> None:
        key = signal.tenant_id, signal.customer_id, signal.turn_id
        until = signal.time + self.settings.patience
        about = self._about.setdefault(key, _About(until))
        if signal.signal_id in about.signals:
            self.counts.duplicate_signals += 1
            return
        about.signals[signal.signal_id] = signal
        about.until = max(about.until, until)
        self._ties += 1
        heappush(self._to_forget, (until, self._ties, key))

    def _leaves(self, found: _Open) -> datetime:
        """Last moment of the watermark at which something may still come for a session."""
        return found.end + max(gap_in(found.lane, self.settings), self.settings.patience)

    def _take(self, lane: Lane, watermark: datetime) -> list[_Open]:
        leaving = [found for found in self._lanes.get(lane, ()) if self._leaves(found) < watermark]
        if leaving:
            staying = [found for found in self._lanes[lane] if self._leaves(found) >= watermark]
            if staying:
                self._lanes[lane] = staying
            else:
                del self._lanes[lane]
        return leaving

    def _let_go(self, leaving: list[_Open]) -> list[Session]:
        sessions = []
        for found in leaving:
            signals: dict[str, list[Signal]] = defaultdict(list)
            for turn in found.turns:
                del self._here[turn.tenant_id, turn.turn_id]
                about = self._about.pop((turn.tenant_id, turn.customer_id, turn.turn_id), None)
                for signal in about.signals.values() if about is not None else ():
                    if within_reach(signal, turn, self.settings):
                        signals[turn.turn_id].append(signal)
                        self.counts.signals += 1
                    else:
                        self.counts.lost_signals += 1
            sessions.append(session(found.lane, found.turns, signals))
            self.counts.turns += len(found.turns)
        self.counts.sessions += len(sessions)
        sessions.sort(key=lambda s: (s.turns[0].time, s.tenant_id, s.customer_id, s.session_id))
        return sessions


def _joined(one: _Open, other: _Open) -> _Open:
    """One session of two; the larger one takes in the turns of the smaller."""
    if len(one.turns) > len(other.turns):
        one, other = other, one
    for turn in one.turns:
        insort(other.turns, turn, key=lambda t: (t.time, t.turn_id))
    other.end = max(one.end, other.end)
    return other
