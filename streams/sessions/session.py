"""A session, and what can be read off it about each of its turns."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from streams.records import Signal, SignalKind, Turn

__all__ = ["Session"]


@dataclass(frozen=True, slots=True)
class Session:
    """One customer's turns that belong together, with the signals about them.

    Attributes
    ----------
    tenant_id, customer_id
        Whose it is; the same for all turns.
    session_id
        The assistant's own, where it gave one; else `from:` and the id of the first turn.
    home_id
        The first home that a turn names.
    turns
        By time, then by turn id; at least one.
    signals
        Turn id → the signals about that turn, by time, then by signal id. Turns without any are not there.
    """

    tenant_id: str
    session_id: str
    customer_id: str
    home_id: str | None
    turns: tuple[Turn, ...]
    signals: Mapping[str, tuple[Signal, ...]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.turns)

    @property
    def person(self) -> str:
        """Who counts once for k-anonymity: the home where known, else the customer."""
        return self.home_id or self.customer_id

    def following(self, index: int) -> Turn | None:
        """Turn after the one at `index`; None after the last."""
        return self.turns[index + 1] if index + 1 < len(self.turns) else None

    def signals_of(self, index: int, kind: SignalKind) -> tuple[Signal, ...]:
        """Signals of one kind about the turn at `index`, oldest first."""
        about = self.signals.get(self.turns[index].turn_id)
        return tuple(signal for signal in about if signal.kind == kind) if about else ()

    def asked_before(self, index: int) -> str | None:
        """Slot that the assistant had asked for when the request at `index` was made.

        The turn's own context says it; where that is silent, the response to the turn before.
        """
        context = self.turns[index].context
        if context is not None and context.asked is not None:
            return context.asked
        before = self.turns[index - 1].response if index else None
        return before.asked if before is not None else None

    def prompt_before(self, index: int) -> str | None:
        """Text that the assistant had said before the request at `index`; found as in `asked_before`."""
        context = self.turns[index].context
        if context is not None and context.prompt is not None:
            return context.prompt
        before = self.turns[index - 1].response if index else None
        return before.text if before is not None else None

    def gap_after(self, index: int) -> float | None:
        """Seconds from the end of the turn at `index` to the next request; None after the last turn.

        The end is that of the response where it is known, else the time of the request itself. Never
        negative: who speaks over a response waits for nothing.
        """
        later = self.following(index)
        if later is None:
            return None
        turn = self.turns[index]
        ended = turn.response.ended if turn.response is not None else None
        since = turn.time if ended is None else max(turn.time, ended)
        return max(0.0, (later.time - since).total_seconds())
