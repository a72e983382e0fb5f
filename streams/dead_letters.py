"""Dead letters: what was refused, with the reason, where it stood, and its bytes as they came."""

import base64
from datetime import UTC, datetime, timedelta
from pathlib import Path

from streams.errors import RecordError
from streams.records import DeadLetter
from streams.sources.base import Entry

__all__ = ["KEPT_BYTES", "dead_letter", "old_files", "original_of", "remove_old"]

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


def old_files(folder: Path, keep: timedelta, *, now: datetime | None = None) -> list[Path]:
    """Return the files of dead letters that were written longer ago than `keep`, the oldest first.

    Parameters
    ----------
    folder
        What a `JsonlSink` or `ParquetSink` for dead letters wrote to.
    keep
        How long to keep them.
    now
        The clock; None: the machine's.
    """
    oldest = int(((now or datetime.now(UTC)) - keep).timestamp() * 1e9)
    parts = sorted((folder / DeadLetter.topic).glob("part-*"))
    # Part names begin with the time of writing.
    return [part for part in parts if int(part.name.split("-")[1]) < oldest]


def remove_old(folder: Path, keep: timedelta, *, now: datetime | None = None) -> int:
    """Remove files of dead letters that were written longer ago than `keep`: they hold what customers said.

    Parameters
    ----------
    folder, keep, now
        As in `old_files`. In Kafka, the topic's retention does this.

    Returns
    -------
    int
        How many files were removed.
    """
    old = old_files(folder, keep, now=now)
    for part in old:
        part.unlink(missing_ok=True)  # two workers may start at once
    return len(old)
