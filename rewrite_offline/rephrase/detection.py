"""What a detector of rephrases says of one request, and what it takes to be one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from streams.sessions import Session

__all__ = ["Detection", "RephraseDetector"]


@dataclass(frozen=True, slots=True)
class Detection:
    """Which later turn says a request again.

    Attributes
    ----------
    turn_id
        The request.
    rephrase
        The later turn that best says it again; None where none does, or where that is not sure enough.
    confidence
        P(`likeliest` says the request again), from 0 to 1, whether or not it passed the detector's threshold.
    likeliest
        The later turn that `confidence` is about; None where there is no candidate.
    """

    turn_id: str
    rephrase: str | None
    confidence: float
    likeliest: str | None


class RephraseDetector(Protocol):
    """Finds, for every request, the later one that says it again."""

    def detect(self, sessions: Sequence[Session]) -> list[Detection]:
        """Give one detection for each request, in the order of the sessions and of their turns."""
        ...
