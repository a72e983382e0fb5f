"""What the certified solver is measured against: sparse LU, and a truncated Neumann series."""

import time
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph, linalg

from rewrite_offline.chain import AbsorbingChain

__all__ = ["Factored", "Truncated", "factored", "giant", "truncated"]


class Factored(NamedTuple):
    """Sparse LU of a part: its states, entries of the factors, seconds to factor and of one row."""

    states: int
    entries: int
    factor_seconds: float
    row_seconds: float


class Truncated(NamedTuple):
    """Winners of some sources by a truncated series, seconds, and the terms that it took."""

    target: NDArray[np.int64]
    seconds: float
    terms: int


def giant(chain: AbsorbingChain) -> NDArray[np.int64]:
    """States of the largest strongly connected component, the most visited first by steps into them."""
    _, labels = csgraph.connected_components(chain.steps, directed=True, connection="strong")
    states = np.flatnonzero(labels == np.bincount(labels).argmax())
    inflow = np.asarray(chain.steps.sum(axis=0)).ravel()
    found: NDArray[np.int64] = states[np.argsort(-inflow[states], kind="stable")]
    return found


def factored(chain: AbsorbingChain, states: NDArray[np.int64], rows: int, seed: int) -> Factored:
    """Factor I − Q over some states, and solve for some rows of N.

    Parameters
    ----------
    chain
        Of which `states` are a part.
    states
        Whose steps among one another are kept.
    rows
        How many rows to solve for; the time of a row is their mean, and includes finding the winner.
    seed
        Draws the rows.
    """
    inside = chain.steps[states][:, states]
    system = sparse.csc_matrix(sparse.identity(len(states)) - inside)
    began = time.process_time()
    lu = linalg.splu(system)
    factor_seconds = time.process_time() - began
    sources = np.random.default_rng(seed).choice(len(states), min(rows, len(states)), replace=False)
    unit = np.zeros(len(states))
    began = time.process_time()
    for source in sources:
        unit[source] = 1.0
        np.argmax(lu.solve(unit, trans="T") * chain.success[states])
        unit[source] = 0.0
    row_seconds = (time.process_time() - began) / len(sources)
    return Factored(len(states), int(lu.nnz), factor_seconds, row_seconds)


def truncated(
    chain: AbsorbingChain,
    sources: NDArray[np.int64],
    pruned: float,
    most_terms: int = 400,
    batch: int = 2_000,
) -> Truncated:
    """Σ_t S Qᵗ by products of sparse matrices, for batches of sources; entries below `pruned` are dropped.

    A batch ends when nothing is left above the threshold.
    """
    target = np.empty(len(sources), np.int64)
    began, longest = time.process_time(), 0
    for start in range(0, len(sources), batch):
        some = sources[start : start + batch]
        ahead = sparse.csr_matrix(
            (np.ones(len(some)), (np.arange(len(some)), some)), shape=(len(some), len(chain.states))
        )
        visits, terms = ahead, 0
        while ahead.nnz and terms < most_terms:
            ahead = ahead @ chain.steps
            _prune(ahead, pruned)
            visits = visits + ahead
            terms += 1
        longest = max(longest, terms)
        target[start : start + batch] = _winners(visits, chain.success)
    return Truncated(target, time.process_time() - began, longest)


def _prune(matrix: sparse.csr_matrix, threshold: float) -> None:
    """Drop small entries, in place."""
    keep = matrix.data >= threshold
    counts = np.concatenate([[0], np.cumsum(keep)])
    matrix.indptr = counts[matrix.indptr].astype(matrix.indptr.dtype)
    matrix.indices, matrix.data = matrix.indices[keep], matrix.data[keep]


def _winners(visits: sparse.csr_matrix, success: NDArray[np.float64]) -> NDArray[np.int64]:
    worth = visits.data * success[visits.indices]
    rows = np.repeat(np.arange(visits.shape[0]), np.diff(visits.indptr))
    # By row, then the best first, then the smallest id.
    order = np.lexsort((visits.indices, -worth, rows))
    return np.asarray(visits.indices[order[visits.indptr[:-1]]], dtype=np.int64)
