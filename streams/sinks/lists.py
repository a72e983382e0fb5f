"""A sink that is a list: for tests, and for what fits into memory."""

from collections.abc import Sequence
from typing import Generic, TypeVar, cast

from streams.records import Record

__all__ = ["ListSink"]

R = TypeVar("R", bound=Record)


class ListSink(Generic[R]):
    """Keeps records in `records` once they are flushed.

    Attributes
    ----------
    records : list of Record
        What was flushed.
    """

    def __init__(self) -> None:
        self.records: list[R] = []
        self._waiting: list[R] = []

    def write(self, records: Sequence[Record]) -> None:
        """Take records."""
        self._waiting.extend(cast(Sequence[R], records))

    def flush(self) -> None:
        """Move what was taken to `records`."""
        self.records.extend(self._waiting)
        self._waiting.clear()

    def close(self) -> None:
        """Drop what was not flushed."""
        self._waiting.clear()
