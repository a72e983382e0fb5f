"""Dead letters: what was refused, with the reason, where it stood, and its bytes as they came."""

import base64
from datetime import UTC, datetime, timedelta
from pathlib import Path

from streams.errors import RecordError
from streams.records import DeadLetter
from streams.sources.base import Entry

__all__ = ["KEPT_BYTES", "dead_letter", "original_of", "remove_old"]

#: Longest original that is kept whole; in base64 it still fits into a line or message that can be read.
KEPT_BYTES = 8 * 1024 * 1024


def dead_letter(entry: Entry, error: RecordError, *, now: datetime | None = None) -> DeadLetter:
    """Write the dead letter of an entry.

    Of more than `KEPT_BYTES` the beginning is kept, and `detail` says how much there was.

    Parameters
    ----------
    entry
        What was refused.
    error
        Why.
    now
        When; None: now.
    """
    detail = error.detail
    if len(entry.raw) > KEPT_BYTES:
        detail += f" (the first {KEPT_BYTES} of {len(entry.raw)} bytes are kept)"
    return DeadLetter(
        time=now or datetime.now(UTC),
        reason=error.reason,
        detail=detail,
        source=entry.source,
        partition=entry.partition,
        offset=entry.offset,
        original=base64.b64encode(entry.raw[:KEPT_BYTES]).decode("ascii"),
    )


def original_of(letter: DeadLetter) -> bytes:
    """Bytes as they came, to mend and send again."""
    return base64.b64decode(letter.original)


def remove_old(folder: Path, keep: timedelta, *, now: datetime | None = None) -> int:
    """Remove files of dead letters that were written longer ago than `keep`: they hold what customers said.

    Parameters
    ----------
    folder
        What a `JsonlSink` or `ParquetSink` for dead letters wrote to. In Kafka, the topic's retention does this.
    keep
        How long to keep them.
    now
        The clock; None: the machine's.

    Returns
    -------
    int
        How many files were removed.
    """
    oldest = int(((now or datetime.now(UTC)) - keep).timestamp() * 1e9)
    old = [
        part
        for part in (folder / DeadLetter.topic).glob("part-*")
        if int(part.name.split("-")[1]) < oldest  # part names begin with the time of writing
    ]
    for part in old:
        part.unlink()
    return len(old)
