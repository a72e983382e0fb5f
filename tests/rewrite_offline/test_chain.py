"""The exact solver against a walk that is simulated nowhere: dense inverse and fractions."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rewrite_offline.chain import AbsorbingChain, ExactSolver, choose
from rewrite_offline.errors import NoAbsorbingPath


@st.composite
def counts(draw):
    """Integer counts over a few states, each with an end of its own."""
    n = draw(st.integers(1, 7))
    names = [f"s{i}" for i in range(n)]
    pairs = draw(
        st.dictionaries(st.tuples(st.sampled_from(names), st.sampled_from(names)), st.integers(1, 9))
    )
    success = {s: draw(st.integers(0, 5)) for s in names}
    failure = {s: draw(st.integers(0 if success[s] else 1, 5)) for s in names}
    return names, pairs, success, failure


def oracle(names, pairs, success, failure):
    """w(i, j) in fractions, by Gauss-Jordan on I − Q."""
    n = len(names)
    total = {s: sum(c for (i, _), c in pairs.items() if i == s) + success[s] + failure[s] for s in names}
    rows = []
    for a, i in enumerate(names):
        row = [Fraction(int(a == b)) - Fraction(pairs.get((i, j), 0), total[i]) for b, j in enumerate(names)]
        rows.append(row + [Fraction(int(a == b)) for b in range(n)])
    for a in range(n):
        pivot = next(r for r in range(a, n) if rows[r][a])
        rows[a], rows[pivot] = rows[pivot], rows[a]
        rows[a] = [x / rows[a][a] for x in rows[a]]
        for r in range(n):
            if r != a and rows[r][a]:
                rows[r] = [x - rows[r][a] * y for x, y in zip(rows[r], rows[a], strict=True)]
    return [[rows[a][n + b] * Fraction(success[j], total[j]) for b, j in enumerate(names)] for a in range(n)]


@settings(max_examples=150, deadline=None)
@given(counts())
def test_solver_agrees_with_fractions(world):
    names, pairs, success, failure = world
    chain = AbsorbingChain.from_counts(pairs, success, failure)
    solver, expected = ExactSolver(), oracle(*world)
    assert chain.states == tuple(sorted(names))
    winners = solver.winners(chain)
    for i in range(len(names)):
        start = np.zeros(len(names))
        start[i] = 1
        ends = solver.ends(chain, start)
        np.testing.assert_allclose(ends, [float(x) for x in expected[i]], atol=1e-12)
        best, probability, tied = choose(ends)
        assert winners.probability[i] == pytest.approx(probability)
        if probability > 1e-6:  # else nobody ends satisfied, and every state ties with every other
            assert (winners.target[i], winners.tied[i]) == (best, tied)


@settings(max_examples=50, deadline=None)
@given(counts(), st.data())
def test_ends_are_linear_in_the_start(world, data):
    chain = AbsorbingChain.from_counts(*world[1:])
    n = len(chain.states)
    start = np.array(data.draw(st.lists(st.floats(0, 1), min_size=n, max_size=n)))
    solver = ExactSolver()
    rows = np.array([solver.ends(chain, unit) for unit in np.eye(n)])
    np.testing.assert_allclose(solver.ends(chain, start), start @ rows, atol=1e-9)


@settings(max_examples=50, deadline=None)
@given(counts())
def test_success_and_failure_share_all(world):
    chain = AbsorbingChain.from_counts(*world[1:])
    swapped = AbsorbingChain(chain.states, chain.steps, chain.failure, chain.success)
    for start in np.eye(len(chain.states)):
        total = ExactSolver().ends(chain, start).sum() + ExactSolver().ends(swapped, start).sum()
        assert total == pytest.approx(1)


def test_tie_names_the_smallest_id():
    assert choose(np.array([0.1, 0.4, 0.4 + 1e-10])) == (1, 0.4, True)
    assert choose(np.array([0.1, 0.4, 0.5])) == (2, 0.5, False)


def test_components_are_those_of_networkx():
    import networkx

    pairs = {("a", "b"): 1.0, ("c", "d"): 2.0, ("d", "c"): 1.0}
    chain = AbsorbingChain.from_counts(pairs, dict.fromkeys("abcde", 1.0), {})
    ours = sorted(tuple(chain.states[i] for i in part) for part in chain.components())
    graph = networkx.DiGraph(list(pairs))
    graph.add_nodes_from("abcde")
    assert ours == sorted(tuple(sorted(part)) for part in networkx.weakly_connected_components(graph))


def test_states_without_an_end_are_refused_by_name():
    with pytest.raises(NoAbsorbingPath, match="'round'") as refused:
        AbsorbingChain.from_counts({("round", "about"): 1.0, ("about", "round"): 1.0}, {"fine": 1.0}, {})
    assert refused.value.count == 2


def test_rows_must_sum_to_one():
    chain = AbsorbingChain.from_counts({}, {"a": 1.0}, {})
    with pytest.raises(ValueError, match="sums to"):
        AbsorbingChain(chain.states, chain.steps, chain.success * 0.5, chain.failure)
