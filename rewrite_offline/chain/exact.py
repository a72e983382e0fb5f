"""The chain solved exactly, one component at a time."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import linalg

from rewrite_offline.chain.model import AbsorbingChain

__all__ = ["ExactSolver", "Solver", "Winners", "choose", "component_winners"]

#: Candidates closer than this to the best are a tie; the smallest id is named.
TIE = 1e-9


@dataclass(frozen=True)
class Winners:
    """For every source its best end.

    Attributes
    ----------
    target
        Length n: argmax_j w(i, j) over the component of i, the smallest id among ties.
    probability
        Length n: w(i, target).
    tied
        Length n: whether another state came within 1e-9 of it.
    """

    target: NDArray[np.int64]
    probability: NDArray[np.float64]
    tied: NDArray[np.bool_]


class Solver(Protocol):
    """Whatever can say where a customer ends, satisfied: the seam for faster solvers than the exact one."""

    def ends(self, chain: AbsorbingChain, start: NDArray[np.float64]) -> NDArray[np.float64]:
        """Probability of ending, satisfied, at each state: Σ_i start(i) w(i, ·). Lengths n."""
        ...

    def winners(self, chain: AbsorbingChain) -> Winners:
        """Best end of every source."""
        ...


class ExactSolver:
    """Solves (I − Q)ᵀ x = start; never forms N.

    A component is factored once (sparse LU) and solved once per source, so the cost grows with the square of
    a component; where components are large, use a solver that works locally.

    Examples
    --------
    >>> steps, success, failure = {("maj", "imagine"): 8.0}, {"imagine": 9.0, "maj": 1.0}, {"maj": 1.0}
    >>> chain = AbsorbingChain.from_counts(steps, success, failure)
    >>> winners = ExactSolver().winners(chain)
    >>> chain.states[winners.target[chain.index["maj"]]]
    'imagine'
    >>> round(float(winners.probability[chain.index["maj"]]), 3)
    0.8
    """

    def __init__(self) -> None:
        self._factored: tuple[AbsorbingChain, dict[int, _Component]] | None = None

    def ends(self, chain: AbsorbingChain, start: NDArray[np.float64]) -> NDArray[np.float64]:
        """Probability of ending, satisfied, at each state, from a distribution over states.

        Parameters
        ----------
        chain
            Of n states.
        start
            Length n, not negative.

        Returns
        -------
        ndarray
            Length n: Σ_i start(i) w(i, ·).
        """
        found = np.zeros(len(chain.states))
        parts = self._components(chain)
        for part in {id(parts[int(i)]): parts[int(i)] for i in np.flatnonzero(start)}.values():
            found[part.states] = part.visits(start[part.states])
        return found * chain.success

    def winners(self, chain: AbsorbingChain) -> Winners:
        """Best end of every source; see `Winners`."""
        n = len(chain.states)
        target, probability, tied = np.arange(n), np.zeros(n), np.zeros(n, dtype=bool)
        for states in chain.components():
            target[states], probability[states], tied[states] = component_winners(chain, states, states)
        return Winners(target, probability, tied)

    def _components(self, chain: AbsorbingChain) -> "dict[int, _Component]":
        """State id → its component, factored when first asked for and kept while the chain is the same."""
        if self._factored is None or self._factored[0] is not chain:
            parts: dict[int, _Component] = {}
            for states in chain.components():
                part = _Component(chain, states)
                parts.update((int(state), part) for state in states)
            self._factored = chain, parts
        return self._factored[1]


def choose(ends: NDArray[np.float64]) -> tuple[int, float, bool]:
    """Pick the largest of w(i, ·): its place, its value, and whether another came within 1e-9 of it."""
    best = float(ends.max())
    close = np.flatnonzero(ends >= best - TIE)
    return int(close[0]), float(ends[close[0]]), close.size > 1


def component_winners(
    chain: AbsorbingChain, states: NDArray[np.int64], sources: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.bool_]]:
    """Best end of some sources of one component: targets, probabilities, whether tied.

    Parameters
    ----------
    chain
        Of which `states` are a component, in ascending order.
    states, sources
        Ids; sources are among the states.
    """
    part = _Component(chain, states)
    target = np.empty(len(sources), np.int64)
    probability, tied = np.empty(len(sources)), np.empty(len(sources), bool)
    unit = np.zeros(len(states))
    for number, place in enumerate(np.searchsorted(states, sources)):
        unit[place] = 1.0
        best, probability[number], tied[number] = choose(part.visits(unit) * chain.success[states])
        target[number] = states[best]
        unit[place] = 0.0
    return target, probability, tied


class _Component:
    """One component of a chain, factored on first use."""

    def __init__(self, chain: AbsorbingChain, states: NDArray[np.int64]) -> None:
        self.states = states
        self._chain = chain
        self._lu: linalg.SuperLU | None = None

    def visits(self, start: NDArray[np.float64]) -> NDArray[np.float64]:
        """Row start · N over this component's states: expected visits to each."""
        if len(self.states) == 1:
            stay = float(self._chain.steps[self.states[0], self.states[0]])
            return start / (1.0 - stay)
        if self._lu is None:
            inside = self._chain.steps[self.states][:, self.states]
            self._lu = linalg.splu(sparse.csc_matrix(sparse.identity(len(self.states)) - inside))
        visits: NDArray[np.float64] = self._lu.solve(start, trans="T")
        return visits
