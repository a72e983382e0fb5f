"""The Signal record: what becomes known later about a turn."""

from enum import StrEnum
from typing import ClassVar

from pydantic import Field

from streams.records.base import Identifier, Record, Time

__all__ = ["Signal", "SignalKind"]


class SignalKind(StrEnum):
    """What became known. The comment says what `value` and `text` then hold."""

    INTERRUPTED = "interrupted"  # the customer spoke over the response, or stopped it; value: seconds heard
    PLAYBACK_ENDED = "playback_ended"  # value: share of the item that was played
    ITEM_CHOSEN = "item_chosen"  # text: the item
    RATING = "rating"  # value: 0 (bad) to 1 (good)
    HELPED = "helped"  # the answer to "did that help?"; value: 0 or 1
    CORRECTION = "correction"  # by a person; text: what should have been heard


class Signal(Record):
    """One later observation about a turn, by the turn's id."""

    topic: ClassVar[str] = "dialogue.signals"

    signal_id: Identifier
    turn_id: Identifier
    customer_id: Identifier
    time: Time
    kind: SignalKind
    value: float | None = Field(default=None, allow_inf_nan=False)
    text: str | None = None
