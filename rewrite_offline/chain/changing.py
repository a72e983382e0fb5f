"""What a day changed: how far every w may have moved.

With Q', R' after the day and ΔQ, ΔR the change of the rows, w' − w = N' (ΔQ w + ΔR), so only the changed rows k and
who reaches them matter. Of row k's part d(k, j) = Σ_l ΔQ(k, l) w(l, j) + ΔR(k) [j = k], what is known of w bounds
how much it lifts any end and how much it lowers any other; δ(k) is the sum of both. Then c = N' δ bounds how much
one end can gain on another, and how far any w has moved. c is found by reverse push from the changed rows.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rewrite_offline.chain.compiling import compiled
from rewrite_offline.chain.network import Network
from rewrite_offline.chain.reverse import spread_back

__all__ = ["Change", "change_of_rows", "moved"]


@dataclass(frozen=True)
class Change:
    """Of every changed row: δ, and by how much its expected number of steps may have grown."""

    states: NDArray[np.int32]
    shift: NDArray[np.float64]
    longer: NDArray[np.float64]


@compiled
def change_of_rows(
    states: NDArray[np.int32],
    new_first: NDArray[np.int64],
    new_following: NDArray[np.int32],
    new_chance: NDArray[np.float64],
    new_win: NDArray[np.float64],
    first: NDArray[np.int64],
    last: NDArray[np.int64],
    following: NDArray[np.int32],
    chance: NDArray[np.float64],
    win: NDArray[np.float64],
    column: NDArray[np.float32],
    below: NDArray[np.float64],
    above: NDArray[np.float64],
    bound: NDArray[np.float64],
    name: NDArray[np.int32],
    steps: NDArray[np.float64],
    shift: NDArray[np.float64],
    longer: NDArray[np.float64],
) -> None:
    """Fill `shift` and `longer` of the changed rows, before they are replaced.

    The bound of δ covers the ends that facts name, all others, and the hubs, whether or not they absorb more than
    before.
    """
    n, names, hubs = win.shape[0], name.shape[1], column.shape[1]
    difference = np.zeros(n)
    up, down = np.zeros(n), np.zeros(n)
    hub_up, hub_down = np.zeros(hubs), np.zeros(hubs)
    for number in range(states.shape[0]):
        k = states[number]
        for edge in range(first[k], last[k]):
            difference[following[edge]] -= chance[edge]
        for edge in range(new_first[number], new_first[number + 1]):
            difference[new_following[edge]] += new_chance[edge]
        gained = new_win[number] - win[k]
        up[k] += max(gained, 0.0)
        down[k] += max(-gained, 0.0)
        others_up, others_down, more_steps = 0.0, 0.0, 0.0
        hub_up[:] = 0.0
        hub_down[:] = 0.0
        for half in range(2):
            begin, stop = first[k], last[k]
            if half == 1:
                begin, stop = new_first[number], new_first[number + 1]
            for edge in range(begin, stop):
                q = following[edge] if half == 0 else new_following[edge]
                d = difference[q]
                # Each successor once: what is done is cleared.
                difference[q] = 0.0
                if d == 0.0:
                    continue
                size = abs(d)
                more_steps += d * steps[q]
                if d > 0.0:
                    others_up += size * bound[q, 0]
                else:
                    others_down += size * bound[q, 0]
                for a in range(names):
                    j = name[q, a]
                    if j >= 0:
                        # What is taken away from others lowers them, and is known to be so much at least.
                        if d > 0.0:
                            up[j] += size * (bound[q, 2 + 2 * a] - bound[q, 0])
                            down[j] -= size * bound[q, 1 + 2 * a]
                        else:
                            down[j] += size * (bound[q, 2 + 2 * a] - bound[q, 0])
                            up[j] -= size * bound[q, 1 + 2 * a]
                for h in range(hubs):
                    if d > 0.0:
                        hub_up[h] += size * (column[q, h] + above[q])
                        hub_down[h] -= size * max(column[q, h] - below[q], 0.0)
                    else:
                        hub_down[h] += size * (column[q, h] + above[q])
                        hub_up[h] -= size * max(column[q, h] - below[q], 0.0)
        highest_up, highest_down = max(up[k], 0.0), max(down[k], 0.0)
        for half in range(2):
            begin, stop = first[k], last[k]
            if half == 1:
                begin, stop = new_first[number], new_first[number + 1]
            for edge in range(begin, stop):
                q = following[edge] if half == 0 else new_following[edge]
                for a in range(names):
                    j = name[q, a]
                    if j >= 0:
                        highest_up = max(highest_up, up[j])
                        highest_down = max(highest_down, down[j])
                        if j != k:
                            up[j] = 0.0
                            down[j] = 0.0
        up[k] = 0.0
        down[k] = 0.0
        highest_up += others_up
        highest_down += others_down
        for h in range(hubs):
            highest_up = max(highest_up, hub_up[h] + abs(gained))
            highest_down = max(highest_down, hub_down[h] + abs(gained))
        shift[number] = (highest_up + highest_down) * (1.0 + 1e-9) + 1e-15
        longer[number] = max(more_steps, 0.0) * (1.0 + 1e-9) + 1e-12


def moved(
    network: Network,
    hubs: NDArray[np.int32],
    hub_of: NDArray[np.int16],
    column: NDArray[np.float32],
    hub_win: NDArray[np.float64],
    above: NDArray[np.float64],
    steps: NDArray[np.float64],
    change: Change,
    precision: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """c, and an upper bound of the new expected numbers of steps; None if the changes are too large to be bounded.

    Parameters
    ----------
    network
        After the change.
    hubs, hub_of, column, hub_win, above, steps
        As before the change: N(i, hub) = w(i, hub) / hub_win.
    change
        Of the rows.
    precision
        Residual at which reverse push stops; the bound counts it.
    """
    longer, left, rest = _spread(network, hub_of, hubs, change.states, change.longer, 1e-3)
    # Nobody is at a hub more often than there are steps.
    shrunk = 1.0 - rest - left.sum()
    if shrunk < 0.5:
        return None
    new_steps = (steps + longer) / shrunk
    found, left, rest = _spread(network, hub_of, hubs, change.states, change.shift, precision)
    # N(i, hub) moves by c(i) / R(hub) at most.
    through = left / hub_win
    shrunk = 1.0 - float(through.sum())
    if shrunk < 0.5:
        return None
    _finish(found, column, through.astype(np.float32), above, float(through.sum()), new_steps, rest, shrunk)
    return found, new_steps


def _spread(
    network: Network,
    hub_of: NDArray[np.int16],
    hubs: NDArray[np.int32],
    states: NDArray[np.int32],
    mass: NDArray[np.float64],
    precision: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Reverse push of `mass` at `states`: what is known, what is left at each hub, what is left elsewhere."""
    n = len(network)
    known, left = np.zeros(n), np.zeros(n)
    left[states] = mass
    touched, seen = np.empty(n, np.int32), np.zeros(n, np.uint8)
    touched[: len(states)] = states
    seen[states] = 1
    _, rest, _ = spread_back(
        *network.backwards(), hub_of, known, left, touched, len(states), seen, precision, 1 << 60
    )
    return known, left[hubs], rest


@compiled
def _finish(
    found: NDArray[np.float64],
    column: NDArray[np.float32],
    through: NDArray[np.float32],
    above: NDArray[np.float64],
    all_through: float,
    steps: NDArray[np.float64],
    rest: float,
    shrunk: float,
) -> None:
    """Bound c by (pushed + rest · T + Σ over hubs of left · N) / (1 − Σ left / R), with N of before the change."""
    for i in range(found.shape[0]):
        sum_ = 0.0
        for h in range(through.shape[0]):
            sum_ += through[h] * column[i, h]
        found[i] = (found[i] + rest * steps[i] + sum_ + all_through * above[i]) / shrunk
        found[i] = found[i] * (1.0 + 1e-6)
