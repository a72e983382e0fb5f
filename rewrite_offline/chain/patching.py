"""Rows of a network replaced in place."""

import numpy as np
from numpy.typing import NDArray

from rewrite_offline.chain.compiling import compiled
from rewrite_offline.chain.model import AbsorbingChain
from rewrite_offline.chain.network import Network

__all__ = ["Rows", "replace_rows", "rows_of"]


class Rows:
    """Some rows of a chain as a network has them: self-loops taken out, ids in the network's order."""

    def __init__(self, network: Network, chain: AbsorbingChain, changed: NDArray[np.int64]) -> None:
        steps = chain.steps[changed]
        counts = np.diff(steps.indptr)
        row = np.repeat(np.arange(len(changed)), counts)
        self.states = network.rank[changed].astype(np.int32)
        to = network.rank[steps.indices].astype(np.int32)
        loops = np.zeros(len(changed))
        itself = to == self.states[row]
        np.add.at(loops, row[itself], steps.data[itself])
        keep = ~itself & (steps.data > 0)
        self.first = np.searchsorted(row[keep], np.arange(len(changed) + 1)).astype(np.int64)
        self.following = to[keep]
        self.chance = steps.data[keep] / (1.0 - loops[row[keep]])
        self.win = chain.success[changed] / (1.0 - loops)
        absorbed = chain.success[changed] + chain.failure[changed]
        self.ceiling = np.divide(
            chain.success[changed], absorbed, out=np.zeros(len(loops)), where=absorbed > 0
        )


def rows_of(network: Network, chain: AbsorbingChain, changed: NDArray[np.int64]) -> Rows:
    """Rows of `changed` states of a chain, ready for `replace_rows`."""
    return Rows(network, chain, changed)


def replace_rows(network: Network, rows: Rows) -> bool:
    """Put rows into a network; False, and nothing done, if there is no room for them."""
    if network.used + len(rows.following) > len(network.following):
        return False
    if network.more_used + len(rows.following) > len(network.more_next):
        return False
    network.used, network.more_used = _replace(
        rows.states, rows.first, rows.following, rows.chance, network.first, network.last, network.following,
        network.chance, network.used, *network.backwards(), network.more_used,
    )  # fmt: skip
    network.win[rows.states] = rows.win
    network.ceiling[rows.states] = rows.ceiling
    return True


@compiled
def _replace(
    states: NDArray[np.int32],
    new_first: NDArray[np.int64],
    new_following: NDArray[np.int32],
    new_chance: NDArray[np.float64],
    first: NDArray[np.int64],
    last: NDArray[np.int64],
    following: NDArray[np.int32],
    chance: NDArray[np.float64],
    used: int,
    into_first: NDArray[np.int64],
    preceding: NDArray[np.int32],
    into_chance: NDArray[np.float64],
    more: NDArray[np.int32],
    more_next: NDArray[np.int32],
    more_preceding: NDArray[np.int32],
    more_chance: NDArray[np.float64],
    more_used: int,
) -> tuple[int, int]:
    for number in range(states.shape[0]):
        k = states[number]
        for edge in range(first[k], last[k]):
            j = following[edge]
            place = _find(preceding, into_first[j], into_first[j + 1], k)
            if place >= 0:
                into_chance[place] = 0.0
            else:
                also = more[j]
                while also >= 0 and more_preceding[also] != k:
                    also = more_next[also]
                more_chance[also] = 0.0
        begin, stop = new_first[number], new_first[number + 1]
        if stop - begin > last[k] - first[k]:
            first[k] = used
            used += stop - begin
        last[k] = first[k] + stop - begin
        for edge in range(begin, stop):
            j = new_following[edge]
            following[first[k] + edge - begin] = j
            chance[first[k] + edge - begin] = new_chance[edge]
            place = _find(preceding, into_first[j], into_first[j + 1], k)
            if place >= 0:
                into_chance[place] = new_chance[edge]
                continue
            also = more[j]
            while also >= 0 and more_preceding[also] != k:
                also = more_next[also]
            if also < 0:
                also = more_used
                more_used += 1
                more_next[also] = more[j]
                more[j] = also
                more_preceding[also] = k
            more_chance[also] = new_chance[edge]
    return used, more_used


@compiled
def _find(sorted_states: NDArray[np.int32], begin: int, stop: int, state: int) -> int:
    while begin < stop:
        middle = (begin + stop) // 2
        if sorted_states[middle] < state:
            begin = middle + 1
        elif sorted_states[middle] > state:
            stop = middle
        else:
            return middle
    return -1
