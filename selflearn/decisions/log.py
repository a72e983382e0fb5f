"""The log of decisions: why each request was rewritten or not, written beside the requests."""

import threading
import time
from collections import deque
from collections.abc import Sequence
from itertools import islice
from logging import getLogger
from typing import Protocol

from selflearn.decisions.index import key_of
from selflearn.decisions.taken import Taken
from streams.records import Decision

__all__ = ["DecisionLog", "Keeper"]

_log = getLogger(__name__)

#: Decisions that are written at a stretch.
_STRETCH = 8192

#: So many that wait are written by who brings the last of them. Beside busy requests a thread gets hold of the
#: interpreter so seldom, and is woken in vain so often, that it cost a quarter of the throughput.
_AT_ONCE = 256

#: Seconds that older decisions may take to be made ready when the log ends; the next server goes on with them.
_FAREWELL = 5.0


class Keeper(Protocol):
    """Keeps decisions for good."""

    def begin(self) -> None:
        """Make ready, before the first one; from a thread of the log's own, so it may take its time."""
        ...

    def keep(self, taken: Sequence[tuple[bytes, bytes]]) -> None:
        """Write them, each by its key and its line, all or none."""
        ...

    def find(self, tenant_id: str, request_id: str) -> Decision | None:
        """Return the newest decision on a request; None where there is none."""
        ...

    def close(self) -> None:
        """Let go of files."""
        ...


class DecisionLog:
    """Takes decisions, and has them written.

    A thread writes what waits; under load, one request in some hundred does, into the system's memory. Where too many
    wait, or they cannot be written, decisions are dropped and counted.

    Parameters
    ----------
    keeper
        Where decisions go.
    capacity
        Decisions that may wait to be written.
    every
        Seconds between two looks at what waits.
    """

    def __init__(self, keeper: Keeper, *, capacity: int = 10_000, every: float = 0.5) -> None:
        self.dropped = 0
        self._keeper = keeper
        self._capacity = capacity
        self._every = every
        # Keys and lines; only who writes takes from its left, when what it takes can be found in the files. Bytes in
        # plain tuples, since Python's garbage collector would go through anything else again and again while it
        # waits, which takes longer than the lookup.
        self._waiting: deque[tuple[bytes, bytes]] = deque()
        self._writing = threading.Lock()
        self._written = 0.0
        self._closing = threading.Event()
        self._starting = threading.Lock()
        self._writer: threading.Thread | None = None

    @property
    def every(self) -> float:
        """Seconds until a decision can be found by other processes, as a rule."""
        return self._every

    def take(self, taken: Taken) -> None:
        """Take a decision, or count it as dropped."""
        if self._writer is None:
            self.start()
        if len(self._waiting) < self._capacity:
            self._waiting.append(taken.kept())
            if len(self._waiting) >= _AT_ONCE and self._writing.acquire(blocking=False):
                try:
                    self._drain()
                    self._written = time.monotonic()
                finally:
                    self._writing.release()
        else:
            self.dropped += 1

    def find(self, tenant_id: str, request_id: str) -> Decision | None:
        """Return the newest decision on a request; None where there is none.

        Raises
        ------
        OSError
            The decisions cannot be read.
        """
        wanted = key_of(tenant_id, request_id)
        for key, line in reversed(self._waiting.copy()):
            if key == wanted:
                return Decision.model_validate_json(line)
        return self._keeper.find(tenant_id, request_id)

    def close(self) -> None:
        """Write what waits, and end."""
        self._closing.set()
        if self._writer is not None:
            self._writer.join()
            self._writer = None
        self._keeper.close()

    def start(self) -> None:
        """Begin to write, and make what a killed process left ready to be found; the first decision does so too."""
        # Not before, so that a server may fork its workers.
        with self._starting:
            if self._writer is None and not self._closing.is_set():
                self._writer = threading.Thread(target=self._work, name="decision-log", daemon=True)
                self._writer.start()

    def _work(self) -> None:
        beginning = threading.Thread(target=self._begin, name="decision-index", daemon=True)
        beginning.start()
        while not self._closing.is_set():
            self._closing.wait(self._every)
            if time.monotonic() - self._written >= self._every:
                with self._writing:
                    self._drain()
        with self._writing:
            self._drain()
        beginning.join(_FAREWELL)

    def _begin(self) -> None:
        try:
            self._keeper.begin()
        except Exception:
            _log.exception("older decisions could not be made ready to be found")

    def _drain(self) -> None:
        left = len(self._waiting)
        while left > 0:
            stretch = list(islice(self._waiting, min(left, _STRETCH)))
            try:
                self._keeper.keep(stretch)
            except Exception:
                self.dropped += len(stretch)
                _log.exception("%d decisions could not be written", len(stretch))
            for _ in stretch:
                self._waiting.popleft()
            left -= len(stretch)
