"""Forward push: from a source outwards, until no other end can win.

After states were pushed with masses p, the mass r is still on its way, and p (I − Q) + r = e_i. Hence for every
end j

    w(i, j) = p(j) R(j) + Σ_k r(k) w(k, j),

and of w(k, ·) a *fact* is known: named ends with lower and upper bounds, and a bound of all others. Summed up, the
facts bound every end, seen or unseen; the source is settled as soon as one end's lower bound is above the upper
bounds of all others. What was found is the new fact about the source, which later sources use. Mass that comes
back to the source is not pushed again: w(i, ·) (1 − r(i)) is what the rest gives.

Hubs, which everybody reaches, have columns of their own (`columns.py`); here they are rivals of known value.
"""

import numpy as np
from numpy.typing import NDArray

from rewrite_offline.chain.compiling import compiled

__all__ = ["push_all"]

_ROUNDING = 2.3e-16
#: A small lead is followed up with so many times the steps that showed it, and no more than so many.
_FURTHER = 3, 1_000


@compiled
def push_all(
    sources: NDArray[np.int32],
    first: NDArray[np.int64],
    last: NDArray[np.int64],
    following: NDArray[np.int32],
    chance: NDArray[np.float64],
    win: NDArray[np.float64],
    original: NDArray[np.int64],
    hubs: NDArray[np.int32],
    hub_of: NDArray[np.int16],
    column: NDArray[np.float32],
    below: NDArray[np.float64],
    above: NDArray[np.float64],
    bound: NDArray[np.float64],
    name: NDArray[np.int32],
    verdict: NDArray[np.float64],
    target: NDArray[np.int32],
    fate: NDArray[np.uint8],
    contenders: NDArray[np.int32],
    budget: int,
    tie: float,
    clear: float,
) -> int:
    """Settle sources, one after the other; what is known of each is overwritten.

    Parameters
    ----------
    sources
        Which states.
    first, last, following, chance, win, original
        The network.
    hubs, hub_of, column, below, above
        States that are hubs; state → number of the hub, or -1; n × hubs of their columns of w, which lie at most
        `below` under and `above` over what is written there.
    bound, name
        The facts, true before and after: w(k, name[k, a]) is between bound[k, 1 + 2a] and bound[k, 2 + 2a]; of
        every other end that is no hub it is at most bound[k, 0]. A name may be -1, for none.
    verdict, target, fate
        For each state: lower and upper bound of its winner, by how much it leads the next, less the tie, and an
        upper bound of all that are no contenders; the winner; 0 not settled, 1 settled, 2 settled with a tie,
        3 where no end is above the tie.
    contenders
        For each *source*: the ends that are no hubs and may still win, up to a -1; -1 first if they are too many
        or not all seen, -2 first if there are none but hubs.
    budget
        Steps that may be followed from one source.
    tie
        Ends this close to the best are as good.
    clear
        A lead that is shown to be this large is not followed up any further.

    Returns
    -------
    int
        Steps followed.
    """
    n = win.shape[0]
    names = name.shape[1]
    place = np.full(n, -1, np.int32)
    seat = np.full(n, -1, np.int32)
    room = 1024
    state = np.empty(room, np.int32)
    waiting = np.empty(room)
    pushed = np.empty(room)
    unsure = np.empty(room)
    itself = np.empty(room, np.int32)
    held = np.empty((room, 1 + 2 * names))
    named = np.empty((room, names), np.int32)
    end = np.empty(room * names + 1, np.int32)
    at_least = np.empty(room * names + 1)
    at_most = np.empty(room * names + 1)
    total = 0
    for number in range(sources.shape[0]):
        source = sources[number]
        touched, ends, work = 0, 0, 0
        back = 0.0
        hub_low, hub_high, hub_next, hub_best = 0.0, 0.0, 0.0, -1
        for h in range(hubs.shape[0]):
            x = np.float64(column[source, h])
            if x > hub_low or hub_best < 0:
                hub_next = hub_low
                hub_low = x
                hub_best = h
            elif x > hub_next:
                hub_next = x
        hub_high = hub_low + above[source]
        hub_next = hub_next + above[source]
        hub_low = max(hub_low - below[source], 0.0)
        hub_undecided = hub_next >= hub_low - tie
        source_is_end = hub_of[source] < 0
        if source_is_end:
            end[0] = source
            seat[source] = 0
            ends = 1
        current, mass, from_source = source, 1.0, True
        cursor = 0
        theta = 0.0
        enough = -1
        while True:
            begin, stop = first[current], last[current]
            work += stop - begin + 1
            need = touched + (stop - begin) + 1
            if 2 * need > room:
                grown = 4 * need
                state = _grown_ids(state, grown)
                itself = _grown_ids(itself, grown)
                waiting = _grown(waiting, grown)
                pushed = _grown(pushed, grown)
                unsure = _grown(unsure, grown)
                end = _grown_ids(end, grown * names + 1)
                more = np.empty((grown, 1 + 2 * names))
                more[:room] = held
                held = more
                also = np.empty((grown, names), np.int32)
                also[:room] = named
                named = also
                at_least = np.empty(grown * names + 1)
                at_most = np.empty(grown * names + 1)
                room = grown
            for edge in range(begin, stop):
                k = following[edge]
                going = mass * chance[edge]
                if k == source:
                    back += going
                    continue
                m = place[k]
                if m < 0:
                    m = touched
                    touched += 1
                    place[k] = m
                    state[m] = k
                    waiting[m] = going
                    pushed[m] = 0.0
                    itself[m] = -1
                    rest = bound[k, 0]
                    held[m, 0] = rest
                    most = rest
                    for a in range(names):
                        j = name[k, a]
                        if j < 0:
                            named[m, a] = -1
                            continue
                        lo, up = bound[k, 1 + 2 * a], bound[k, 2 + 2 * a]
                        held[m, 1 + 2 * a] = lo
                        held[m, 2 + 2 * a] = up - rest
                        if up - lo > most:
                            most = up - lo
                        if seat[j] < 0:
                            seat[j] = ends
                            end[ends] = j
                            ends += 1
                        named[m, a] = seat[j]
                    unsure[m] = most
                else:
                    waiting[m] += going
            again = from_source
            from_source = False
            found = False
            while not found:
                if again:
                    again = False
                    for e in range(ends):
                        at_least[e] = 0.0
                        at_most[e] = 0.0
                    if source_is_end:
                        at_least[0] = win[source]
                        at_most[0] = win[source]
                    unseen = 0.0
                    largest = 0.0
                    for m in range(touched):
                        r = waiting[m]
                        if r > 0.0:
                            unseen += r * held[m, 0]
                            for a in range(names):
                                e = named[m, a]
                                if e >= 0:
                                    at_least[e] += r * held[m, 1 + 2 * a]
                                    at_most[e] += r * held[m, 2 + 2 * a]
                            if r * unsure[m] > largest:
                                largest = r * unsure[m]
                        e = itself[m]
                        if e >= 0:
                            got = pushed[m] * win[state[m]]
                            at_least[e] += got
                            at_most[e] += got
                    scale = 1.0 / (1.0 - back)
                    error = (work + touched + 8) * _ROUNDING * scale * 4.0
                    best, best_value, highest = -1, 0.0, 0.0
                    for e in range(ends):
                        if at_least[e] > best_value:
                            best, best_value = e, at_least[e]
                        if at_most[e] > highest:
                            highest = at_most[e]
                    near = best_value * scale - error
                    low = max(near, hub_low)
                    top = max((highest + unseen) * scale + error, hub_high)
                    rest = unseen * scale + error
                    rival = rest
                    undecided = rest >= low - tie
                    ties = 0
                    hub_wins = hub_best >= 0 and hub_low >= near
                    smallest = source
                    if hub_wins:
                        smallest = hubs[hub_best]
                    elif best >= 0:
                        smallest = end[best]
                    for e in range(ends):
                        if e != best or hub_wins:
                            could = (at_most[e] + unseen) * scale + error
                            if could > rival:
                                rival = could
                            if could >= low - tie:
                                if at_least[e] * scale - error >= top - tie:
                                    ties += 1
                                    if original[end[e]] < original[smallest]:
                                        smallest = end[e]
                                else:
                                    undecided = True
                    # Pushing does not tell hubs apart; their columns were not exact enough.
                    stuck = False
                    if hub_wins:
                        rival = max(rival, hub_next)
                        high = hub_high
                        stuck = not undecided and hub_undecided
                    else:
                        rival = max(rival, hub_high)
                        high = rest
                        if best >= 0:
                            high = (at_most[best] + unseen) * scale + error
                        undecided = undecided or hub_high >= low - tie
                    nobody = top <= tie
                    undecided = undecided and not nobody
                    settled = not undecided and not stuck
                    if settled and ties == 0 and low - rival - tie < clear and not nobody:
                        # A little further: a lead that is known better outlasts more days.
                        if enough < 0:
                            enough = min(budget, _FURTHER[0] * work, _FURTHER[1])
                        settled = work > enough
                    if stuck or settled or work > budget or largest == 0.0:
                        undecided = undecided or stuck
                        break
                    theta = 0.3 * largest
                    cursor = 0
                while cursor < touched:
                    if waiting[cursor] * unsure[cursor] >= theta:
                        found = True
                        break
                    cursor += 1
                if not found:
                    again = True
            if not found:
                break
            m = cursor
            cursor += 1
            mass = waiting[m]
            waiting[m] = 0.0
            pushed[m] += mass
            current = state[m]
            if itself[m] < 0 and hub_of[current] < 0:
                if seat[current] < 0:
                    seat[current] = ends
                    end[ends] = current
                    ends += 1
                itself[m] = seat[current]
        contenders[number, 0] = -1
        outside = rest
        if undecided and rest < low - tie:
            # Only some ends that were seen can still win: say which.
            held_out = 0
            for e in range(ends):
                could = (at_most[e] + unseen) * scale + error
                if could < low - tie:
                    outside = max(outside, could)
                else:
                    if held_out < contenders.shape[1]:
                        contenders[number, held_out] = end[e]
                    held_out += 1
            if held_out > contenders.shape[1]:
                contenders[number, 0] = -1
            elif held_out < contenders.shape[1]:
                contenders[number, held_out] = -1
                if held_out == 0:
                    contenders[number, 0] = -2
        # The new fact about the source: the ends with the largest upper bounds, by name.
        for a in range(names):
            top_end = -1
            for e in range(ends):
                if at_most[e] > 0.0 and (top_end < 0 or at_most[e] > at_most[top_end]):
                    top_end = e
            if top_end < 0:
                name[source, a] = -1
                continue
            name[source, a] = end[top_end]
            bound[source, 1 + 2 * a] = max(at_least[top_end] * scale - error, 0.0)
            bound[source, 2 + 2 * a] = min((at_most[top_end] + unseen) * scale + error, 1.0)
            at_most[top_end] = -1.0
        for e in range(ends):
            if at_most[e] > 0.0:
                rest = max(rest, (at_most[e] + unseen) * scale + error)
        bound[source, 0] = min(rest, 1.0)
        verdict[source, 0] = low - tie if ties > 0 else low
        verdict[source, 1] = top if nobody else high
        verdict[source, 2] = low - rival - tie
        verdict[source, 3] = outside
        target[source] = smallest
        fate[source] = 3 if nobody else (0 if undecided else (2 if ties > 0 else 1))
        total += work
        for m in range(touched):
            place[state[m]] = -1
        for e in range(ends):
            seat[end[e]] = -1
    return total


@compiled
def _grown(array: NDArray[np.float64], room: int) -> NDArray[np.float64]:
    larger = np.empty(room)
    larger[: array.shape[0]] = array
    return larger


@compiled
def _grown_ids(array: NDArray[np.int32], room: int) -> NDArray[np.int32]:
    larger = np.empty(room, np.int32)
    larger[: array.shape[0]] = array
    return larger
