"""Signals that arrived as Signal records: somebody, or the device, told how the turn went."""

from streams.outcome.words import plain
from streams.records import SignalKind
from streams.sessions import Session

__all__ = ["correction", "helped", "interruption", "item_chosen", "playback", "rating"]

#: Seconds of a response after which breaking in says half as much as at once.
_HEARD_HALF = 5.0


def interruption(session: Session, index: int) -> float:
    """Observe that the customer spoke over the response or stopped it: 0 (did not) to 1 (at once).

    The more of the response was heard, the less it says: halved after five seconds. An interruption
    without the seconds counts in full.
    """
    heard = [signal.value for signal in session.signals_of(index, SignalKind.INTERRUPTED)]
    if not heard:
        return 0.0
    return max(1.0 if v is None else _HEARD_HALF / (_HEARD_HALF + max(v, 0.0)) for v in heard)


def playback(session: Session, index: int) -> float | None:
    """Observe how far what was played was listened to: −1 (left at once) to 1 (to the end)."""
    shares = _values(session, index, SignalKind.PLAYBACK_ENDED)
    return 2.0 * max(shares) - 1.0 if shares else None


def item_chosen(session: Session, index: int) -> float:
    """Observe that one of the shown items was taken: 1."""
    return 1.0 if session.signals_of(index, SignalKind.ITEM_CHOSEN) else 0.0


def rating(session: Session, index: int) -> float | None:
    """Observe an explicit rating of the turn: −1 (bad) to 1 (good), the mean where there are several."""
    values = _values(session, index, SignalKind.RATING)
    return 2.0 * sum(values) / len(values) - 1.0 if values else None


def helped(session: Session, index: int) -> float | None:
    """Observe the last answer to "did that help?": −1 (no) or 1 (yes)."""
    values = _values(session, index, SignalKind.HELPED)
    return 2.0 * values[-1] - 1.0 if values else None


def correction(session: Session, index: int) -> float:
    """Observe that a person corrected what was heard: 1; a correction that changes nothing is none."""
    heard = plain(session.turns[index].utterance)
    given = [signal.text for signal in session.signals_of(index, SignalKind.CORRECTION)]
    return 1.0 if any(text is None or plain(text) != heard for text in given) else 0.0


def _values(session: Session, index: int, kind: SignalKind) -> list[float]:
    """Values of the signals of a kind, oldest first, kept within 0 and 1."""
    return [min(max(s.value, 0.0), 1.0) for s in session.signals_of(index, kind) if s.value is not None]
