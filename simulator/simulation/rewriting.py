"""The place between what was heard and the NLU, where somebody may put in another text."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from streams.records import Ambient, AsrHypothesis, Device, DialogueContext

__all__ = ["Applied", "Asked", "Rewriting"]


@dataclass(frozen=True, slots=True)
class Asked:
    """What an assistant knows when it asks for a rewrite; fields are those of the turn to come.

    Attributes
    ----------
    request_id
        An id that the caller may take.
    """

    customer_id: str
    home_id: str
    device_id: str
    session_id: str | None
    utterance: str
    asr: tuple[AsrHypothesis, ...]
    context: DialogueContext | None
    device: Device
    ambient: Ambient | None
    time: datetime
    request_id: str
    utc_offset_minutes: int
    locale: str


@dataclass(frozen=True, slots=True)
class Applied:
    """What was decided.

    Attributes
    ----------
    request_id
        The decision's.
    text
        What goes to the NLU in place of what was heard; None: what was heard.
    """

    request_id: str
    text: str | None


class Rewriting(Protocol):
    """Decides about every request."""

    def __call__(self, asked: Asked) -> Applied | None:
        """Decide; None where nobody could be asked."""
