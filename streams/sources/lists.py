"""A source that is a list: for tests, and for what is in memory already."""

from collections.abc import Callable, Iterable

from streams.records import Record
from streams.sources.base import Entry

__all__ = ["ListSource"]


class ListSource:
    """Gives the entries of a list.

    Parameters
    ----------
    items
        Records, or bytes as they would have come.
    topic
        Topic of the bytes; a record has its own.

    Attributes
    ----------
    committed : int
        How many entries were committed. A new source over `items[committed:]` goes on from there.
    """

    def __init__(self, items: Iterable[Record | bytes], topic: str = "dialogue.turns") -> None:
        self._entries = [
            Entry(item, topic, "0", offset)
            if isinstance(item, bytes)
            else Entry(item.model_dump_json().encode(), item.topic, "0", offset)
            for offset, item in enumerate(items)
        ]
        self._given = 0
        self.committed = 0

    @property
    def exhausted(self) -> bool:
        """Whether all were given."""
        return self._given == len(self._entries)

    def poll(self, max_entries: int, timeout: float = 0.0) -> list[Entry]:
        """Give the next entries; never waits."""
        entries = self._entries[self._given : self._given + max_entries]
        self._given += len(entries)
        return entries

    def commit(self) -> None:
        """Count everything given as dealt with."""
        self.committed = self._given

    def before_revoked(self, finish: Callable[[], None]) -> None:
        """Do nothing: a list has one reader."""

    def close(self) -> None:
        """Do nothing."""
