"""A day's new turns, and the chain after it."""

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from evaluation.bench.chain.graph import Graph
from rewrite_offline.chain import AbsorbingChain

__all__ = ["Day", "after_a_day"]

#: Turns behind the row of the rarest state; a state of rank r has (number of states) / (r + 1) times as many.
_RAREST = 5.0
#: A turn in twenty goes on to a state that had not been seen after this one, or had.
_ELSEWHERE = 0.05


class Day(NamedTuple):
    """The chain after a day, the states whose rows it changed, its turns, and how much of a row's mass moved."""

    chain: AbsorbingChain
    changed: NDArray[np.int64]
    turns: int
    mean_moved: float


def after_a_day(graph: Graph, draw: Literal["popular", "uniform"], share: float, seed: int) -> Day:
    """Add a day's turns to the counts behind a graph.

    A row is the mean of the turns counted for its state: 5 for the rarest state, more in proportion to popularity. A
    new turn of a state goes where its row says, or, one in twenty, to a state drawn by popularity.

    Parameters
    ----------
    graph
        Before.
    draw
        Whose turns: "popular" draws turns by popularity, as traffic comes, until so many states were touched;
        "uniform" draws states, and gives each the turns of a day in a year (at least one).
    share
        Of the states that change.
    seed
        Of the day.
    """
    random = np.random.default_rng(seed)
    n = len(graph.popularity)
    wanted = max(1, round(share * n))
    counted = _RAREST * graph.popularity / graph.popularity.min()
    new = np.zeros(n, np.int64)
    if draw == "popular":
        cumulated = np.cumsum(graph.popularity)
        while (touched := int(np.count_nonzero(new))) < wanted:
            # Some states come again and again: draw a little, count, draw on.
            some = random.random(max(1, int(wanted - touched) // 2)) * cumulated[-1]
            np.add.at(new, np.minimum(np.searchsorted(cumulated, some), n - 1), 1)
    else:
        states = random.choice(n, wanted, replace=False)
        new[states] = 1 + random.poisson(counted[states] / 365)
    changed = np.flatnonzero(new)
    return _counted(graph, changed, counted[changed], new[changed], random)


def _counted(
    graph: Graph,
    changed: NDArray[np.int64],
    counted: NDArray[np.float64],
    new: NDArray[np.int64],
    random: np.random.Generator,
) -> Day:
    chain = graph.chain
    cumulated = np.cumsum(graph.popularity)
    success, failure = chain.success.copy(), chain.failure.copy()
    rows, columns, values = [], [], []
    moved = 0.0
    for state, old, turns in zip(changed.tolist(), counted.tolist(), new.tolist(), strict=True):
        begin, stop = chain.steps.indptr[state : state + 2]
        to, chance = chain.steps.indices[begin:stop], chain.steps.data[begin:stop]
        elsewhere = random.binomial(turns, _ELSEWHERE)
        whole = np.concatenate([chance, [success[state], failure[state]]])
        drawn = random.multinomial(turns - elsewhere, whole / whole.sum())
        total = old + turns
        went = np.searchsorted(cumulated, random.random(elsewhere) * cumulated[-1])
        rows.append(np.full(len(to) + elsewhere, state))
        columns.append(np.concatenate([to, np.minimum(went, len(cumulated) - 1)]))
        values.append(np.concatenate([(old * chance + drawn[:-2]) / total, np.full(elsewhere, 1.0 / total)]))
        success[state] = (old * success[state] + drawn[-2]) / total
        failure[state] = (old * failure[state] + drawn[-1]) / total
        moved += 0.5 * (
            np.abs((old * whole + drawn) / total - whole).sum() + elsewhere / total
        )  # fmt: skip
    keep = np.ones(len(success))
    keep[changed] = 0.0
    n = len(success)
    fresh = sparse.csr_matrix(
        (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))), shape=(n, n)
    )
    unchanged = sparse.csr_matrix(sparse.diags(keep) @ chain.steps)
    unchanged.eliminate_zeros()
    steps = sparse.csr_matrix(unchanged + fresh)
    after = AbsorbingChain(chain.states, steps, success, failure)
    return Day(after, changed, int(new.sum()), moved / len(changed))
