"""The solver for large chains: every winner proven, no inverse, no factor of a large component."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rewrite_offline.chain.exact import ExactSolver, Winners, component_winners
from rewrite_offline.chain.model import AbsorbingChain

if TYPE_CHECKING:
    from rewrite_offline.chain.network import Network
    from rewrite_offline.chain.settling import Knowledge

__all__ = ["CertifiedSolver", "CertifiedWinners", "changed_rows"]

#: Chains up to this size whose components are up to that size are factored: it takes no second, and no compiler.
_SMALL_CHAIN, _SMALL_COMPONENT = 20_000, 500
#: What push leaves open is factored, where the component is no larger than this.
_FACTORED = 2_000


@dataclass(frozen=True)
class CertifiedWinners(Winners):
    """Winners with their certificates.

    Attributes
    ----------
    error
        Length n: w(i, target) is between `probability` and `probability + error`.
    certified
        Length n: that no other end does better is proven. False only where rounding or a state next to without an
        end stands in the way of a proof, in a component too large to be factored.
    """

    error: NDArray[np.float64]
    certified: NDArray[np.bool_]


class CertifiedSolver:
    """Solves small components exactly, and pushes through large ones until every winner is proven.

    The rule: a chain of 20,000 states or less, with no component above 500, is factored. In any other one, all
    sources are settled by push (`settling.py`); those left open by it are factored if their component has 2,000
    states or less. `ends` factors components of that size once, and pushes through larger ones. `docs/chain.md`
    has the algorithm and its bounds.

    Parameters
    ----------
    precision
        What `ends` may miss of any probability in components that are pushed through.
    always_push
        Factor only what push leaves open.

    Attributes
    ----------
    knowledge
        What was found out about the chain pushed through last; None before.

    Examples
    --------
    >>> steps, success, failure = {("maj", "imagine"): 8.0}, {"imagine": 9.0, "maj": 1.0}, {"maj": 1.0}
    >>> chain = AbsorbingChain.from_counts(steps, success, failure)
    >>> winners = CertifiedSolver().winners(chain)
    >>> chain.states[winners.target[chain.index["maj"]]]
    'imagine'
    """

    def __init__(self, precision: float = 1e-9, *, always_push: bool = False) -> None:
        self.precision = precision
        self._always_push = always_push
        self._exact = ExactSolver()
        self._sizes: tuple[AbsorbingChain, NDArray[np.int64]] | None = None
        self._network: tuple[AbsorbingChain, Network] | None = None
        self.knowledge: Knowledge | None = None

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
            Length n: Σ_i start(i) w(i, ·), from below, off by `precision` at most.
        """
        large = self._large(chain)
        if not large.any():
            return self._exact.ends(chain, start)
        found = np.zeros(len(start))
        if start[~large].any():
            found += self._exact.ends(chain, np.where(large, 0.0, start))
        if start[large].any():
            from rewrite_offline.chain.visiting import visits

            net = self._networked(chain)
            begin = np.where(large, start, 0.0)[net.original]
            seen = visits(begin, net.first, net.last, net.following, net.chance, self.precision)
            found += (seen * net.win)[net.rank]
        return found

    def winners(self, chain: AbsorbingChain) -> CertifiedWinners:
        """Best end of every source, proven; see `Winners` and `CertifiedWinners`."""
        if self._is_small(chain):
            exact = self._exact.winners(chain)
            n = len(chain.states)
            return CertifiedWinners(
                exact.target, exact.probability, exact.tied, np.full(n, 1e-12), np.ones(n, bool)
            )
        from rewrite_offline.chain.settling import Knowledge, pass_over, settle

        sources = np.arange(len(chain.states), dtype=np.int32)
        self.knowledge = known = Knowledge.of_hubs(self._networked(chain))
        pass_over(known, sources)
        settle(known, sources)
        return self._answer(chain)

    def update(self, chain: AbsorbingChain, changed: NDArray[np.int64] | None = None) -> CertifiedWinners:
        """Best end of every source, after some rows of the chain solved last were changed.

        Only sources whose certificate the change may have undone are solved again.

        Parameters
        ----------
        chain
            Of the same states as the one solved last.
        changed
            Ids of the states whose rows differ; found by comparing the chains if not given.

        Returns
        -------
        CertifiedWinners
            Those that `winners` would find; probabilities of sources not solved again have wider bounds.
        """
        before = self._network[0] if self._network is not None else None
        if self.knowledge is None or before is None or before.states != chain.states:
            return self.winners(chain)
        from rewrite_offline.chain.settling import settle

        if changed is None:
            changed = changed_rows(before, chain)
        known = self.knowledge
        if not known.change(chain, changed):
            return self.winners(chain)
        self._network = chain, known.network
        self._sizes = None
        settle(known, np.flatnonzero(known.fate == 0).astype(np.int32))
        return self._answer(chain)

    def _answer(self, chain: AbsorbingChain) -> CertifiedWinners:
        known = self.knowledge
        assert known is not None
        rank = known.network.rank
        fate, verdict = known.fate[rank], known.verdict[rank]
        found = CertifiedWinners(
            target=known.network.original[known.target[rank]],
            probability=verdict[:, 0].copy(),
            tied=fate == 2,
            error=np.maximum(verdict[:, 1] - verdict[:, 0], 0.0),
            certified=fate != 0,
        )
        if (fate != 1).any():
            _finish(chain, found, nobody=fate == 3)
        return found

    def _is_small(self, chain: AbsorbingChain) -> bool:
        return len(chain.states) <= _SMALL_CHAIN and not self._large(chain, _SMALL_COMPONENT).any()

    def _large(self, chain: AbsorbingChain, limit: int = _FACTORED) -> NDArray[np.bool_]:
        """Which states are in components that are pushed through: those of more than `limit` states."""
        if self._sizes is None or self._sizes[0] is not chain:
            sizes = np.empty(len(chain.states), np.int64)
            for part in chain.components():
                sizes[part] = len(part)
            self._sizes = chain, sizes
        large: NDArray[np.bool_] = self._sizes[1] > (0 if self._always_push else limit)
        return large

    def _networked(self, chain: AbsorbingChain) -> "Network":
        from rewrite_offline.chain.network import Network

        if self._network is None or self._network[0] is not chain:
            self._network = chain, Network.of(chain)
        return self._network[1]


def changed_rows(before: AbsorbingChain, after: AbsorbingChain) -> NDArray[np.int64]:
    """Ids of the states whose rows differ between two chains of the same states."""
    moved = abs(after.steps - before.steps).sum(axis=1)
    differs = np.asarray(moved).ravel() > 0
    differs |= (before.success != after.success) | (before.failure != after.failure)
    return np.flatnonzero(differs)


def _finish(chain: AbsorbingChain, found: CertifiedWinners, nobody: NDArray[np.bool_]) -> None:
    """Fill in what push does not say: where nobody ends satisfied all states tie; what is open is factored."""
    for part in chain.components():
        none = part[nobody[part]]
        if len(none):
            found.target[none] = part[0]
            found.tied[none] = len(part) > 1
            found.probability[none] = 0.0
            found.error[none] = 1e-9
        left = part[~found.certified[part]]
        if len(left) and len(part) <= _FACTORED:
            found.target[left], found.probability[left], found.tied[left] = component_winners(
                chain, part, left
            )
            found.error[left] = 1e-12
            found.certified[left] = True
