"""A full disk: how to wait until there is room again."""

import logging
import time
from collections.abc import Callable
from threading import Event
from typing import TypeVar

from streams.errors import NoRoom

__all__ = ["Patience"]

_log = logging.getLogger(__name__)

T = TypeVar("T")


class Patience:
    """Tries again, with pauses, what a full disk refused; whoever waits reads nothing meanwhile.

    Parameters
    ----------
    pause
        Seconds between two tries.
    until
        Ends the waiting when it is set: the error is raised then.
    on_wait
        Told why there is waiting, and None when it is over.
    """

    def __init__(
        self,
        *,
        pause: float = 5.0,
        until: Event | None = None,
        on_wait: Callable[[str | None], None] = lambda why: None,
    ) -> None:
        self._pause = pause
        self._until = until or Event()
        self._on_wait = on_wait

    def with_room(self, work: Callable[[], T]) -> T:
        """Do something that writes, as soon as there is room for it.

        Parameters
        ----------
        work
            May be called again after it failed.

        Raises
        ------
        NoRoom
            Waiting was ended before there was room.
        """
        began: float | None = None
        while True:
            try:
                done = work()
            except NoRoom as error:
                if self._until.is_set():
                    raise
                if began is None:
                    began = time.monotonic()
                    _log.warning(
                        "%s. Nothing more is read until there is room, and what is not committed is not lost; "
                        "trying again every %g s",
                        error,
                        self._pause,
                    )
                self._on_wait(str(error))
                self._until.wait(self._pause)
            else:
                if began is not None:
                    _log.warning("there is room again, after %.0f s", time.monotonic() - began)
                    self._on_wait(None)
                return done
