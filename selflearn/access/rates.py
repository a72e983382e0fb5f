"""How often a key may ask: counted in this process, over a window of time that slides."""

import math
import time

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from selflearn.errors import RateLimited

__all__ = ["Rates"]


class Rates:
    """Counts the requests of keys. What is refused is not counted. Threads may share it."""

    def __init__(self) -> None:
        self._limits = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._items: dict[str, RateLimitItem] = {}

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
        item = self._items.get(rate)
        if item is None:
            item = self._items[rate] = parse(rate)
        if not self._limits.hit(item, key_id, cost=requests):
            reset = self._limits.get_window_stats(item, key_id).reset_time
            raise RateLimited(rate, max(1, math.ceil(reset - time.time())))
