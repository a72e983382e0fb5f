"""Being told to end: Ctrl-C, or the signal with which others end a process."""

import _thread
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event

__all__ = ["until_told"]


@contextmanager
def until_told() -> Iterator[Event]:
    """Give an event that SIGINT and SIGTERM set, so that what was begun can be finished. For the main thread only.

    The handlers before are back afterwards.
    """
    ended = Event()

    def told(number: int, frame: object) -> None:
        # Not here: the handler runs in the main thread, which may hold the event's lock just now, for ever then.
        _thread.start_new_thread(ended.set, ())

    former = {number: signal.signal(number, told) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield ended
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
