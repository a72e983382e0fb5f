"""The chain as the kernels read it: popular states first, self-loops taken out, rows that can be replaced."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from rewrite_offline.chain.model import AbsorbingChain

__all__ = ["Network"]


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
    into_first, into_last, preceding, into_chance
        The same by column: who steps into k.
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
    into_last: NDArray[np.int64]
    preceding: NDArray[np.int32]
    into_chance: NDArray[np.float64]
    win: NDArray[np.float64]
    ceiling: NDArray[np.float64]

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
        into_first = into.indptr.astype(np.int64)
        return cls(
            original=original,
            rank=rank,
            first=first[:-1].copy(),
            last=first[1:].copy(),
            following=following,
            chance=chance,
            into_first=into_first[:-1].copy(),
            into_last=into_first[1:].copy(),
            preceding=into.indices.astype(np.int32),
            into_chance=into.data,
            win=win,
            ceiling=_ceiling(chain.success[original], chain.failure[original]),
        )

    def __len__(self) -> int:
        return len(self.win)

    def hopeful(self) -> NDArray[np.bool_]:
        """Which states can reach a success."""
        n = len(self)
        rows = np.repeat(np.arange(n), self.last - self.first)
        columns = self.following[: len(rows)]
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
