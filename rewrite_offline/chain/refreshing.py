"""Hubs' columns made exact again where it matters, after rows were changed."""

import numpy as np
from numpy.typing import NDArray

from rewrite_offline.chain.compiling import compiled

__all__ = ["refresh", "widen"]

_ROUNDING = 2.4e-16


@compiled
def widen(
    by: NDArray[np.float64],
    bound: NDArray[np.float64],
    verdict: NDArray[np.float64],
    fate: NDArray[np.uint8],
    below: NDArray[np.float64],
    above: NDArray[np.float64],
    tie: float,
) -> None:
    """Keep all that is known true after every w(k, ·) moved by up to `by[k]`; what that unsettles has fate 0."""
    n, width = bound.shape
    for k in range(n):
        c = by[k]
        bound[k, 0] = min(bound[k, 0] + c, 1.0)
        for a in range(1, width, 2):
            bound[k, a] = max(bound[k, a] - c, 0.0)
            bound[k, a + 1] = min(bound[k, a + 1] + c, 1.0)
        verdict[k, 0] = max(verdict[k, 0] - c, 0.0)
        verdict[k, 1] += c
        # c bounds how much any end gains on any other.
        verdict[k, 2] -= c
        verdict[k, 3] += c
        below[k] += c
        above[k] += c
        lost = fate[k] == 1 and verdict[k, 2] <= 0.0
        untied = fate[k] == 2 and c > 0.0
        if lost or untied or (fate[k] == 3 and verdict[k, 1] > tie):
            fate[k] = 0


@compiled
def refresh(
    sources: NDArray[np.int32],
    first: NDArray[np.int64],
    last: NDArray[np.int64],
    following: NDArray[np.int32],
    chance: NDArray[np.float64],
    win: NDArray[np.float64],
    hubs: NDArray[np.int32],
    hub_of: NDArray[np.int16],
    column: NDArray[np.float32],
    below: NDArray[np.float64],
    above: NDArray[np.float64],
    precision: float,
    budget: int,
) -> None:
    """Rows of the hubs' columns anew, by forward push: what is off at a state weighs only as much as it gets.

    Parameters
    ----------
    sources
        Whose rows.
    first, last, following, chance, win, hubs, hub_of
        The network.
    column, below, above
        Rows of `sources` are replaced where that makes their bounds tighter.
    precision
        How far off is good enough.
    budget
        Steps that may be followed from one source.
    """
    n = win.shape[0]
    left = np.zeros(n)
    seen = np.zeros(n, np.uint8)
    touched = np.empty(n, np.int32)
    found = np.empty(hubs.shape[0])
    for number in range(sources.shape[0]):
        source = sources[number]
        if below[source] + above[source] <= precision:
            continue
        found[:] = 0.0
        left[source] = 1.0
        touched[0] = source
        seen[source] = 1
        count, work = 1, 0
        largest = above[source] + below[source]
        remaining = largest
        while remaining > precision and work <= budget:
            theta = 0.3 * largest
            cursor = 0
            while cursor < count:
                k = touched[cursor]
                cursor += 1
                mass = left[k]
                if mass * (above[k] + below[k]) < theta:
                    continue
                left[k] = 0.0
                if hub_of[k] >= 0:
                    found[hub_of[k]] += mass * win[k]
                work += last[k] - first[k] + 1
                for edge in range(first[k], last[k]):
                    q = following[edge]
                    if seen[q] == 0:
                        seen[q] = 1
                        touched[count] = q
                        count += 1
                    left[q] += mass * chance[edge]
            remaining, largest = 0.0, 0.0
            for t in range(count):
                unsure = left[touched[t]] * (above[touched[t]] + below[touched[t]])
                remaining += unsure
                largest = max(largest, unsure)
        under, over = 0.0, 0.0
        for t in range(count):
            k = touched[t]
            mass = left[k]
            if mass > 0.0:
                for h in range(hubs.shape[0]):
                    found[h] += mass * np.float64(column[k, h])
                under += mass * below[k]
                over += mass * above[k]
            left[k] = 0.0
            seen[k] = 0
        # And what float32 and summing up round.
        rounding = 6e-8 + _ROUNDING * (2 * work + count + 10)
        if under + over + 2 * rounding < below[source] + above[source]:
            for h in range(hubs.shape[0]):
                column[source, h] = np.float32(found[h])
            below[source] = under + rounding
            above[source] = over + rounding
