"""What every sink answers."""

from collections.abc import Sequence
from typing import Protocol

from streams.records import Record

__all__ = ["Sink"]


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
