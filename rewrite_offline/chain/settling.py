"""Every source of a network settled: bounds of hubs, passes of facts, push, contenders."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rewrite_offline.chain.changing import Change, moved
from rewrite_offline.chain.columns import UNKNOWN, columns_of, steps_to_the_end
from rewrite_offline.chain.judging import judge
from rewrite_offline.chain.keeping import Day, keep
from rewrite_offline.chain.model import AbsorbingChain
from rewrite_offline.chain.network import Network
from rewrite_offline.chain.patching import replace_rows, rows_of
from rewrite_offline.chain.push import push_all
from rewrite_offline.chain.refreshing import refresh, widen
from rewrite_offline.chain.reverse import weigh_contenders

__all__ = ["Knowledge", "pass_over", "settle"]

TIE = 1e-9
#: Hubs have columns of their own. What follows was found on the benchmark's graph; any value gives the same winners.
_HUBS, _HUB_PRECISION = 16, 1e-7
#: Ends that a fact knows by name, and passes, at least and at most, in which every fact is made of its neighbours'.
_NAMES, _PASSES, _MOST_PASSES = 4, 4, 400
#: Contenders at most, for a source to be decided by columns of its contenders.
_CONTENDERS = 12
#: By round: steps of forward push a source; residual of reverse push from its contenders, and the steps of reverse
#: push that each pair of contender and source allows. Popular contenders are worth less of it than rare ones.
_ROUNDS = (
    (60, 1e-3, 300),
    (300, 1e-4, 2_000),
    (2_000, 1e-5, 10_000),
    (10_000, 1e-6, 30_000),
    (30_000, 1e-7, 60_000),
    (100_000, 1e-8, 100_000),
    (300_000, 1e-9, 300_000),
    (1_000_000, 1e-10, 1_000_000),
    (10_000_000, 1e-13, 30_000_000),
)
#: From so many steps on, hubs are valued by push as other contenders are, and contenders once known stay.
_DEEP = 10_000
#: A lead this small, and this small a share of the residual, is found out a little better: it may outlast a day.
_CLEAR, _CLEAR_SHARE = 1e-4, 0.1
#: States whose hubs' columns are made exact after a day, and steps for each; steps to show that a source keeps its
#: winner, against anybody and against its contenders.
_POPULAR, _POPULAR_STEPS = 256, 3_000
_KEEPING_ANY, _KEEPING = 300, 3_000
#: At the end contenders' columns are solved to this residual, so many at once.
_EXACT, _AT_ONCE = 1e-15, 8
_MOST_SWEEPS = 3_000


@dataclass
class Knowledge:
    """What is known of every source of a network; every bound in it is true at any time.

    Arrays are those of `push_all`, in the network's order, and `steps`, an upper bound of the expected number of
    steps to an end.
    """

    network: Network
    steps: NDArray[np.float64]
    hubs: NDArray[np.int32]
    hub_of: NDArray[np.int16]
    column: NDArray[np.float32]
    below: NDArray[np.float64]
    above: NDArray[np.float64]
    bound: NDArray[np.float64]
    name: NDArray[np.int32]
    verdict: NDArray[np.float64]
    target: NDArray[np.int32]
    fate: NDArray[np.uint8]
    followed: int = 0
    day: Day | None = None

    @classmethod
    def of_hubs(cls, network: Network, hubs: int = _HUBS) -> "Knowledge":
        """Solve for the hubs' columns; of other ends nothing is known but what needs no solving."""
        n = len(network)
        steps = steps_to_the_end(network, _MOST_SWEEPS)
        inflow = np.zeros(n)
        np.add.at(inflow, network.following, network.chance)
        worth = inflow * network.win
        chosen = np.argsort(-worth, kind="stable")[: min(hubs, n // 100)].astype(np.int32)
        chosen = chosen[worth[chosen] > 0]
        hub_of = np.full(n, -1, np.int16)
        hub_of[chosen] = np.arange(len(chosen))
        exact, residual = columns_of(network, chosen, _HUB_PRECISION, _MOST_SWEEPS)
        column = exact.astype(np.float32)
        bound, name = np.zeros((n, 1 + 2 * _NAMES)), np.full((n, _NAMES), -1, np.int32)
        bound[:, 0] = network.hopeful()
        bound[:, 1], bound[:, 2] = network.win, network.ceiling
        name[:, 0] = np.where(hub_of < 0, np.arange(n), -1)
        return cls(
            network, steps, chosen, hub_of, column,
            # A float32 is off by one part in 2^24; values are at most one.
            below=np.full(n, 6e-8) if len(chosen) else np.zeros(n),
            above=residual * steps + 6e-8 if len(chosen) else np.zeros(n),
            bound=bound, name=name, verdict=np.zeros((n, 4)), target=np.arange(n, dtype=np.int32),
            fate=np.zeros(n, np.uint8),
        )  # fmt: skip

    def change(self, chain: AbsorbingChain, changed: NDArray[np.int64]) -> bool:
        """Replace rows, and keep all that is known true; False where that cannot be, and all must be solved anew.

        What the change unsettles has fate 0 after it.
        """
        net = self.network
        rows = rows_of(net, chain, changed)
        change = Change.of(
            net, rows, self.hub_of, self.column, self.below, self.above, self.bound, self.name, self.steps
        )
        hub_win = net.win[self.hubs]
        if self.steps.max() >= UNKNOWN or not replace_rows(net, rows) or (net.win[self.hubs] <= 0).any():
            return False
        found = moved(net, self.hubs, self.hub_of, self.column, hub_win, self.above, self.steps, change)
        if found is None:
            return False
        by, self.steps = found
        lead = np.where(self.fate == 1, self.verdict[:, 2], 0.0)
        widen(by, self.bound, self.verdict, self.fate, self.below, self.above, TIE)
        self.day = Day.of(change, by, self.target, lead, self.verdict)
        self.refresh(np.arange(min(_POPULAR, len(net)), dtype=np.int32), _POPULAR_STEPS)
        return True

    def keep(self, sources: NDArray[np.int32], contenders: NDArray[np.int32], budget: int) -> None:
        """Settle those sources whose winner the day before cannot have been overtaken."""
        net, day = self.network, self.day
        if day is None:
            return
        change = day.change
        self.followed += keep(
            sources, contenders, net.first, net.last, net.following, net.chance, self.hubs, self.hub_of, self.column,
            self.above, day.row_of, change.list_first, change.list_end, change.list_up, change.list_down,
            change.most_up, change.others_up, change.others_down, change.hub_up, change.hub_down, day.by, day.winner,
            day.lead, day.between, self.verdict, self.target, self.fate, budget, TIE,
        )  # fmt: skip

    def refresh(self, sources: NDArray[np.int32], budget: int) -> None:
        """Make rows of the hubs' columns exact again."""
        net = self.network
        refresh(
            sources, net.first, net.last, net.following, net.chance, net.win, self.hubs, self.hub_of,
            self.column, self.below, self.above, 3e-7, budget,
        )  # fmt: skip

    def push(self, sources: NDArray[np.int32], budget: int) -> NDArray[np.int32]:
        """Push forward from sources; the contenders of those not settled."""
        net = self.network
        contenders = np.empty((len(sources), _CONTENDERS), np.int32)
        self.followed += push_all(
            sources, net.first, net.last, net.following, net.chance, net.win, net.original, self.hubs,
            self.hub_of, self.column, self.below, self.above, self.bound, self.name, self.verdict,
            self.target, self.fate, contenders, budget, TIE, _CLEAR,
        )  # fmt: skip
        return contenders

    def weigh(
        self,
        sources: NDArray[np.int32],
        contenders: NDArray[np.int32],
        precision: float,
        budget: int,
        forward: int,
    ) -> None:
        """Decide between contenders by reverse push from each."""
        open_ = (self.fate[sources] == 0) & (contenders[:, 0] != -1)
        sources, contenders = sources[open_], contenders[open_]
        if not len(sources):
            return
        deep = forward >= _DEEP
        pairs = self._with_hubs(sources, contenders) if deep else _Pairs(sources, contenders)
        lower, upper = np.empty(len(pairs.end)), np.empty(len(pairs.end))
        order = np.argsort(pairs.end, kind="stable")
        ends, first = np.unique(pairs.end[order], return_index=True)
        net = self.network
        by_end = np.empty(len(order)), np.empty(len(order))
        weigh_contenders(
            ends.astype(np.int32), np.append(first, len(order)).astype(np.int64), pairs.source[order],
            net.first, net.last, net.following, net.chance, *net.backwards(), net.win, self.hubs, self.hub_of,
            self.column, self.below, self.above, self.steps, precision, budget, forward, *by_end,
        )  # fmt: skip
        lower[order], upper[order] = by_end
        clear = 0.0 if deep else _CLEAR_SHARE * precision
        if deep:
            none = np.zeros(0, np.int32), np.zeros((len(self.network), 0), np.float32)
            self._judge(pairs, lower, upper, *none, self.below, self.above, clear)
        else:
            self._judge(pairs, lower, upper, self.hubs, self.column, self.below, self.above, clear)

    def _with_hubs(self, sources: NDArray[np.int32], contenders: NDArray[np.int32]) -> "_Pairs":
        """Pairs of sources with their contenders, and with those hubs that may win."""
        values = self.column[sources].astype(np.float64)
        close = values + self.above[sources, None] >= self.verdict[sources, 0, None] - TIE
        self.verdict[sources, 3] = np.maximum(
            self.verdict[sources, 3],
            np.where(close, 0.0, values + self.above[sources, None]).max(axis=1, initial=0.0),
        )
        return _Pairs(sources, contenders, [self.hubs[row] for row in close])

    def weigh_exactly(self, sources: NDArray[np.int32], contenders: NDArray[np.int32]) -> None:
        """Decide between contenders by their columns, hubs among them."""
        open_ = (self.fate[sources] == 0) & (contenders[:, 0] != -1)
        sources, contenders = sources[open_], contenders[open_]
        if not len(sources):
            return
        pairs = self._with_hubs(sources, contenders)
        lower, upper = np.empty(len(pairs.end)), np.empty(len(pairs.end))
        ends = np.unique(pairs.end).astype(np.int32)
        for start in range(0, len(ends), _AT_ONCE):
            some = ends[start : start + _AT_ONCE]
            column, residual = columns_of(self.network, some, _EXACT, _MOST_SWEEPS)
            mine = np.flatnonzero(np.isin(pairs.end, some))
            found = column[pairs.source[mine], np.searchsorted(some, pairs.end[mine])]
            off = residual * self.steps[pairs.source[mine]]
            lower[mine], upper[mine] = np.maximum(found - off, 0.0), found + off
        # The hubs that may win are among the pairs.
        none = np.zeros(0, np.int32), np.zeros((len(self.network), 0), np.float32)
        self._judge(pairs, lower, upper, *none, self.below, self.above, 0.0)

    def _judge(
        self,
        pairs: "_Pairs",
        lower: NDArray[np.float64],
        upper: NDArray[np.float64],
        hubs: NDArray[np.int32],
        column: NDArray[np.float32],
        below: NDArray[np.float64],
        above: NDArray[np.float64],
        clear: float,
    ) -> None:
        judge(
            pairs.sources, pairs.first, pairs.end, lower, upper, hubs, column, below, above,
            self.network.original, self.verdict, self.target, self.fate, TIE, clear,
        )  # fmt: skip


class _Pairs:
    """Sources and their contenders, flat."""

    def __init__(
        self,
        sources: NDArray[np.int32],
        contenders: NDArray[np.int32],
        more: list[NDArray[np.int32]] | None = None,
    ) -> None:
        used = np.logical_and.accumulate(contenders >= 0, axis=1)
        self.sources = sources
        rows = [row[keep] for row, keep in zip(contenders, used, strict=True)] if more is not None else []
        if more is not None:
            rows = [np.concatenate(pair) for pair in zip(rows, more, strict=True)]
            counts = np.array([len(row) for row in rows], np.int64)
            self.end = np.concatenate(rows).astype(np.int32) if rows else np.zeros(0, np.int32)
        else:
            counts = used.sum(axis=1).astype(np.int64)
            self.end = contenders[used]
        self.first = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        self.source = np.repeat(sources, counts)


def _open(
    known: Knowledge, sources: NDArray[np.int32], contenders: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    left = known.fate[sources] == 0
    return sources[left], contenders[left]


def pass_over(known: Knowledge, sources: NDArray[np.int32]) -> None:
    """Make every fact of its neighbours' facts, often enough.

    A pass tells what is one step further away, and most ends are no further than twice the mean.
    """
    mean = min(float(known.steps.mean()), 1e6)
    for _ in range(int(np.clip(2.0 * mean - 2.0, _PASSES, _MOST_PASSES))):
        known.push(sources, 0)


def settle(known: Knowledge, sources: NDArray[np.int32]) -> NDArray[np.int32]:
    """Settle sources; which of them could not be.

    Parameters
    ----------
    known
        Everything there is to know, some of which this finds out.
    sources
        Which states, the most popular first.
    """
    contenders = np.full((len(sources), _CONTENDERS), -1, np.int32)
    known.keep(sources, contenders, _KEEPING_ANY)
    for forward, precision, backward in _ROUNDS:
        sources, contenders = _open(known, sources, contenders)
        some = contenders[:, 0] == -1 if forward > _DEEP else np.ones(len(sources), bool)
        contenders[some] = known.push(sources[some], forward)
        if known.day is not None:
            sources, contenders = _open(known, sources, contenders)
            known.keep(sources, contenders, max(forward, _KEEPING))
            sources, contenders = _open(known, sources, contenders)
            if forward < _DEEP:
                known.refresh(sources, forward)
        known.weigh(sources, contenders, precision, backward, forward)
    if len(sources) and known.steps.max() < UNKNOWN:
        known.weigh_exactly(sources, contenders)
    left: NDArray[np.int32] = sources[known.fate[sources] == 0]
    return left
