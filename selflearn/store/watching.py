"""Tells a server what other processes changed in the store."""

import logging
import threading
from collections.abc import Callable

from selflearn.errors import StoreError
from selflearn.store.store import Store

__all__ = ["Watch"]

_log = logging.getLogger(__name__)


class Watch:
    """Looks at the store's counters, and calls those who want to know of a change.

    Parameters
    ----------
    store
        What is watched.
    every
        Seconds between looks, which a thread of its own takes; 0: nobody looks but who calls `look`.
    """

    def __init__(self, store: Store, every: float) -> None:
        self._store = store
        self._every = every
        self._callbacks: dict[str, list[Callable[[], None]]] = {}
        self._seen: dict[str, int] = {}
        self._looking = threading.Lock()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self._failing = False

    def on(self, name: str, callback: Callable[[], None]) -> None:
        """Have a function called at the next look, and whenever things of this name have changed since."""
        with self._looking:
            self._callbacks.setdefault(name, []).append(callback)
            self._seen.pop(name, None)

    def look(self) -> None:
        """Look now.

        Raises
        ------
        StoreError
            The store cannot be read; what is known of it stays.
        """
        with self._looking:
            counters = self._store.counters()
            for name, callbacks in self._callbacks.items():
                counter = counters.get(name, 0)
                if self._seen.get(name) != counter:
                    for callback in callbacks:
                        callback()
                    # Only now: a callback that failed is called again.
                    self._seen[name] = counter

    def start(self) -> None:
        """Look from now on, from a thread; once."""
        if self._every > 0 and self._thread is None:
            self._thread = threading.Thread(target=self._run, name="store-watch", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Look no more."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._ended.wait(self._every):
            try:
                self.look()
            except Exception as error:
                # Whatever it is, looking goes on: a thread that ends would let revoked keys in for ever.
                if not self._failing:
                    unexpected = None if isinstance(error, StoreError) else error
                    _log.error("what is known of keys stays as it is: %s", error, exc_info=unexpected)
                self._failing = True
            else:
                self._failing = False
