"""The chain as the kernels read it: popular states first, self-loops taken out, rows that can be replaced."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from rewrite_offline.chain.model import AbsorbingChain

__all__ = ["Network"]

#: Room for rows to come: one in so many of the steps there are.
_ROOM = 5


#: Arrays `into_first`, `preceding`, `into_chance`, and the four of `more`.
Backwards = tuple[
    NDArray[np.int64], NDArray[np.int32], NDArray[np.float64],
    NDArray[np.int32], NDArray[np.int32], NDArray[np.int32], NDArray[np.float64],
]  # fmt: skip


@dataclass
class Network:
    """A chain's numbers, its states in the order of how much of the traffic steps into them.

    Popular states are read all the time, so they lie side by side. A self-loop is no step to anywhere: who takes it
    is where they were, so a row without it, scaled to sum to one with its absorption, has the same w.

    Attributes
    ----------
    original, rank
        Place here → id in the chain, and back.
    first, last, following, chance
        Row k of Q is `following[first[k]:last[k]]` with probabilities `chance`.
    into_first, preceding, into_chance
        The same by column, sorted: who steps into k is `preceding[into_first[k]:into_first[k + 1]]`.
    more, more_next, more_preceding, more_chance
        And who does so since rows were replaced: a list that starts at `more[k]` and ends with -1.
    used, more_used
        How much of `following` and of `more_preceding` is in use; both have room for rows to come.
    win
        R(·, success).
    ceiling
        An upper bound of w(k, k) that needs no solving: who absorbs at k at all does so satisfied in this share.
    """

    original: NDArray[np.int64]
    rank: NDArray[np.int64]
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    following: NDArray[np.int32]
    chance: NDArray[np.float64]
    into_first: NDArray[np.int64]
    preceding: NDArray[np.int32]
    into_chance: NDArray[np.float64]
    more: NDArray[np.int32]
    more_next: NDArray[np.int32]
    more_preceding: NDArray[np.int32]
    more_chance: NDArray[np.float64]
    win: NDArray[np.float64]
    ceiling: NDArray[np.float64]
    used: int
    more_used: int = 0

    @classmethod
    def of(cls, chain: AbsorbingChain) -> Self:
        """Order a chain."""
        n = len(chain.states)
        inflow = np.asarray(chain.steps.sum(axis=0)).ravel()
        original = np.argsort(-inflow, kind="stable")
        rank = np.empty(n, np.int64)
        rank[original] = np.arange(n)
        steps = chain.steps[original]
        steps = sparse.csr_matrix(
            (steps.data, rank[steps.indices].astype(np.int32), steps.indptr), shape=(n, n)
        )
        loops = steps.diagonal()
        rows = np.repeat(np.arange(n, dtype=np.int32), np.diff(steps.indptr))
        keep = (rows != steps.indices) & (steps.data > 0)
        chance = steps.data[keep] / (1.0 - loops[rows[keep]])
        following, rows = steps.indices[keep], rows[keep]
        first = np.searchsorted(rows, np.arange(n + 1)).astype(np.int64)
        into = sparse.csr_matrix((chance, following, first), shape=(n, n)).tocsc()
        win = chain.success[original] / (1.0 - loops)
        used, room = len(following), len(following) // _ROOM + 1_000
        return cls(
            original=original,
            rank=rank,
            first=first[:-1].copy(),
            last=first[1:].copy(),
            following=np.append(following, np.zeros(room, np.int32)),
            chance=np.append(chance, np.zeros(room)),
            into_first=into.indptr.astype(np.int64),
            preceding=into.indices.astype(np.int32),
            into_chance=into.data,
            more=np.full(n, -1, np.int32),
            more_next=np.full(room, -1, np.int32),
            more_preceding=np.zeros(room, np.int32),
            more_chance=np.zeros(room),
            win=win,
            ceiling=_ceiling(chain.success[original], chain.failure[original]),
            used=used,
        )

    def __len__(self) -> int:
        return len(self.win)

    def backwards(self) -> Backwards:
        """Who steps into whom, as the kernels take it."""
        return (
            self.into_first, self.preceding, self.into_chance,
            self.more, self.more_next, self.more_preceding, self.more_chance,
        )  # fmt: skip

    def hopeful(self) -> NDArray[np.bool_]:
        """Which states can reach a success."""
        n = len(self)
        rows = np.repeat(np.arange(n), self.last - self.first)
        columns = self.following[: self.used]
        reached: NDArray[np.bool_] = self.win > 0
        while True:
            more = np.zeros(n, bool)
            more[rows[reached[columns]]] = True
            more |= reached
            if (more == reached).all():
                return reached
            reached = more


def _ceiling(success: NDArray[np.float64], failure: NDArray[np.float64]) -> NDArray[np.float64]:
    absorbed = success + failure
    return np.divide(success, absorbed, out=np.zeros_like(success), where=absorbed > 0)
