"""What every sink answers."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import pyarrow as pa

from streams.records import Record

__all__ = ["ColumnSink", "Sink"]


class Sink(Protocol):
    """Where records go. What was written is safe only once `flush` has returned."""

    def write(self, records: Sequence[Record]) -> None:
        """Take records; they may stay in memory until the next flush.

        Raises
        ------
        SinkError
            A record is of a kind that this sink does not keep, or cannot be written.
        """

    def flush(self) -> None:
        """Bring everything taken so far to its place.

        Raises
        ------
        SinkError
            Some of it could not be brought there. Whoever called must not commit offsets. What is not in its
            place is still in hand, so that the flush may be tried again.
        NoRoom
            The same, because a disk is full.
        """

    def close(self) -> None:
        """Give back files and connections. What was not flushed is dropped."""


@runtime_checkable
class ColumnSink(Sink, Protocol):
    """A sink that takes records as columns too, without a Python object for each: the fast lane ends in it.

    A sink that stands before another hands `write_columns` on where the other has it; without it, records come
    the slow way.
    """

    def write_columns(self, record_type: type[Record], columns: pa.RecordBatch) -> None:
        """Take records of one kind, in the archive's columns for it; else as `write`."""
