"""Who wins among contenders of which bounds are known."""

import numpy as np
from numpy.typing import NDArray

from rewrite_offline.chain.compiling import compiled

__all__ = ["judge"]


@compiled
def judge(
    sources: NDArray[np.int32],
    pair_first: NDArray[np.int64],
    pair_end: NDArray[np.int32],
    lower: NDArray[np.float64],
    upper: NDArray[np.float64],
    hubs: NDArray[np.int32],
    column: NDArray[np.float32],
    below: NDArray[np.float64],
    above: NDArray[np.float64],
    original: NDArray[np.int64],
    verdict: NDArray[np.float64],
    target: NDArray[np.int32],
    fate: NDArray[np.uint8],
    tie: float,
    clear: float,
) -> None:
    """Settle those sources whose bounds tell the winner, or that several tie.

    Contenders of source number s are pairs `pair_first[s]` to `pair_first[s + 1]`, and all hubs. `verdict[:, 3]`
    bounds all other ends; where that is not below the best, nothing is settled. Nor is it where the lead is shown to be
    less than `clear`: better bounds, of the next round, show a lead that outlasts more days.
    """
    most = pair_first.shape[0]
    for s in range(most - 1):
        most = max(most, pair_first[s + 1] - pair_first[s])
    room = most + hubs.shape[0]
    who = np.empty(room, np.int32)
    low, high = np.empty(room), np.empty(room)
    for s in range(sources.shape[0]):
        i = sources[s]
        count = 0
        for pair in range(pair_first[s], pair_first[s + 1]):
            who[count], low[count], high[count] = pair_end[pair], lower[pair], upper[pair]
            count += 1
        for h in range(hubs.shape[0]):
            known = False
            for c in range(count):
                known = known or who[c] == hubs[h]
            if not known:
                who[count] = hubs[h]
                low[count] = max(np.float64(column[i, h]) - below[i], 0.0)
                high[count] = np.float64(column[i, h]) + above[i]
                count += 1
        if count == 0:
            continue
        best = 0
        top = 0.0
        for c in range(count):
            if low[c] > low[best]:
                best = c
            top = max(top, high[c])
        ties, undecided, rival = 0, False, 0.0
        smallest = who[best]
        for c in range(count):
            if c != best:
                rival = max(rival, high[c])
                if high[c] >= low[best] - tie:
                    if low[c] >= top - tie:
                        ties += 1
                        if original[who[c]] < original[smallest]:
                            smallest = who[c]
                    else:
                        undecided = True
        if max(top, verdict[i, 3]) <= tie:
            fate[i] = 3
            verdict[i, 0], verdict[i, 1] = 0.0, max(top, verdict[i, 3])
            continue
        if undecided or verdict[i, 3] >= low[best] - tie:
            continue
        lead = min(low[best] - rival - tie, low[best] - verdict[i, 3] - tie)
        if ties == 0 and lead < clear:
            continue
        fate[i] = 2 if ties > 0 else 1
        target[i] = smallest
        verdict[i, 2] = lead
        verdict[i, 0] = low[best] - tie if ties > 0 else low[best]
        verdict[i, 1] = high[best]
