"""The race of a place's readings: which is heard, and which come behind it by how much."""

from bisect import bisect_right
from collections.abc import Callable
from math import exp, log

from backbone.noise.readings import Readings

__all__ = ["run"]

#: A chance at which it is not worth waiting for who may still arrive in time.
_NEVER = 1e-3


def run(
    readings: Readings, uniform: Callable[[], float], waited: int, reach: float, lost: float, *, right: bool
) -> tuple[str, list[tuple[float, str]]]:
    """Let the readings of one place arrive.

    Parameters
    ----------
    readings
        What may be heard, with weights.
    uniform
        Draws numbers evenly from [0, 1).
    waited
        How many arrivals are waited for.
    reach
        How far behind, in log units, an arrival is of no interest.
    lost
        How often, where another reading is heard, the right one never arrives.
    right
        Whether what was said arrives first, if the recogniser knows it.

    Returns
    -------
    tuple
        What is heard; and what else was considered, each with how far behind it is in log units, nearest first.
    """
    texts, sums, known = readings
    left, last = sums[-1], len(sums) - 1
    first = 0 if right and known else bisect_right(sums, uniform() * left, 0, last)
    # Times are in units of one over the sum of all weights.
    started = clock = -log(1.0 - uniform()) or 1e-12
    gone = [first]
    whole = left
    left -= sums[first] - sums[first - 1] if first else sums[0]
    if first and known and uniform() < lost:
        gone.insert(0, 0)
        left -= sums[0]
    behind = []
    wanted = _NEVER * exp(-reach) * whole
    for _ in range(min(waited, len(texts) - len(gone) + 1) - 1):
        if left < wanted:
            break
        clock -= log(1.0 - uniform()) * whole / left
        mark = int(uniform() * left)
        for before in gone:
            if mark >= (sums[before - 1] if before else 0):
                mark += sums[before] - sums[before - 1] if before else sums[0]
        late = bisect_right(sums, mark, 0, last)
        behind.append((log(clock / started), texts[late]))
        gone.append(late)
        gone.sort()
        left -= sums[late] - sums[late - 1] if late else sums[0]
    return texts[first], behind
