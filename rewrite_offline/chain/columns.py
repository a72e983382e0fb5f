"""Columns of w: one end, all sources at once.

Column j is the least solution of x = R(j) e_j + Q x, so sweeps from zero stay below it. What is missing is
N (R(j) e_j + Q x − x) ≤ ρ · T with ρ the largest residual and T = N 1 the expected number of steps, for which
sweeps of T = 1 + Q T give an upper bound in the same way: T ≤ T̂ / (1 − ρ').
"""

import numpy as np
from numpy.typing import NDArray

from rewrite_offline.chain.compiling import compiled
from rewrite_offline.chain.network import Network

__all__ = ["UNKNOWN", "columns_of", "steps_to_the_end"]

#: So many steps that no bound made of it says anything; not infinite, so that none of it is none.
UNKNOWN = 1e200
#: An expected number of steps need not be exact: a tenth too many widens all bounds by a tenth.
_STEPS_RESIDUAL = 0.1


def columns_of(
    network: Network, ends: NDArray[np.int32], precision: float, most_sweeps: int
) -> tuple[NDArray[np.float64], float]:
    """w(·, j) of some ends j.

    Parameters
    ----------
    network
        Of n states.
    ends
        Which, in the network's order.
    precision
        Residual at which to stop.
    most_sweeps
        Stop after so many; the residual says what is missing.

    Returns
    -------
    tuple
        n × len(ends), from below, and the largest residual ρ, so that w ≤ column + ρ · T.
    """
    n, h = len(network), len(ends)
    column, gain = np.zeros((n, h)), np.zeros((n, h))
    gain[ends, np.arange(h)] = network.win[ends]
    graph = network.first, network.last, network.following, network.chance
    for _ in range(most_sweeps):
        if _sweep(*graph, column, gain) <= precision:
            break
    # A row's sum is at most one, and rounds once a step.
    rounding = 2.4e-16 * (2 + float((network.last - network.first).max()))
    return column, float(_residual(*graph, column, gain)) + rounding


def steps_to_the_end(network: Network, most_sweeps: int) -> NDArray[np.float64]:
    """Upper bound of the expected number of steps from every state; `UNKNOWN` if that does not converge."""
    n = len(network)
    steps, one = np.ones((n, 1)), np.ones((n, 1))
    graph = network.first, network.last, network.following, network.chance
    for _ in range(most_sweeps):
        if _sweep(*graph, steps, one) <= _STEPS_RESIDUAL:
            break
    residual = _residual(*graph, steps, one)
    if residual >= 0.5:
        return np.full(n, UNKNOWN)
    found: NDArray[np.float64] = steps[:, 0] / (1.0 - residual) * (1.0 + 1e-9)
    return found


@compiled
def _sweep(
    first: NDArray[np.int64],
    last: NDArray[np.int64],
    following: NDArray[np.int32],
    chance: NDArray[np.float64],
    column: NDArray[np.float64],
    gain: NDArray[np.float64],
) -> float:
    """Set every row, the rarest state first, to gain + Q x; the largest change."""
    n, h = column.shape
    largest = 0.0
    row = np.empty(h)
    for k in range(n - 1, -1, -1):
        for a in range(h):
            row[a] = gain[k, a]
        for edge in range(first[k], last[k]):
            x = chance[edge]
            j = following[edge]
            for a in range(h):
                row[a] += x * column[j, a]
        for a in range(h):
            change = row[a] - column[k, a]
            if change > largest:
                largest = change
            column[k, a] = row[a]
    return largest


@compiled
def _residual(
    first: NDArray[np.int64],
    last: NDArray[np.int64],
    following: NDArray[np.int32],
    chance: NDArray[np.float64],
    column: NDArray[np.float64],
    gain: NDArray[np.float64],
) -> float:
    n, h = column.shape
    largest = 0.0
    row = np.empty(h)
    for k in range(n):
        for a in range(h):
            row[a] = gain[k, a] - column[k, a]
        for edge in range(first[k], last[k]):
            x = chance[edge]
            j = following[edge]
            for a in range(h):
                row[a] += x * column[j, a]
        for a in range(h):
            if abs(row[a]) > largest:
                largest = abs(row[a])
    return largest
