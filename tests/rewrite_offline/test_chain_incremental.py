"""After a day: the winners of an update are those of a full solve."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from rewrite_offline.chain import AbsorbingChain, CertifiedSolver, ExactSolver
from rewrite_offline.chain.certified import changed_rows


def chain_of(counts, success, failure):
    total = np.asarray(counts.sum(axis=1)).ravel() + success + failure
    return AbsorbingChain(
        tuple(f"s{i}" for i in range(len(total))),
        sparse.csr_matrix(sparse.diags(1 / total) @ counts),
        success / total,
        failure / total,
    )


class Log:
    """Counts that grow from day to day."""

    def __init__(self, seed, n, most=50):
        self.random = np.random.default_rng(seed)
        self.n = n
        self.counts = sparse.lil_matrix((n, n))
        self.success = self.random.integers(0, most, n) * 1.0
        self.failure = 1.0 + self.random.integers(0, most, n)
        for _ in range(3 * n):
            self.step(self.random.integers(0, n), self.random.integers(1, most))

    def step(self, state, weight=1):
        # Low ids are popular.
        self.counts[state, int(self.n * self.random.random() ** 3)] += weight

    def day(self, states):
        for state in states:
            what = self.random.integers(0, 3)
            if what == 0:
                self.success[state] += 1
            elif what == 1:
                self.failure[state] += 1
            else:
                self.step(state)

    def chain(self):
        return chain_of(sparse.csr_matrix(self.counts), self.success, self.failure)


def same(found, full):
    np.testing.assert_array_equal(found.target, full.target)
    np.testing.assert_array_equal(found.tied, full.tied)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 400), st.sampled_from([3, 50, 1000]))
def test_days_one_after_another(seed, n, most):
    log = Log(seed, n, most)
    solver = CertifiedSolver(always_push=True)
    solver.winners(log.chain())
    for share in (1, 3, n // 10 + 1):
        states = log.random.integers(0, n, share)
        log.day(states)
        chain = log.chain()
        found = solver.update(chain, np.unique(states))
        assert found.certified.all()
        exact = ExactSolver().winners(chain)
        same(found, exact)
        assert (found.probability <= exact.probability + 1e-9 + 1e-12).all()
        assert (exact.probability <= found.probability + found.error + 1e-9 + 1e-12).all()


def test_changed_rows_are_found():
    log = Log(5, 300)
    before = log.chain()
    solver = CertifiedSolver(always_push=True)
    solver.winners(before)
    log.day([7, 100])
    after = log.chain()
    assert changed_rows(before, after).tolist() == [7, 100]
    same(solver.update(after), ExactSolver().winners(after))


def test_few_sources_are_solved_again():
    log = Log(11, 3000, 10_000)
    solver = CertifiedSolver()
    solver.winners(log.chain())
    pushed = solver.knowledge.followed
    log.day(range(2000, 2030))
    chain = log.chain()
    found = solver.update(chain, np.arange(2000, 2030))
    assert solver.knowledge.followed - pushed < pushed / 4
    same(found, CertifiedSolver().winners(chain))


@pytest.mark.parametrize("seed", range(4))
def test_winners_are_kept_only_where_they_win(seed):
    """Against anybody first, then against contenders: a source is kept with the exact solver's winner, or left open."""
    log = Log(seed, 1500)
    solver = CertifiedSolver(always_push=True)
    solver.winners(log.chain())
    states = np.unique(log.random.integers(0, 1500, 100))
    log.day(states)
    chain, known = log.chain(), solver.knowledge
    assert known.change(chain, states)
    exact = ExactSolver().winners(chain)
    sources = np.flatnonzero(known.fate == 0).astype(np.int32)
    contenders = np.full((len(sources), 12), -1, np.int32)
    for steps in (300, 3000):
        known.keep(sources, contenders, steps)
        kept = sources[known.fate[sources] == 1]
        assert len(kept)
        ids = known.network.original[kept]
        np.testing.assert_array_equal(known.network.original[known.target[kept]], exact.target[ids])
        assert not exact.tied[ids].any()
        assert (known.verdict[kept, 0] <= exact.probability[ids] + 1e-12).all()
        assert (exact.probability[ids] <= known.verdict[kept, 1] + 1e-12).all()
        sources = sources[known.fate[sources] == 0]
        contenders = known.push(sources, 60)
        sources, contenders = sources[known.fate[sources] == 0], contenders[known.fate[sources] == 0]


def test_other_states_are_solved_anew():
    solver = CertifiedSolver(always_push=True)
    solver.winners(Log(1, 50).chain())
    other = Log(2, 60).chain()
    same(solver.update(other), ExactSolver().winners(other))


def test_a_row_turned_over():
    """A change too large to be bounded, at the most popular state, is solved anew or right all the same."""
    log = Log(3, 500)
    solver = CertifiedSolver(always_push=True)
    solver.winners(log.chain())
    log.counts[0, :] = 0
    log.counts[0, 1] = 1e6
    log.success[0] = 0
    chain = log.chain()
    same(solver.update(chain, np.array([0])), ExactSolver().winners(chain))


@pytest.mark.parametrize("seed", range(3))
def test_many_days_until_there_is_no_room(seed):
    log = Log(seed, 120)
    solver = CertifiedSolver(always_push=True)
    solver.winners(log.chain())
    solver.knowledge.network.following = solver.knowledge.network.following[
        : solver.knowledge.network.used + 60
    ]
    for _ in range(8):
        states = np.unique(log.random.integers(0, 120, 12))
        log.day(states)
        chain = log.chain()
        same(solver.update(chain, states), ExactSolver().winners(chain))
