"""The absorbing Markov chain over what customers meant.

States are interpretations in their dialogue context; a step leads to the interpretation of the request with
which a customer tried again; success and failure absorb (Ponnusamy et al. 2020, section 3). With
P = [[Q, R], [0, I]] and N = (I − Q)⁻¹, w(i, j) = N(i, j) · R(j, success) is the probability that a customer
who starts at i ends, satisfied, at j.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph

from rewrite_offline.errors import NoAbsorbingPath

__all__ = ["AbsorbingChain"]

_SHOWN = 3


@dataclass(frozen=True)
class AbsorbingChain:
    """Transition probabilities between transient states, and of their absorption.

    Attributes
    ----------
    states
        Names of the n transient states; a state's id is its place here.
    steps
        Q, n × n, CSR: probability of going on from row to column.
    success, failure
        R, two columns of length n: probability of ending there, satisfied or not. Each row of Q, success and
        failure sums to one.
    """

    states: tuple[str, ...]
    steps: sparse.csr_matrix
    success: NDArray[np.float64]
    failure: NDArray[np.float64]

    def __post_init__(self) -> None:
        n = len(self.states)
        if self.steps.shape != (n, n) or self.success.shape != (n,) or self.failure.shape != (n,):
            raise ValueError(
                f"{n} states need {n} × {n} steps and {n} outcomes each, "
                f"not {self.steps.shape}, {self.success.shape} and {self.failure.shape}"
            )
        total = np.asarray(self.steps.sum(axis=1)).ravel() + self.success + self.failure
        off = np.flatnonzero(np.abs(total - 1.0) > 1e-9)
        if off.size:
            raise ValueError(f"row of {self.states[off[0]]!r} sums to {total[off[0]]:.12g}, not to 1")
        self._refuse_states_without_an_end()

    @classmethod
    def from_counts(
        cls,
        steps: Mapping[tuple[str, str], float],
        success: Mapping[str, float],
        failure: Mapping[str, float],
    ) -> Self:
        """Make a chain of weighted counts.

        Parameters
        ----------
        steps
            (from, to) → weight of the steps seen.
        success, failure
            State → weight of the customers who ended there, satisfied or not.

        Returns
        -------
        AbsorbingChain
            States in lexical order, so that the same counts give the same ids.

        Raises
        ------
        NoAbsorbingPath
            If some state reaches neither success nor failure.
        """
        names = sorted({state for pair in steps for state in pair} | success.keys() | failure.keys())
        ids = {name: i for i, name in enumerate(names)}
        n = len(names)
        rows = np.fromiter((ids[i] for i, _ in steps), dtype=np.int64, count=len(steps))
        columns = np.fromiter((ids[j] for _, j in steps), dtype=np.int64, count=len(steps))
        weights = np.fromiter(steps.values(), dtype=np.float64, count=len(steps))
        counts = sparse.csr_matrix((weights, (rows, columns)), shape=(n, n))
        won, lost = _column(success, ids), _column(failure, ids)
        total = np.asarray(counts.sum(axis=1)).ravel() + won + lost
        if (stuck := np.flatnonzero(total <= 0)).size:
            raise NoAbsorbingPath([names[i] for i in stuck[:_SHOWN]], int(stuck.size))
        return cls(
            tuple(names), sparse.csr_matrix(sparse.diags(1.0 / total) @ counts), won / total, lost / total
        )

    @cached_property
    def index(self) -> dict[str, int]:
        """State name → id."""
        return {name: i for i, name in enumerate(self.states)}

    def components(self) -> Sequence[NDArray[np.int64]]:
        """Split the states into parts that no step connects, each in ascending order of ids."""
        count, labels = csgraph.connected_components(self.steps, directed=True, connection="weak")
        order = np.argsort(labels, kind="stable")
        return np.split(order, np.searchsorted(labels[order], np.arange(1, count)))

    def _refuse_states_without_an_end(self) -> None:
        """Follow the steps backwards from the states that absorb; what is not reached has no end."""
        absorbs = (self.success + self.failure > 0).astype(np.int8)
        reached = absorbs.astype(bool)
        edge = (self.steps > 0).astype(np.int8).tocsr()
        frontier = reached.copy()
        while frontier.any():
            before = (edge @ frontier.astype(np.int32)) > 0
            frontier = before & ~reached
            reached |= frontier
        if (stuck := np.flatnonzero(~reached)).size:
            raise NoAbsorbingPath([self.states[i] for i in stuck[:_SHOWN]], int(stuck.size))


def _column(weights: Mapping[str, float], ids: Mapping[str, int]) -> NDArray[np.float64]:
    column = np.zeros(len(ids))
    for state, weight in weights.items():
        column[ids[state]] = weight
    return column
