"""The chain cut to one step: what detected pairs say alone."""

import numpy as np
from numpy.typing import NDArray

from rewrite_offline.chain.exact import Winners, choose
from rewrite_offline.chain.model import AbsorbingChain

__all__ = ["DirectSolver"]


class DirectSolver:
    """Ends where the first step leads, or where one starts: nobody tries a third time.

    A detector points from a request straight to the one that worked, so its pairs need no chain; this is the floor that
    the chain is compared with.
    """

    def ends(self, chain: AbsorbingChain, start: NDArray[np.float64]) -> NDArray[np.float64]:
        """Probability of ending, satisfied, at each state, at once or after one step. Lengths n."""
        found: NDArray[np.float64] = (start + np.asarray(chain.steps.T @ start).ravel()) * chain.success
        return found

    def winners(self, chain: AbsorbingChain) -> Winners:
        """Best end of every source."""
        n = len(chain.states)
        target, probability, tied = np.zeros(n, np.int64), np.zeros(n), np.zeros(n, np.bool_)
        for source, start in enumerate(np.eye(n)):
            target[source], probability[source], tied[source] = choose(self.ends(chain, start))
        return Winners(target, probability, tied)
