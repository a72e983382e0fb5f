"""The switches as they are now: read by a thread, so that no request waits for the store."""

import logging
import threading
from collections.abc import Callable, Iterable
from weakref import ref

from selflearn.errors import SwitchesUnread
from selflearn.policy.board import Board
from selflearn.policy.switch import Switch
from selflearn.settings import RewritingSettings

__all__ = ["LiveSwitches"]

_log = logging.getLogger(__name__)


class LiveSwitches:
    """Holds the switches, and heeds a changed one within `settings.check_every`.

    They are read once when this is made. Where that fails, `board` refuses until they could be read, so that no
    request is rewritten that somebody forbade. Where it fails later, the last ones stay, and the failure is logged
    and counted.

    Parameters
    ----------
    settings
        What holds without any switch, and how often to look.
    changed
        Says by a number whether anything changed since it was last asked; cheap.
    read
        Reads all switches.
    """

    def __init__(
        self,
        settings: RewritingSettings,
        *,
        changed: Callable[[], int],
        read: Callable[[], Iterable[Switch]],
    ) -> None:
        self.failures = 0
        self.last_error: Exception | None = None
        self._settings = settings
        self._changed = changed
        self._read = read
        self._seen: int | None = None
        self._board: Board | None = None
        self._looking = threading.Lock()
        self._starting = threading.Lock()
        self._closing = threading.Event()
        self._looker: threading.Thread | None = None
        self.look()

    @property
    def board(self) -> Board:
        """The switches.

        Raises
        ------
        SwitchesUnread
            They could never be read yet.
        """
        if self._looker is None:
            self._start()
        if self._board is None:
            raise SwitchesUnread(
                f"the switches could not be read yet, so nothing is rewritten: {self.last_error}"
            )
        return self._board

    @property
    def stale(self) -> bool:
        """Whether the last look failed, so that a switch may have been missed."""
        return self.last_error is not None

    def look(self) -> bool:
        """Look now, and heed what changed before returning.

        Returns
        -------
        bool
            Whether what is held is what is set; where not, `last_error` says why.
        """
        with self._looking:
            try:
                # Counted before they are read: what changes in between is seen at the next look.
                counter = self._changed()
                if counter != self._seen:
                    self._board = Board(self._settings, self._read())
                    self._seen = counter
            except Exception as error:
                self.failures += 1
                if str(error) != str(self.last_error):
                    kept = "none were read yet" if self._board is None else "the last ones stay"
                    _log.error("cannot read the switches, %s: %s", kept, error)
                self.last_error = error
                return False
            self.last_error = None
            return True

    def close(self) -> None:
        """End the thread that looks."""
        self._closing.set()
        if self._looker is not None:
            self._looker.join()

    def _start(self) -> None:
        # With the first request, so that a server may fork its workers before.
        with self._starting:
            if self._looker is None and not self._closing.is_set():
                pause = max(self._settings.check_every.total_seconds(), 0.001)
                self._looker = threading.Thread(
                    target=_keep_looking, args=(ref(self), self._closing, pause), name="switches", daemon=True
                )
                self._looker.start()


def _keep_looking(whose: "ref[LiveSwitches]", closing: threading.Event, pause: float) -> None:
    # By a weak reference, so that the thread ends with what it looks for.
    while not closing.wait(pause):
        switches = whose()
        if switches is None:
            return
        switches.look()
        del switches
