"""Signals that arrived as Signal records: somebody, or the device, told how the turn went."""

from collections.abc import Sequence

from streams.outcome.words import plain
from streams.records import SignalKind
from streams.sessions import Session

__all__ = [
    "broken_off",
    "corrected",
    "correction",
    "helped",
    "interruption",
    "item_chosen",
    "playback",
    "played",
    "rated",
    "rating",
    "said_last",
]

#: Seconds of a response after which breaking in says half as much as at once.
_HEARD_HALF = 5.0


def interruption(session: Session, index: int) -> float:
    """Observe that the customer spoke over the response or stopped it: 0 (did not) to 1 (at once).

    The more of the response was heard, the less it says: halved after five seconds. An interruption
    without the seconds counts in full.
    """
    return broken_off([signal.value for signal in session.signals_of(index, SignalKind.INTERRUPTED)])


def playback(session: Session, index: int) -> float | None:
    """Observe how far what was played was listened to: −1 (left at once) to 1 (to the end)."""
    return played(_values(session, index, SignalKind.PLAYBACK_ENDED))


def item_chosen(session: Session, index: int) -> float:
    """Observe that one of the shown items was taken: 1."""
    return 1.0 if session.signals_of(index, SignalKind.ITEM_CHOSEN) else 0.0


def rating(session: Session, index: int) -> float | None:
    """Observe an explicit rating of the turn: −1 (bad) to 1 (good), the mean where there are several."""
    return rated(_values(session, index, SignalKind.RATING))


def helped(session: Session, index: int) -> float | None:
    """Observe the last answer to "did that help?": −1 (no) or 1 (yes)."""
    return said_last(_values(session, index, SignalKind.HELPED))


def correction(session: Session, index: int) -> float:
    """Observe that a person corrected what was heard: 1; a correction that changes nothing is none."""
    given = [signal.text for signal in session.signals_of(index, SignalKind.CORRECTION)]
    return corrected(plain(session.turns[index].utterance), given)


def broken_off(heard: Sequence[float | None]) -> float:
    """How early responses were broken off, by the seconds that were heard; see `interruption`."""
    if not heard:
        return 0.0
    return max(1.0 if v is None else _HEARD_HALF / (_HEARD_HALF + max(v, 0.0)) for v in heard)


def played(shares: Sequence[float | None]) -> float | None:
    """How far something was played; see `playback`."""
    known = _within(shares)
    return 2.0 * max(known) - 1.0 if known else None


def rated(ratings: Sequence[float | None]) -> float | None:
    """Mean of ratings; see `rating`."""
    known = _within(ratings)
    return 2.0 * sum(known) / len(known) - 1.0 if known else None


def said_last(answers: Sequence[float | None]) -> float | None:
    """The last answer; see `helped`."""
    known = _within(answers)
    return 2.0 * known[-1] - 1.0 if known else None


def corrected(heard: str, given: Sequence[str | None]) -> float:
    """Whether some correction is other than the normalised text that was heard; see `correction`."""
    return 1.0 if any(text is None or plain(text) != heard for text in given) else 0.0


def _values(session: Session, index: int, kind: SignalKind) -> list[float | None]:
    """Values of the signals of a kind, oldest first."""
    return [signal.value for signal in session.signals_of(index, kind)]


def _within(values: Sequence[float | None]) -> list[float]:
    """Those that are there, kept within 0 and 1."""
    return [min(max(value, 0.0), 1.0) for value in values if value is not None]
