"""Winners that a day leaves in place, shown by the change of their contest alone.

With d(k, j) the change of row k's part for end j (`changing.py`) and p, r of a forward push from i over the new rows,

    w'(i, j) − w(i, j) = Σ_k p(k) d(k, j) + Σ_k r(k) (w' − w)(k, j),

so what b gains on the winner a is at most Σ p(k) (d(k, b) − d(k, a)) + Σ r(k) c(k). As long as that is less than a
led by, a still wins. The lead may be tiny: what is not known is multiplied by the little that a day changes.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from rewrite_offline.chain.changing import Change
from rewrite_offline.chain.compiling import compiled

__all__ = ["Day", "keep"]

_ROUNDING = 2.4e-16


@dataclass(frozen=True)
class Day:
    """What a day changed, and how things stood before.

    Attributes
    ----------
    change
        Of the rows.
    row_of
        State → number of its changed row, or -1.
    by
        c, how much any end may have gained on any other.
    winner, lead
        Of each source, before; a lead of 0 where there was none.
    between
        n × 2: bounds of the winner's w, widened by c.
    """

    change: Change
    row_of: NDArray[np.int32]
    by: NDArray[np.float64]
    winner: NDArray[np.int32]
    lead: NDArray[np.float64]
    between: NDArray[np.float64]

    @classmethod
    def of(
        cls,
        change: Change,
        by: NDArray[np.float64],
        winner: NDArray[np.int32],
        lead: NDArray[np.float64],
        verdict: NDArray[np.float64],
    ) -> Self:
        """Keep what solving again would overwrite; `verdict` is widened already."""
        row_of = np.full(len(by), -1, np.int32)
        row_of[change.states] = np.arange(len(change.states))
        return cls(change, row_of, by, winner.copy(), lead, verdict[:, :2].copy())


@compiled
def keep(
    sources: NDArray[np.int32],
    contenders: NDArray[np.int32],
    first: NDArray[np.int64],
    last: NDArray[np.int64],
    following: NDArray[np.int32],
    chance: NDArray[np.float64],
    hubs: NDArray[np.int32],
    hub_of: NDArray[np.int16],
    column: NDArray[np.float32],
    above: NDArray[np.float64],
    row_of: NDArray[np.int32],
    list_first: NDArray[np.int64],
    list_end: NDArray[np.int32],
    list_up: NDArray[np.float64],
    list_down: NDArray[np.float64],
    most_up: NDArray[np.float64],
    others_up: NDArray[np.float64],
    others_down: NDArray[np.float64],
    hub_up: NDArray[np.float64],
    hub_down: NDArray[np.float64],
    by: NDArray[np.float64],
    winner: NDArray[np.int32],
    lead: NDArray[np.float64],
    between: NDArray[np.float64],
    verdict: NDArray[np.float64],
    target: NDArray[np.int32],
    fate: NDArray[np.uint8],
    budget: int,
    tie: float,
) -> int:
    """Settle sources that keep their winners.

    Parameters
    ----------
    sources, contenders
        As `push_all` takes and leaves them; with -1 first, the winner is held against anybody.
    first, last, following, chance, hubs, hub_of, column, above
        The network after the change.
    row_of, list_first, list_end, list_up, list_down, most_up, others_up, others_down, hub_up, hub_down
        The changed rows: a `Change`.
    by, winner, lead, between
        How things stood: a `Day`.
    verdict, target, fate
        Set where the winner is kept.
    budget
        Steps that may be followed from one source.
    tie
        Ends this close to the best are as good.

    Returns
    -------
    int
        Steps followed.
    """
    n = by.shape[0]
    ahead = np.zeros(n)
    touched, seen = np.empty(n, np.int32), np.zeros(n, np.uint8)
    room = contenders.shape[1] + hubs.shape[0] + 1
    rival = np.empty(room, np.int32)
    gain = np.empty(room)
    total = 0
    for number in range(sources.shape[0]):
        i = sources[number]
        if fate[i] != 0 or lead[i] <= 0.0:
            continue
        a = winner[i]
        anybody = contenders[number, 0] == -1
        rival[0] = -1
        rivals = 1 if anybody else 0
        for t in range(contenders.shape[1]):
            b = contenders[number, t]
            if b < 0:
                break
            if b != a:
                rival[rivals] = b
                rivals += 1
        for h in range(0 if anybody else hubs.shape[0]):
            if hubs[h] != a and column[i, h] + above[i] >= verdict[i, 0] - tie:
                rival[rivals] = hubs[h]
                rivals += 1
        gain[:rivals] = 0.0
        sizes = 0.0
        ahead[i] = 1.0
        touched[0] = i
        seen[i] = 1
        count, work = 1, 0
        largest = by[i]
        remaining = by[i]
        kept = False
        while True:
            rounding = _ROUNDING * (work + count + 10) * 4.0
            worst = 0.0
            for t in range(rivals):
                worst = max(worst, gain[t])
            unsure = remaining + rounding * (sizes + remaining)
            if worst + unsure < lead[i]:
                kept = True
                break
            if work > budget or worst - unsure > lead[i] or largest == 0.0:
                break
            theta = 0.3 * largest
            cursor = 0
            while cursor < count and work <= budget:
                k = touched[cursor]
                cursor += 1
                mass = ahead[k]
                if mass * by[k] < theta:
                    continue
                ahead[k] = 0.0
                work += last[k] - first[k] + 1
                row = row_of[k]
                if row >= 0:
                    down = _moves(row, a, hub_of, list_first, list_end, list_down, others_down, hub_down)
                    sizes += mass * abs(down)
                    for t in range(rivals):
                        if anybody:
                            up = most_up[row]
                        else:
                            b = rival[t]
                            up = _moves(row, b, hub_of, list_first, list_end, list_up, others_up, hub_up)
                        sizes += mass * abs(up)
                        gain[t] += mass * (up + down)
                for edge in range(first[k], last[k]):
                    q = following[edge]
                    if seen[q] == 0:
                        seen[q] = 1
                        touched[count] = q
                        count += 1
                    ahead[q] += mass * chance[edge]
            remaining, largest = 0.0, 0.0
            for t in range(count):
                x = ahead[touched[t]] * by[touched[t]]
                remaining += x
                largest = max(largest, x)
        for t in range(count):
            ahead[touched[t]] = 0.0
            seen[touched[t]] = 0
        total += work
        if kept:
            fate[i] = 1
            target[i] = a
            verdict[i, 0], verdict[i, 1] = between[i, 0], between[i, 1]
            verdict[i, 2] = lead[i] - worst - unsure
    return total


@compiled
def _moves(
    row: int,
    end: int,
    hub_of: NDArray[np.int16],
    list_first: NDArray[np.int64],
    list_end: NDArray[np.int32],
    list_by: NDArray[np.float64],
    others: NDArray[np.float64],
    by_hub: NDArray[np.float64],
) -> float:
    """How far a row moves an end."""
    if hub_of[end] >= 0:
        return float(by_hub[row, hub_of[end]])
    begin, stop = list_first[row], list_first[row + 1]
    while begin < stop:
        middle = (begin + stop) // 2
        if list_end[middle] < end:
            begin = middle + 1
        elif list_end[middle] > end:
            stop = middle
        else:
            return float(list_by[middle] + others[row])
    return float(others[row])
