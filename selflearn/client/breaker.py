"""A circuit breaker: who failed often is left alone for a while, and then asked by one before all do."""

import random
import threading
import time
from collections import deque
from collections.abc import Callable
from enum import StrEnum

from selflearn.client.settings import ClientSettings

__all__ = ["BreakerState", "CircuitBreaker"]


class BreakerState(StrEnum):
    """Closed lets everything through, open nothing, half-open one request to try."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class CircuitBreaker:
    """Keeps requests from an API that fails. It does no I/O; threads may share it.

    | state | a request | success | failure |
    | --- | --- | --- | --- |
    | closed | goes | | opens, where it is the last of too many |
    | open | does not go; after the cool-down the first becomes the try, half-open | | |
    | half-open | does not go | closes | opens again, for twice the time |

    A request asks for a permit, and says with it how it ended. A permit holds for the state in which it was given,
    so what began before the breaker opened neither closes nor opens it later.

    Parameters
    ----------
    settings
        `failures`, `rate`, `window`, `cool_down`, `longest_cool_down` and `jitter` count.
    clock
        Seconds, never going back.
    chance
        A number from 0 up to 1, for the jitter.

    References
    ----------
    M. Nygard, Release It!, 2nd ed. (2018), chapter 5, "Circuit Breaker".
    """

    def __init__(
        self,
        settings: ClientSettings,
        *,
        clock: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.opened = 0
        self._settings = settings
        self._clock = clock
        self._chance = chance
        self._lock = threading.Lock()
        self._state = BreakerState.CLOSED
        # Counts the changes of state: a permit is the number of the state that gave it.
        self._number = 0
        self._recent: deque[bool] = deque(maxlen=settings.window)
        self._failed = 0
        self._in_a_row = 0
        self._failed_tries = 0
        self._until = 0.0

    @property
    def state(self) -> BreakerState:
        """The state now; an open breaker stays open until a request comes after the cool-down."""
        return self._state

    def permit(self) -> int | None:
        """Ask whether a request may go.

        Returns
        -------
        int or None
            What `succeeded`, `failed` or `returned` are to be told; None: it may not.
        """
        # The number first: where the state changes in between, the permit is an old one, which nobody heeds.
        number = self._number
        if self._state is BreakerState.CLOSED:
            return number
        with self._lock:
            if self._state is BreakerState.OPEN and self._clock() >= self._until:
                self._become(BreakerState.HALF_OPEN)
                return self._number
            return None

    def succeeded(self, permit: int) -> bool:
        """Note a success; return whether it closed the breaker."""
        with self._lock:
            if permit != self._number:
                return False
            if self._state is BreakerState.HALF_OPEN:
                self._failed_tries = 0
                self._become(BreakerState.CLOSED)
                return True
            self._note(failed=False)
            return False

    def failed(self, permit: int) -> bool:
        """Note a failure; return whether it opened the breaker."""
        with self._lock:
            if permit != self._number:
                return False
            if self._state is BreakerState.HALF_OPEN:
                self._failed_tries += 1
                self._open()
                return True
            self._note(failed=True)
            if self._too_many():
                self._open()
                return True
            return False

    def returned(self, permit: int) -> None:
        """Give a permit back of which nothing can be said; the next request may try in its place."""
        with self._lock:
            if permit == self._number and self._state is BreakerState.HALF_OPEN:
                self._become(BreakerState.OPEN)
                self._until = self._clock()

    def _note(self, *, failed: bool) -> None:
        if len(self._recent) == self._recent.maxlen:
            self._failed -= self._recent[0]
        self._recent.append(failed)
        self._failed += failed
        self._in_a_row = self._in_a_row + 1 if failed else 0

    def _too_many(self) -> bool:
        settings = self._settings
        if self._in_a_row >= settings.failures:
            return True
        return len(self._recent) == settings.window and self._failed >= settings.rate * settings.window

    def _open(self) -> None:
        settings = self._settings
        # The exponent is bounded only to keep the number one that a float can hold.
        pause = min(settings.cool_down * 2 ** min(self._failed_tries, 60), settings.longest_cool_down)
        self._until = self._clock() + pause * (1 + settings.jitter * self._chance())
        self.opened += 1
        self._become(BreakerState.OPEN)

    def _become(self, state: BreakerState) -> None:
        self._state = state
        self._number += 1
        self._recent.clear()
        self._failed = self._in_a_row = 0
