"""What a day changed: how far every w may have moved.

With Q', R' after the day and ΔQ, ΔR the change of the rows, w' − w = N' (ΔQ w + ΔR), so only the changed rows k and
who reaches them matter. Of row k's part d(k, j) = Σ_l ΔQ(k, l) w(l, j) + ΔR(k) [j = k], what is known of w bounds
how much it lifts any end and how much it lowers any other; δ(k) is the sum of both. Then c = N' δ bounds how much
one end can gain on another, and how far any w has moved. Reverse push from the changed rows bounds c from above;
sweeps of c = δ + Q' c, put in above, come out above, and closer.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from rewrite_offline.chain.compiling import compiled
from rewrite_offline.chain.network import Network
from rewrite_offline.chain.patching import Rows
from rewrite_offline.chain.reverse import spread_back

__all__ = ["Change", "moved"]

#: Sweeps that tighten c, and the residual at which reverse push leaves it to them.
_SWEEPS, _PRECISION = 3, 1e-4


@dataclass(frozen=True)
class Change:
    """What is known of the changed rows' parts d, and bounds of them.

    Attributes
    ----------
    states
        Whose rows.
    shift, longer
        δ, and by how much the expected number of steps may have grown.
    list_first, list_end, list_up, list_down
        Row number r moves the ends `list_end[list_first[r]:list_first[r + 1]]`, in ascending order, up by
        `list_up` + `others_up[r]` at most and down by `list_down` + `others_down[r]`.
    most_up
        No end is moved up by more.
    others_up, others_down
        How far ends that are neither listed nor hubs are moved, at most.
    hub_up, hub_down
        Rows × hubs: how far these are.
    """

    states: NDArray[np.int32]
    shift: NDArray[np.float64]
    longer: NDArray[np.float64]
    list_first: NDArray[np.int64]
    list_end: NDArray[np.int32]
    list_up: NDArray[np.float64]
    list_down: NDArray[np.float64]
    most_up: NDArray[np.float64]
    others_up: NDArray[np.float64]
    others_down: NDArray[np.float64]
    hub_up: NDArray[np.float64]
    hub_down: NDArray[np.float64]

    @classmethod
    def of(
        cls,
        network: Network,
        rows: Rows,
        hub_of: NDArray[np.int16],
        column: NDArray[np.float32],
        below: NDArray[np.float64],
        above: NDArray[np.float64],
        bound: NDArray[np.float64],
        name: NDArray[np.int32],
        steps: NDArray[np.float64],
    ) -> Self:
        """Compare rows with those of a network that they will replace, by all that is known before."""
        m, hubs = len(rows.states), column.shape[1]
        steps_of_both = len(rows.following) + int((network.last - network.first)[rows.states].sum())
        room = steps_of_both * name.shape[1] + m
        change = cls(
            states=rows.states, shift=np.empty(m), longer=np.empty(m), list_first=np.zeros(m + 1, np.int64),
            list_end=np.empty(room, np.int32), list_up=np.empty(room), list_down=np.empty(room),
            most_up=np.empty(m), others_up=np.empty(m), others_down=np.empty(m),
            hub_up=np.zeros((m, hubs)), hub_down=np.zeros((m, hubs)),
        )  # fmt: skip
        _compare(
            rows.states, rows.first, rows.following, rows.chance, rows.win, network.first, network.last,
            network.following, network.chance, network.win, hub_of, column, below, above, bound, name, steps,
            change.shift, change.longer, change.list_first, change.list_end, change.list_up, change.list_down,
            change.most_up, change.others_up, change.others_down, change.hub_up, change.hub_down,
        )  # fmt: skip
        return change


@compiled
def _compare(
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
    hub_of: NDArray[np.int16],
    column: NDArray[np.float32],
    below: NDArray[np.float64],
    above: NDArray[np.float64],
    bound: NDArray[np.float64],
    name: NDArray[np.int32],
    steps: NDArray[np.float64],
    shift: NDArray[np.float64],
    longer: NDArray[np.float64],
    list_first: NDArray[np.int64],
    list_end: NDArray[np.int32],
    list_up: NDArray[np.float64],
    list_down: NDArray[np.float64],
    most_up: NDArray[np.float64],
    others_up: NDArray[np.float64],
    others_down: NDArray[np.float64],
    hub_up: NDArray[np.float64],
    hub_down: NDArray[np.float64],
) -> None:
    """Fill the fields of a `Change`, from `shift` on."""
    n, names, hubs = win.shape[0], name.shape[1], column.shape[1]
    difference, up, down = np.zeros(n), np.zeros(n), np.zeros(n)
    listed = np.zeros(n, np.uint8)
    used = 0
    for number in range(states.shape[0]):
        k = states[number]
        for edge in range(first[k], last[k]):
            difference[following[edge]] -= chance[edge]
        for edge in range(new_first[number], new_first[number + 1]):
            difference[new_following[edge]] += new_chance[edge]
        gained = new_win[number] - win[k]
        rises, falls, more_steps, sizes, terms = 0.0, 0.0, 0.0, 0.0, 0
        if hub_of[k] >= 0:
            hub_up[number, hub_of[k]] = gained
            hub_down[number, hub_of[k]] = -gained
        else:
            listed[k] = 1
            list_end[used] = k
            used += 1
            up[k], down[k] = gained, -gained
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
                sizes += size
                terms += 1
                more_steps += d * steps[q]
                if d > 0.0:
                    rises += size * bound[q, 0]
                else:
                    falls += size * bound[q, 0]
                for a in range(names):
                    j = name[q, a]
                    if j < 0:
                        continue
                    if listed[j] == 0:
                        listed[j] = 1
                        list_end[used] = j
                        used += 1
                        up[j], down[j] = 0.0, 0.0
                    # What is taken away from others lowers them, and is known to be so much at least.
                    if d > 0.0:
                        up[j] += size * (bound[q, 2 + 2 * a] - bound[q, 0])
                        down[j] -= size * bound[q, 1 + 2 * a]
                    else:
                        down[j] += size * (bound[q, 2 + 2 * a] - bound[q, 0])
                        up[j] -= size * bound[q, 1 + 2 * a]
                for h in range(hubs):
                    highest = size * (column[q, h] + above[q])
                    lowest = size * max(column[q, h] - below[q], 0.0)
                    if d > 0.0:
                        hub_up[number, h] += highest
                        hub_down[number, h] -= lowest
                    else:
                        hub_down[number, h] += highest
                        hub_up[number, h] -= lowest
        # Values are at most one, and every term rounds.
        rounding = 2.4e-16 * (terms + 10) * sizes + 1e-15
        rises, falls = rises + rounding, falls + rounding
        highest_up, highest_down = 0.0, 0.0
        begin = list_first[number]
        list_first[number + 1] = used
        list_end[begin:used] = np.sort(list_end[begin:used])
        for place in range(begin, used):
            j = list_end[place]
            list_up[place], list_down[place] = up[j], down[j]
            highest_up, highest_down = max(highest_up, up[j]), max(highest_down, down[j])
            listed[j] = 0
        highest_up, highest_down = highest_up + rises, highest_down + falls
        for h in range(hubs):
            hub_up[number, h] += rounding
            hub_down[number, h] += rounding
            highest_up = max(highest_up, hub_up[number, h])
            highest_down = max(highest_down, hub_down[number, h])
        others_up[number], others_down[number], most_up[number] = rises, falls, highest_up
        shift[number] = (highest_up + highest_down) * (1.0 + 1e-9)
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
    """
    longer, left, rest = _spread(network, hub_of, hubs, change.states, change.longer, 1e-3)
    # Nobody is at a hub more often than there are steps.
    shrunk = 1.0 - rest - left.sum()
    if shrunk < 0.5:
        return None
    new_steps = (steps + longer) / shrunk
    found, left, rest = _spread(network, hub_of, hubs, change.states, change.shift, _PRECISION)
    # N(i, hub) moves by c(i) / R(hub) at most.
    through = left / hub_win
    shrunk = 1.0 - float(through.sum())
    if shrunk < 0.5:
        return None
    _finish(found, column, through.astype(np.float32), above, float(through.sum()), new_steps, rest, shrunk)
    mass = np.zeros(len(network))
    mass[change.states] = change.shift
    _tighten(found, mass, network.first, network.last, network.following, network.chance, _SWEEPS)
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


@compiled
def _tighten(
    by: NDArray[np.float64],
    mass: NDArray[np.float64],
    first: NDArray[np.int64],
    last: NDArray[np.int64],
    following: NDArray[np.int32],
    chance: NDArray[np.float64],
    sweeps: int,
) -> None:
    """Sweep over an upper bound of c = mass + Q' c, the rarest state first."""
    for _ in range(sweeps):
        for k in range(by.shape[0] - 1, -1, -1):
            sum_ = mass[k]
            for edge in range(first[k], last[k]):
                sum_ += chance[edge] * by[following[edge]]
            by[k] = min(by[k], sum_ * (1.0 + 1e-11))
