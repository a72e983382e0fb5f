"""The graph of the chain's benchmark: made of a seed, as large as a year of a large assistant."""

import hashlib
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph

from rewrite_offline.chain import AbsorbingChain

__all__ = ["Graph", "fingerprint", "generate"]

#: Popularity of the state of rank r (from 0) is 1 / (r + 1): Zipf.
_ZIPF = 1.0
#: Out-degree is 1 + ⌊Lomax⌋, whose tail falls as d^-2.2; of this scale it is 5, once steps that lead to the same
#: state are one.
_TAIL, _SCALE, _LARGEST = 2.2, 4.72, 20_000
#: A tenth of the states absorbs less than 0.05 a step; the others 0.05 + 0.95 · Beta, of mean 0.386.
_SLOW, _BETA = 0.1, (1.8, 3.29)


class Graph(NamedTuple):
    """A chain, the popularity of its states (sums to 1), and what is known of its shape."""

    chain: AbsorbingChain
    popularity: NDArray[np.float64]

    def described(self) -> dict[str, float | int | str]:
        """Measure what the generator promises: degrees, absorption, strongly connected component."""
        steps = self.chain.steps
        degree = np.diff(steps.indptr)
        absorption = self.chain.success + self.chain.failure
        _, labels = csgraph.connected_components(steps, directed=True, connection="strong")
        return {
            "states": len(self.chain.states),
            "steps": int(steps.nnz),
            "mean_out_degree": float(degree.mean()),
            "largest_out_degree": int(degree.max()),
            "mean_absorption": float(absorption.mean()),
            "share_under_005": float((absorption < 0.05).mean()),
            "largest_scc": int(np.bincount(labels).max()),
            "graph_sha256": fingerprint(self.chain),
        }


def generate(states: int, seed: int, absorption: float = 0.35) -> Graph:
    """Make a chain.

    Where a step leads is drawn by popularity, its weight from an exponential distribution; out-degree,
    absorption and popularity of a state are independent of one another, and ids say nothing about them.

    Parameters
    ----------
    states
        How many.
    seed
        Of everything.
    absorption
        Mean absorption a step; for another than 0.35, that of every state is scaled alike.

    Returns
    -------
    Graph
        The same for the same parameters.
    """
    random = np.random.default_rng(seed)
    popularity = np.asarray(1.0 / (1.0 + np.arange(states)) ** _ZIPF, dtype=np.float64)
    popularity = random.permutation(popularity / popularity.sum())
    degree = 1 + np.minimum(_LARGEST, (_SCALE * (_TAIL - 1) * random.pareto(_TAIL, states))).astype(np.int64)
    rows = np.repeat(np.arange(states), degree)
    cumulated = np.cumsum(popularity)
    drawn = np.searchsorted(cumulated, random.random(len(rows)) * cumulated[-1])
    weight = random.exponential(size=len(rows))
    counts = sparse.csr_matrix((weight, (rows, np.minimum(drawn, states - 1))), shape=(states, states))
    absorbed = _absorption(states, random)
    if absorption != 0.35:
        absorbed *= absorption / 0.35
    won = random.beta(1.3, 0.7, states)
    going_on = (1.0 - absorbed) / np.asarray(counts.sum(axis=1)).ravel()
    steps = sparse.csr_matrix(sparse.diags(going_on) @ counts)
    steps.sort_indices()
    chain = AbsorbingChain(
        tuple(f"s{i}" for i in range(states)), steps, absorbed * won, absorbed * (1.0 - won)
    )
    return Graph(chain, popularity)


def fingerprint(chain: AbsorbingChain) -> str:
    """Give the SHA-256 of the chain's numbers, in hexadecimal."""
    digest = hashlib.sha256()
    for part in (chain.steps.indptr, chain.steps.indices, chain.steps.data, chain.success, chain.failure):
        digest.update(np.ascontiguousarray(part).tobytes())
    return digest.hexdigest()


def _absorption(states: int, random: np.random.Generator) -> NDArray[np.float64]:
    usual: NDArray[np.float64] = 0.05 + 0.95 * random.beta(*_BETA, states)
    slow = random.random(states) < _SLOW
    usual[slow] = random.uniform(0.002, 0.05, int(slow.sum()))
    return usual
