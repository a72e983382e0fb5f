"""A source that waits for room where the disk is too full to keep how far it was read."""

from collections.abc import Callable

from streams.disk import Patience
from streams.sources.base import Entry, Source

__all__ = ["PatientSource"]


class PatientSource:
    """Reads from another source; a commit for which there is no room is tried again until there is.

    Parameters
    ----------
    source
        What is read.
    patience
        How to wait.

    Attributes
    ----------
    uncommitted : int
        Entries that were read since the last commit: they come again if nothing more happens.
    """

    def __init__(self, source: Source, patience: Patience) -> None:
        self.uncommitted = 0
        self._source = source
        self._patience = patience

    @property
    def exhausted(self) -> bool:
        """Whether nothing more will come."""
        return self._source.exhausted

    def poll(self, max_entries: int, timeout: float) -> list[Entry]:
        """Read on."""
        entries = self._source.poll(max_entries, timeout)
        self.uncommitted += len(entries)
        return entries

    def commit(self) -> None:
        """Commit, when there is room.

        Raises
        ------
        NoRoom
            Waiting was ended before there was room.
        SourceError
            Something else is wrong.
        """
        self._patience.with_room(self._source.commit)
        self.uncommitted = 0

    def before_revoked(self, finish: Callable[[], None]) -> None:
        """Name what must happen before another reader takes over."""
        self._source.before_revoked(finish)

    def close(self) -> None:
        """Close the source."""
        self._source.close()
