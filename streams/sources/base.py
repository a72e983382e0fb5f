"""What every source answers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

__all__ = ["Entry", "Source"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One record as it came, and where it stood.

    Attributes
    ----------
    raw : bytes
        The bytes, whatever they are.
    source : str
        The topic.
    partition : str
        Partition of the topic, or the file's name under its folder.
    offset : int
        Offset in the partition; in a file, the byte at which the line begins (of a compressed file: of its
        content), or the row of a Parquet file.
    """

    raw: bytes
    source: str
    partition: str
    offset: int


class Source(Protocol):
    """Where records come from, with a place to go on from."""

    @property
    def exhausted(self) -> bool:
        """Whether nothing more will come. A source that is tailed never is."""

    def poll(self, max_entries: int, timeout: float) -> list[Entry]:
        """Read on.

        Parameters
        ----------
        max_entries
            At most so many.
        timeout
            Seconds to wait where there is nothing yet. A source that is not tailed does not wait.

        Raises
        ------
        SourceError
            It cannot be read.
        """

    def commit(self) -> None:
        """Keep in mind that everything polled so far was dealt with: after a restart it does not come again.

        Raises
        ------
        SourceError
            That could not be written down.
        NoRoom
            The same, because a disk is full; it may be tried again.
        """

    def before_revoked(self, finish: Callable[[], None]) -> None:
        """Name what must happen before another reader takes over: flush what was made, then commit.

        Sources that are nobody else's never call it.
        """

    def close(self) -> None:
        """Give back files and connections, without committing."""
