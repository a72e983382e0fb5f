"""Where customers end who start anywhere: push until next to nothing is on its way."""

import numpy as np
from numpy.typing import NDArray

from rewrite_offline.chain.compiling import compiled

__all__ = ["visits"]


@compiled
def visits(
    start: NDArray[np.float64],
    first: NDArray[np.int64],
    last: NDArray[np.int64],
    following: NDArray[np.int32],
    chance: NDArray[np.float64],
    precision: float,
) -> NDArray[np.float64]:
    """Expected visits to every state, from below: start · N.

    Parameters
    ----------
    start
        Length n, not negative.
    first, last, following, chance
        The network.
    precision
        Mass that may still be on its way at the end: no probability of ending anywhere is further off than this.
    """
    n = start.shape[0]
    seen = np.zeros(n)
    left = start.copy()
    listed = np.zeros(n, np.uint8)
    touched = np.empty(n, np.int32)
    count = 0
    for k in range(n):
        if left[k] > 0.0:
            listed[k] = 1
            touched[count] = k
            count += 1
    remaining = 0.0
    for t in range(count):
        remaining += left[touched[t]]
    while remaining > precision:
        # Below the mean: so each round moves more than half of what is left.
        theta = 0.5 * remaining / count
        cursor = 0
        while cursor < count:
            k = touched[cursor]
            cursor += 1
            mass = left[k]
            if mass < theta:
                continue
            left[k] = 0.0
            seen[k] += mass
            for edge in range(first[k], last[k]):
                q = following[edge]
                if listed[q] == 0:
                    listed[q] = 1
                    touched[count] = q
                    count += 1
                left[q] += mass * chance[edge]
        remaining = 0.0
        for t in range(count):
            remaining += left[touched[t]]
    return seen
