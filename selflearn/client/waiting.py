"""Feedback that waits to be sent: bounded, sent again later where it failed, and counted where it is dropped."""

import heapq
import logging
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from selflearn.client.settings import ClientSettings

__all__ = ["Waiting", "WaitingFeedback"]

_log = logging.getLogger("selflearn.client")

#: How often feedback is sent of which the API says that there is no such request: its decision is written, and
#: found by a server that has just started, a moment after the answer.
_TRIES_UNKNOWN = 6


@dataclass(slots=True)
class Waiting:
    """One piece of feedback; every try sends the same fields, its id among them.

    Attributes
    ----------
    fields
        What is sent.
    tries
        How often it was.
    unknown
        How often the API knew no such request.
    """

    fields: dict[str, Any]
    tries: int = 0
    unknown: int = 0


class WaitingFeedback:
    """A queue ordered by when each is due. It does no I/O, and one thread at a time may use it.

    Parameters
    ----------
    settings
        `feedback_capacity`, `feedback_tries`, `first_pause`, `longest_pause` and `jitter` count.
    chance
        A number from 0 up to 1, for the jitter.
    """

    def __init__(self, settings: ClientSettings, *, chance: Callable[[], float] = random.random) -> None:
        self.sent = 0
        self.dropped = 0
        self._settings = settings
        self._chance = chance
        self._heap: list[tuple[float, int, Waiting]] = []
        self._added = 0
        self._taken = 0

    def __len__(self) -> int:
        return len(self._heap) + self._taken

    def add(self, fields: dict[str, Any], now: float) -> bool:
        """Take feedback that is due now; False where the queue is full, and it is dropped."""
        if len(self) >= self._settings.feedback_capacity:
            self._drop("the queue is full")
            return False
        self._push(Waiting(fields), now)
        return True

    def take(self, now: float) -> Waiting | None:
        """Take out what is due. `done`, `again` or `gave_up` is told how it ended."""
        if not self._heap or self._heap[0][0] > now:
            return None
        self._taken += 1
        return heapq.heappop(self._heap)[2]

    def pause(self, now: float, last_moment: float | None) -> float | None:
        """Seconds until something is due, or the end comes; None where there is nothing to wait for but more."""
        times = [due for due, _, _ in self._heap[:1]]
        if last_moment is not None:
            times.append(last_moment)
        return max(min(times) - now, 0.0) if times else None

    def hurry(self, now: float) -> None:
        """Make everything due, for the end."""
        self._heap = [(min(due, now), order, waiting) for due, order, waiting in self._heap]
        heapq.heapify(self._heap)

    def ended(self, waiting: Waiting, status: int | None, now: float, pause: float | None = None) -> None:
        """Note how a try ended.

        Parameters
        ----------
        waiting
            What was taken.
        status
            Of the response; None where there was none.
        now
            Seconds, of the clock of `add`.
        pause
            What the API asks to wait.
        """
        self._taken -= 1
        waiting.tries += 1
        waiting.unknown += status == 404
        if status is not None and 200 <= status < 300:
            self.sent += 1
        elif not _worth_another(status, waiting.unknown) or waiting.tries >= self._settings.feedback_tries:
            self._drop(f"status {status}" if status else "the API does not answer")
        else:
            settings = self._settings
            own = settings.first_pause * 2 ** min(waiting.tries - 1, 60)
            longest = min(max(own, pause or 0.0), settings.longest_pause)
            self._push(waiting, now + longest * (1 + settings.jitter * self._chance()))

    def give_up(self) -> None:
        """Drop all that waits."""
        for _ in range(len(self._heap)):
            self._drop("the client was closed")
        self._heap.clear()

    def _push(self, waiting: Waiting, due: float) -> None:
        # The order in which they came decides between equals, so that contents are never compared.
        self._added += 1
        heapq.heappush(self._heap, (due, self._added, waiting))

    def _drop(self, why: str) -> None:
        self.dropped += 1
        if self.dropped & (self.dropped - 1) == 0:  # the first, second, fourth …: loud, but not for each
            _log.warning("%d pieces of feedback dropped so far; the newest because %s", self.dropped, why)


def _worth_another(status: int | None, unknown: int) -> bool:
    if status is None or status >= 500 or status in (408, 429):
        return True
    return status == 404 and unknown < _TRIES_UNKNOWN
