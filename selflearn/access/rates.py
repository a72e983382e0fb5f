"""How often a key may ask: counted in this process, over a window of time that slides."""

import math
import threading
import time
from collections.abc import Callable
from functools import lru_cache

from selflearn.errors import RateLimited

__all__ = ["Rates"]

_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}


class Rates:
    """Counts the requests of keys. What is refused is not counted. Threads may share it.

    Kept are two counts a key: of the window of time that is going on, and of the last one, which counts for the part of
    it that a window ending now would still see.

    Parameters
    ----------
    clock
        Seconds, that never go back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._counting = threading.Lock()
        # Key and rate → number of the window, requests in it, requests in the one before.
        self._counts: dict[tuple[str, str], tuple[int, int, int]] = {}

    def charge(self, key_id: str, rate: str, requests: int = 1) -> None:
        """Count requests of a key.

        Parameters
        ----------
        key_id
            Whose.
        rate
            How many it may make, as `100/second`.
        requests
            How many these are.

        Raises
        ------
        RateLimited
            That is more than it may make now; none of them is counted.
        """
        most, seconds = _read(rate)
        with self._counting:
            window, part = divmod(self._clock() / seconds, 1.0)
            last, now, before = self._counts.get((key_id, rate), (window, 0, 0))
            if last != window:
                now, before = 0, now if last == window - 1 else 0
            if now + math.floor(before * (1.0 - part)) + requests <= most:
                self._counts[key_id, rate] = int(window), now + requests, before
                return
        # A second later than the moment at which they would just not fit.
        raise RateLimited(rate, math.floor(seconds * _wait(most - requests, now, before, part)) + 1)


@lru_cache(maxsize=1024)
def _read(rate: str) -> tuple[int, int]:
    """Return how many requests a rate allows, and in how many seconds."""
    most, _, unit = rate.partition("/")
    return int(most), _SECONDS[unit]


def _wait(room: int, now: int, before: int, part: float) -> float:
    """Return after how many windows requests are let in if nobody asks meanwhile; where they never are, when this ends.

    Parameters
    ----------
    room
        How many may have been counted for them to be let in.
    now, before
        Counted in this window and in the one before.
    part
        How much of this one is over.
    """
    if room < 0:
        return 1.0 - part
    if now <= room:  # as soon as enough of the last one has slid out
        return 1.0 - (room - now + 1) / before - part
    return 2.0 - (room + 1) / now - part
