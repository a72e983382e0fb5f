"""Dead letters: what was refused, with the reason, where it stood, and its bytes as they came."""

import base64
from datetime import UTC, datetime

from streams.errors import RecordError
from streams.records import DeadLetter
from streams.sources.base import Entry

__all__ = ["dead_letter", "original_of"]


def dead_letter(entry: Entry, error: RecordError, *, now: datetime | None = None) -> DeadLetter:
    """Write the dead letter of an entry.

    Parameters
    ----------
    entry
        What was refused.
    error
        Why.
    now
        When; None: now.
    """
    return DeadLetter(
        time=now or datetime.now(UTC),
        reason=error.reason,
        detail=error.detail,
        source=entry.source,
        partition=entry.partition,
        offset=entry.offset,
        original=base64.b64encode(entry.raw).decode("ascii"),
    )


def original_of(letter: DeadLetter) -> bytes:
    """Bytes as they came, to mend and send again."""
    return base64.b64decode(letter.original)
