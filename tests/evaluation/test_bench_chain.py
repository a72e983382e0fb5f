"""The chain's benchmark: the graph is what it says, a day changes what it says, and the peers are right."""

import numpy as np
import pytest

from evaluation.bench.chain.day import after_a_day
from evaluation.bench.chain.graph import fingerprint, generate
from evaluation.bench.chain.peers import factored, giant, truncated
from rewrite_offline.chain import ExactSolver
from rewrite_offline.chain.certified import changed_rows


def test_the_graph_is_as_the_generator_says():
    shape = generate(20_000, 7).described()
    assert shape["mean_absorption"] == pytest.approx(0.35, abs=0.01)
    assert shape["share_under_005"] == pytest.approx(0.1, abs=0.01)
    assert shape["mean_out_degree"] == pytest.approx(5, abs=0.3)
    assert shape["largest_scc"] > 5_000


def test_a_seed_makes_one_graph():
    assert fingerprint(generate(500, 1).chain) == fingerprint(generate(500, 1).chain)
    assert fingerprint(generate(500, 1).chain) != fingerprint(generate(500, 2).chain)


@pytest.mark.parametrize("draw", ["popular", "uniform"])
def test_a_day_changes_the_rows_that_it_names(draw):
    graph = generate(2_000, 3)
    day = after_a_day(graph, draw, 0.01, 4)
    assert len(day.changed) == pytest.approx(20, abs=1)
    assert set(changed_rows(graph.chain, day.chain)) <= set(day.changed)
    assert day.turns >= len(day.changed)


def test_a_fine_series_finds_the_winners():
    chain = generate(400, 5).chain
    exact = ExactSolver().winners(chain)
    sources = np.arange(0, 400, 7)
    found = truncated(chain, sources, 1e-9, batch=10)
    np.testing.assert_array_equal(found.target, exact.target[sources])
    assert (truncated(chain, sources, 0.2).target != exact.target[sources]).any()


def test_lu_of_the_giant_component():
    chain = generate(1_000, 5).chain
    states = giant(chain)
    part = factored(chain, states[:100], 5, 1)
    assert (part.states, part.row_seconds > 0) == (100, True)
    assert part.entries >= 100
