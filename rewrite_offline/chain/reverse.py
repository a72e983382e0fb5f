"""Reverse push: from an end backwards, to the sources for which it is a contender.

    w(i, j) = x(i) + Σ_k N(i, k) ρ(k)

holds all along, from x = 0 and ρ = R(j) e_j; pushing k moves ρ(k) to x(k) and Q(l, k) ρ(k) to everybody l who
steps into k. Most states are reached by few, so this is soon done. Hubs are reached by all and are never pushed:
their columns give N(i, hub) = w(i, hub) / R(hub). For the rest Σ_k N(i, k) ρ(k) ≤ max ρ · T(i).
"""

import numpy as np
from numpy.typing import NDArray

from rewrite_offline.chain.compiling import compiled

__all__ = ["spread_back", "weigh_contenders"]


@compiled
def spread_back(
    into_first: NDArray[np.int64],
    into_last: NDArray[np.int64],
    preceding: NDArray[np.int32],
    into_chance: NDArray[np.float64],
    hub_of: NDArray[np.int16],
    known: NDArray[np.float64],
    left: NDArray[np.float64],
    touched: NDArray[np.int32],
    count: int,
    seen: NDArray[np.uint8],
    precision: float,
    budget: int,
) -> tuple[int, float, int]:
    """Push back what is `left` until every residual is below `precision`, or so many steps were followed.

    `known`, `left` and `seen` are of length n and are only changed at the states listed in `touched`, whose
    first `count` are where something is left already. Returns how many are listed then, the largest
    residual of a state that is no hub, and how many steps were followed.
    """
    work = 0
    largest = 0.0
    for t in range(count):
        if hub_of[touched[t]] < 0 and left[touched[t]] > largest:
            largest = left[touched[t]]
    theta = largest
    while largest > precision and work <= budget:
        theta = max(0.2 * theta, precision)
        cursor = 0
        while cursor < count and work <= budget:
            k = touched[cursor]
            cursor += 1
            mass = left[k]
            if mass < theta or hub_of[k] >= 0:
                continue
            left[k] = 0.0
            known[k] += mass
            work += into_last[k] - into_first[k] + 1
            for edge in range(into_first[k], into_last[k]):
                q = preceding[edge]
                if seen[q] == 0:
                    seen[q] = 1
                    touched[count] = q
                    count += 1
                left[q] += mass * into_chance[edge]
        largest = 0.0
        for t in range(count):
            if hub_of[touched[t]] < 0 and left[touched[t]] > largest:
                largest = left[touched[t]]
    return count, largest, work


@compiled
def weigh_contenders(
    ends: NDArray[np.int32],
    pair_first: NDArray[np.int64],
    pair_source: NDArray[np.int32],
    into_first: NDArray[np.int64],
    into_last: NDArray[np.int64],
    preceding: NDArray[np.int32],
    into_chance: NDArray[np.float64],
    win: NDArray[np.float64],
    hubs: NDArray[np.int32],
    hub_of: NDArray[np.int16],
    column: NDArray[np.float32],
    below: NDArray[np.float64],
    above: NDArray[np.float64],
    steps: NDArray[np.float64],
    precision: float,
    budget: int,
    lower: NDArray[np.float64],
    upper: NDArray[np.float64],
) -> None:
    """Bound w(source, end) for pairs, grouped by end: `lower` and `upper` are filled.

    Of end number e the sources are `pair_source[pair_first[e]:pair_first[e + 1]]`; `below` and `above` say how far
    the columns of the hubs may be off, `steps` is T. An end may cost `budget` steps for each of its sources.
    """
    n = win.shape[0]
    known, left = np.zeros(n), np.zeros(n)
    touched, seen = np.empty(n, np.int32), np.zeros(n, np.uint8)
    at_hub = np.zeros(hubs.shape[0])
    for e in range(ends.shape[0]):
        begin, stop = pair_first[e], pair_first[e + 1]
        end = ends[e]
        left[end] = win[end]
        touched[0] = end
        seen[end] = 1
        count, largest, work = spread_back(
            into_first, into_last, preceding, into_chance, hub_of, known, left, touched, 1, seen,
            precision, budget * (stop - begin + 1),
        )  # fmt: skip
        through = 0.0
        for h in range(hubs.shape[0]):
            at_hub[h] = left[hubs[h]] / win[hubs[h]]
            through += at_hub[h]
        # Sums and products of non-negative numbers: each operation rounds by 1.2e-16 of its result at most.
        rounding = 2.4e-16 * (2 * work + count + 2 * hubs.shape[0] + 10)
        for pair in range(begin, stop):
            i = pair_source[pair]
            found = known[i]
            for h in range(hubs.shape[0]):
                found += at_hub[h] * column[i, h]
            lower[pair] = max(found * (1.0 - rounding) - through * below[i], 0.0)
            upper[pair] = (found + through * above[i] + largest * steps[i]) * (1.0 + rounding)
        for t in range(count):
            known[touched[t]] = 0.0
            left[touched[t]] = 0.0
            seen[touched[t]] = 0
