"""The version that is served now: it changes under load, and no reader notices more than new answers."""

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

from rewrite_offline.errors import TableError
from rewrite_offline.table.blocklist import Blocklist
from rewrite_offline.table.layout import Layout
from rewrite_offline.table.reading import Table

__all__ = ["CurrentTable"]

_log = logging.getLogger(__name__)

_LONGEST_PAUSE = 60.0

# What `current` and the blocklist hold, byte for byte: sizes and times can agree where contents do not.
_Seen = tuple[bytes | None, bytes | None]


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


class CurrentTable:
    """Holds the current version open, and swaps it for a newer one when there is one.

    `table` is one reference that is replaced at once. A reader takes it and makes its whole answer from it,
    so an answer is never mixed; the old version's file is closed when its last reader has let go of it. A
    version that cannot be read is not loaded: the old one stays, the error is logged and counted, and loading
    is tried again, less and less often, up to once a minute.

    Parameters
    ----------
    root
        The table's folder. It may be empty at first.
    check_every
        Seconds between looks at the folder (two small files are read, by the reader who finds the time come).
        A changed blocklist holds from that moment; a new version is loaded in a thread of its own, so no
        request waits for it.
    on_change
        Called with every newly loaded table, by the thread that loaded it.
    on_failure
        Called with every error that kept a table from being loaded.

    Examples
    --------
    >>> current = CurrentTable(Path("selflearn-data/tables"))  # doctest: +SKIP
    >>> table = current.table  # doctest: +SKIP
    """

    def __init__(
        self,
        root: Path,
        *,
        check_every: float = 1.0,
        on_change: Callable[[Table], None] | None = None,
        on_failure: Callable[[TableError], None] | None = None,
    ) -> None:
        self.root = Path(root)
        self.check_every = check_every
        self.failures = 0
        self.last_error: TableError | None = None
        self._layout = Layout(self.root)
        self._on_change = on_change
        self._on_failure = on_failure
        self._table: Table | None = None
        self._seen: _Seen | None = None
        self._refreshing = threading.Lock()
        self._pause = check_every
        self._next_look = 0.0
        self.refresh()

    @property
    def table(self) -> Table | None:
        """The version to answer from; None as long as none could be loaded."""
        if time.monotonic() >= self._next_look and self._refreshing.acquire(blocking=False):
            try:
                to_load = self._look()
            except TableError as error:
                self._failed(error)
                to_load = False
            finally:
                self._refreshing.release()
            if to_load:
                threading.Thread(target=self.refresh, name="table-refresh", daemon=True).start()
        return self._table

    def refresh(self) -> bool:
        """Look now, and load what is new before returning.

        Returns
        -------
        bool
            Whether what is held is what is current now; where not, `last_error` says why.
        """
        with self._refreshing:
            try:
                if self._look():
                    self._load()
            except TableError as error:
                self._failed(error)
                return False
            return True

    def _look(self) -> bool:
        """Heed a changed blocklist, and tell whether another version has become current. Under the lock."""
        self._next_look = time.monotonic() + self._pause
        seen = _content(self._layout.current), _content(self._layout.blocklist)
        if seen == self._seen:
            return False
        version, held = self._layout.current_version(), self._table
        if version is None and held is None:
            self._seen = seen
            return False
        if held is None or version != held.version:
            return True
        self._swap(held.with_blocklist(Blocklist.read(self.root)), seen)
        return False

    def _load(self) -> None:
        # Read before the table is: what changes in between is seen at the next look.
        seen = _content(self._layout.current), _content(self._layout.blocklist)
        table = Table.open(self.root)
        _log.info("serving table version %s, %d entries", table.version, len(table))
        self._swap(table, seen)

    def _swap(self, table: Table, seen: _Seen) -> None:
        self._table = table
        self._seen = seen
        self._pause = self.check_every
        self.last_error = None
        if self._on_change is not None:
            self._on_change(table)

    def _failed(self, error: TableError) -> None:
        self.failures += 1
        self._pause = min(max(2 * self._pause, self.check_every), _LONGEST_PAUSE)
        self._next_look = time.monotonic() + self._pause
        if str(error) != str(self.last_error):
            kept = "no table" if self._table is None else f"version {self._table.version}"
            _log.error("cannot load the current table, still serving %s: %s", kept, error)
        self.last_error = error
        if self._on_failure is not None:
            self._on_failure(error)
