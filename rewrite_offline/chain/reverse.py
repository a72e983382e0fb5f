"""Reverse push: from an end backwards, to the sources for which it is a contender.

    w(i, j) = x(i) + Σ_k N(i, k) ρ(k)

holds all along, from x = 0 and ρ = R(j) e_j; pushing k moves ρ(k) to x(k) and Q(l, k) ρ(k) to everybody l who
steps into k. Most states are reached by few, so this is soon done. Hubs are reached by all and are never pushed:
their columns give N(i, hub) = w(i, hub) / R(hub). For the rest E(i) = Σ_k N(i, k) ρ(k) ≤ ε T(i), with ε the largest
ρ. A forward push from i tightens that, since E(i) = Σ_k p(k) ρ(k) + Σ_k r(k) E(k): what both directions leave open
is multiplied.
"""

import numpy as np
from numpy.typing import NDArray

from rewrite_offline.chain.compiling import compiled

__all__ = ["spread_back", "weigh_contenders"]


@compiled
def spread_back(
    into_first: NDArray[np.int64],
    preceding: NDArray[np.int32],
    into_chance: NDArray[np.float64],
    more: NDArray[np.int32],
    more_next: NDArray[np.int32],
    more_preceding: NDArray[np.int32],
    more_chance: NDArray[np.float64],
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
            work += into_first[k + 1] - into_first[k] + 1
            for edge in range(into_first[k], into_first[k + 1]):
                q = preceding[edge]
                if seen[q] == 0:
                    seen[q] = 1
                    touched[count] = q
                    count += 1
                left[q] += mass * into_chance[edge]
            also = more[k]
            while also >= 0:
                q = more_preceding[also]
                if seen[q] == 0:
                    seen[q] = 1
                    touched[count] = q
                    count += 1
                left[q] += mass * more_chance[also]
                also = more_next[also]
                work += 1
        largest = 0.0
        for t in range(count):
            if hub_of[touched[t]] < 0 and left[touched[t]] > largest:
                largest = left[touched[t]]
    return count, largest, work


@compiled
def _spread_forth(
    source: int,
    first: NDArray[np.int64],
    last: NDArray[np.int64],
    following: NDArray[np.int32],
    chance: NDArray[np.float64],
    steps: NDArray[np.float64],
    passed: NDArray[np.float64],
    ahead: NDArray[np.float64],
    touched: NDArray[np.int32],
    seen: NDArray[np.uint8],
    budget: int,
) -> tuple[int, float, int]:
    """Push forward from a source, where most steps are still to come first.

    `passed` and `ahead` are p and r; returns how many states are `touched`, Σ r T, and the steps followed.
    """
    ahead[source] = 1.0
    touched[0] = source
    seen[source] = 1
    count, work = 1, 0
    largest = steps[source]
    remaining = largest
    while work <= budget and largest > 0.0:
        theta = 0.3 * largest
        cursor = 0
        while cursor < count and work <= budget:
            k = touched[cursor]
            cursor += 1
            mass = ahead[k]
            if mass * steps[k] < theta:
                continue
            ahead[k] = 0.0
            passed[k] += mass
            work += last[k] - first[k] + 1
            for edge in range(first[k], last[k]):
                q = following[edge]
                if seen[q] == 0:
                    seen[q] = 1
                    touched[count] = q
                    count += 1
                ahead[q] += mass * chance[edge]
        largest, remaining = 0.0, 0.0
        for t in range(count):
            on_its_way = ahead[touched[t]] * steps[touched[t]]
            remaining += on_its_way
            largest = max(largest, on_its_way)
    return count, remaining, work


@compiled
def weigh_contenders(
    ends: NDArray[np.int32],
    pair_first: NDArray[np.int64],
    pair_source: NDArray[np.int32],
    first: NDArray[np.int64],
    last: NDArray[np.int64],
    following: NDArray[np.int32],
    chance: NDArray[np.float64],
    into_first: NDArray[np.int64],
    preceding: NDArray[np.int32],
    into_chance: NDArray[np.float64],
    more: NDArray[np.int32],
    more_next: NDArray[np.int32],
    more_preceding: NDArray[np.int32],
    more_chance: NDArray[np.float64],
    win: NDArray[np.float64],
    hubs: NDArray[np.int32],
    hub_of: NDArray[np.int16],
    column: NDArray[np.float32],
    below: NDArray[np.float64],
    above: NDArray[np.float64],
    steps: NDArray[np.float64],
    precision: float,
    budget: int,
    forward: int,
    lower: NDArray[np.float64],
    upper: NDArray[np.float64],
) -> None:
    """Bound w(source, end) for pairs, grouped by end: `lower` and `upper` are filled.

    Of end number e the sources are `pair_source[pair_first[e]:pair_first[e + 1]]`; `below` and `above` say how far
    the columns of the hubs may be off, `steps` is T. An end may cost `budget` steps for each of its sources,
    and a pair `forward` steps. A hub is valued by its column where push leaves off.
    """
    n = win.shape[0]
    known, left = np.zeros(n), np.zeros(n)
    touched, seen = np.empty(n, np.int32), np.zeros(n, np.uint8)
    passed, ahead = np.zeros(n), np.zeros(n)
    reached_list, reached_seen = np.empty(n, np.int32), np.zeros(n, np.uint8)
    at_hub = np.zeros(hubs.shape[0])
    for e in range(ends.shape[0]):
        begin, stop = pair_first[e], pair_first[e + 1]
        end = ends[e]
        is_hub = hub_of[end] >= 0
        left[end] = win[end]
        touched[0] = end
        seen[end] = 1
        count, largest, work = spread_back(
            into_first, preceding, into_chance, more, more_next, more_preceding, more_chance, hub_of,
            known, left, touched, 1, seen, precision, budget * (stop - begin + 1),
        )  # fmt: skip
        through = 0.0
        for h in range(hubs.shape[0]):
            at_hub[h] = left[hubs[h]] / win[hubs[h]]
            through += at_hub[h]
        for pair in range(begin, stop):
            i = pair_source[pair]
            found = known[i]
            for h in range(hubs.shape[0]):
                found += at_hub[h] * column[i, h]
            steps_ahead, also = steps[i], 0
            under, over = through * below[i], through * above[i]
            if forward > 0 and (largest > 0.0 or is_hub):
                reached, steps_ahead, also = _spread_forth(
                    i,
                    first,
                    last,
                    following,
                    chance,
                    steps,
                    passed,
                    ahead,
                    reached_list,
                    reached_seen,
                    forward,
                )
                if is_hub:
                    # Its own column, at what is ahead: the closer, the less is ahead.
                    found, under, over = passed[end] * win[end], 0.0, 0.0
                for t in range(reached):
                    k = reached_list[t]
                    if is_hub:
                        found += ahead[k] * column[k, hub_of[end]]
                        under += ahead[k] * below[k]
                        over += ahead[k] * above[k]
                    elif hub_of[k] < 0:
                        found += passed[k] * left[k]
                    passed[k] = 0.0
                    ahead[k] = 0.0
                    reached_seen[k] = 0
            # Sums and products of non-negative numbers: each operation rounds by 1.2e-16 of its result at most.
            rounding = 2.4e-16 * (2 * (work + also) + count + 2 * hubs.shape[0] + 10)
            lower[pair] = max(found * (1.0 - rounding) - under, 0.0)
            upper[pair] = (found + over + largest * steps_ahead) * (1.0 + rounding)
        for t in range(count):
            known[touched[t]] = 0.0
            left[touched[t]] = 0.0
            seen[touched[t]] = 0
