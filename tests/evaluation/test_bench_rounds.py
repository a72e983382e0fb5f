"""Servers that took turns: what is said of them is what their rounds say."""

import random

import pytest

from evaluation.bench.load import Load
from evaluation.bench.rounds import Round, compared

_NAMES = ("bare", "served", "unrecorded", "with_key", "with_rate")


def rounds_of(throughput, cpu_us, disturbance):
    """Rounds of one server: a disturbance slows it down, and leaves what an answer takes as it is."""
    return [
        Round(Load(throughput / slow, 1.0 * slow, 5.0 * slow, 1000), cpu_us * 1000 / 1e6)
        for slow in disturbance
    ]


@pytest.fixture
def said():
    # Each round of all servers is disturbed alike, from not at all to ten times.
    disturbance = [random.Random(1).uniform(1, 10) for _ in range(20)]
    speeds = dict(zip(_NAMES, (1000, 1100, 1200, 1050, 900), strict=True))
    return compared({name: rounds_of(speed, 1e6 / speed, disturbance) for name, speed in speeds.items()}, 7)


def test_a_disturbance_that_meets_all_changes_no_ratio(said):
    assert said["throughput_ratio_vs_bare"] == pytest.approx(1.1)
    assert said["throughput_ratio_with_key"] == pytest.approx(1.05)
    assert said["throughput_ratio_with_rate"] == pytest.approx(0.9)
    assert said["throughput_ratio_unrecorded"] == pytest.approx(1.2)
    assert said["decision_cost"] == pytest.approx(1 - 1100 / 1200)
    assert said["decision_cost_cpu"] == pytest.approx(1 - 1100 / 1200)
    assert said["cpu_ratio_vs_bare"] == pytest.approx(1000 / 1100)
    assert said["p99_ratio_vs_bare"] == pytest.approx(1.0)
    assert said["rounds"] == 20
    for name, (low, high) in said["intervals"].items():
        assert low == pytest.approx(said[name])
        assert high == pytest.approx(said[name])


def test_the_interval_is_as_wide_as_rounds_differ():
    noise = random.Random(3)
    rounds = {name: rounds_of(1000, 100, [noise.uniform(1, 1.5) for _ in range(25)]) for name in _NAMES}
    said = compared(rounds, 7)
    low, high = said["intervals"]["throughput_ratio_vs_bare"]
    assert low < said["throughput_ratio_vs_bare"] < high
    assert low < 1 < high
    assert said["intervals"]["cpu_ratio_vs_bare"] == [pytest.approx(1.0)] * 2
    assert compared(rounds, 7) == said
