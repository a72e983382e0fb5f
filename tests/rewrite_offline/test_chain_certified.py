"""The certified solver against the exact one: the same winners, the same ties, the truth within the certificate."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from rewrite_offline.chain import AbsorbingChain, CertifiedSolver, ExactSolver


@st.composite
def chains(draw, most=60):
    """Chains of some states: integer weights make ties, scales make states that hardly ever absorb."""
    n = draw(st.integers(1, most))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    per_state = draw(st.sampled_from([0.0, 0.5, 1.5, 4.0]))
    highest = draw(st.sampled_from([1, 3, 1000]))
    count = int(n * per_state)
    rows = random.integers(0, n, count)
    # Many steps lead to few states, and some nowhere.
    columns = np.minimum((n * random.random(count) ** 2).astype(int), n - 1)
    steps = sparse.csr_matrix((random.integers(1, highest + 1, count).astype(float), (rows, columns)), (n, n))
    scale = draw(st.sampled_from([1.0, 0.1, 1e-3]))
    success = random.integers(0, highest + 1, n) * scale
    failure = random.integers(0, highest + 1, n) * scale
    if draw(st.booleans()):
        success[random.random(n) < 0.7] = 0.0
    failure[success + failure == 0] = scale
    total = np.asarray(steps.sum(axis=1)).ravel() + success + failure
    return AbsorbingChain(
        tuple(f"s{i:03d}" for i in range(n)),
        sparse.csr_matrix(sparse.diags(1.0 / total) @ steps),
        success / total,
        failure / total,
    )


def truth(chain):
    """w, by the dense inverse."""
    return np.linalg.inv(np.eye(len(chain.states)) - chain.steps.toarray()) * chain.success


def agrees(chain, winners):
    exact, w = ExactSolver().winners(chain), truth(chain)
    assert winners.certified.all()
    best = w.max(axis=1)
    # Within rounding of the tie's width, either is right.
    for part in chain.components():
        gap = best[part, None] - w[np.ix_(part, part)]
        clear = ~(np.abs(gap - 1e-9) < 1e-12).any(axis=1)
        some = part[clear]
        np.testing.assert_array_equal(winners.target[some], exact.target[some])
        np.testing.assert_array_equal(winners.tied[some], exact.tied[some])
    assert (winners.probability <= best + 1e-12).all()
    named = w[np.arange(len(best)), winners.target]
    assert (named >= winners.probability - 1e-9 - 1e-12).all()
    assert (named <= winners.probability + winners.error + 1e-9 + 1e-12).all()


@settings(max_examples=80, deadline=None)
@given(chains())
def test_winners_and_ties_are_those_of_the_exact_solver(chain):
    agrees(chain, CertifiedSolver(always_push=True).winners(chain))


@settings(max_examples=20, deadline=None)
@given(chains())
def test_small_chains_are_factored(chain):
    agrees(chain, CertifiedSolver().winners(chain))


def zipf(n, seed, absorption=0.3):
    """A chain large enough to have hubs."""
    random = np.random.default_rng(seed)
    degree = 1 + random.poisson(4, n)
    rows = np.repeat(np.arange(n), degree)
    columns = np.minimum(np.floor(np.exp(random.random(len(rows)) * np.log(n))).astype(int) - 1, n - 1)
    steps = sparse.csr_matrix((random.exponential(size=len(rows)), (rows, columns)), (n, n))
    absorbed = random.uniform(0, 2 * absorption, n)
    won = random.random(n) * absorbed
    going_on = (1 - absorbed) / np.asarray(steps.sum(axis=1)).ravel()
    return AbsorbingChain(
        tuple(map(str, range(n))), sparse.csr_matrix(sparse.diags(going_on) @ steps), won, absorbed - won
    )


@pytest.mark.parametrize("absorption", [0.3, 0.02, 0.003])
def test_with_hubs(absorption):
    chain = zipf(600, 3, absorption)
    agrees(chain, CertifiedSolver().winners(chain))


def test_twins_tie_beside_hubs():
    """Every rare state has a twin with the same steps to it, of it, and of its outcome."""
    one = zipf(300, 5)
    n = len(one.states)
    both = sparse.kron(one.steps, np.full((1, 2), 0.5))
    steps = sparse.csr_matrix(sparse.vstack([both, both]))
    interleaved = np.arange(2 * n).reshape(n, 2).T.ravel()
    back = np.argsort(interleaved)
    chain = AbsorbingChain(
        tuple(map(str, range(2 * n))),
        sparse.csr_matrix(steps[back]),
        np.repeat(one.success, 2),
        np.repeat(one.failure, 2),
    )
    winners = CertifiedSolver().winners(chain)
    agrees(chain, winners)
    assert winners.tied.sum() > n / 4


@settings(max_examples=60, deadline=None)
@given(chains(), st.data())
def test_ends_are_those_of_the_exact_solver(chain, data):
    n = len(chain.states)
    start = np.array(data.draw(st.lists(st.floats(0, 1), min_size=n, max_size=n)))
    found = CertifiedSolver(always_push=True).ends(chain, start)
    exact = ExactSolver().ends(chain, start)
    assert (found <= exact + 1e-9).all()
    np.testing.assert_allclose(found, exact, atol=1e-9 * 1.01)


def test_nobody_ends_satisfied():
    chain = AbsorbingChain.from_counts({("b", "c"): 1.0}, {"a": 1.0}, {"b": 1.0, "c": 1.0})
    for solver in (CertifiedSolver(), CertifiedSolver(always_push=True)):
        winners = solver.winners(chain)
        assert winners.target.tolist() == [0, 1, 1]
        assert winners.tied.tolist() == [False, True, True]


def test_without_states():
    empty = AbsorbingChain((), sparse.csr_matrix((0, 0)), np.zeros(0), np.zeros(0))
    assert len(CertifiedSolver().winners(empty).target) == 0


def test_small_chains_need_no_compiler():
    import subprocess
    import sys

    program = """
import sys
from rewrite_offline.chain import AbsorbingChain, CertifiedSolver
chain = AbsorbingChain.from_counts({("a", "b"): 1.0}, {"b": 1.0}, {"a": 1.0})
CertifiedSolver().winners(chain)
assert "numba" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", program], check=True)
