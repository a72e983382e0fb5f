"""Chance that is keyed by what it is about."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.dice import Dice

keys = st.lists(st.one_of(st.text(max_size=8), st.integers(-(2**40), 2**40)), min_size=1, max_size=4)


def test_the_sequence_is_promised() -> None:
    dice = Dice(7, "c001", 3, "asr")
    assert [dice.uniform() for _ in range(3)] == [
        0.13224373861771332,
        0.7519247814729897,
        0.004936938404905167,
    ]


@given(keys)
def test_a_key_gives_the_same_draws_whatever_was_drawn_from_others(key: list[str | int]) -> None:
    first = Dice(*key)
    drawn = [first.uniform() for _ in range(5)]
    other = Dice(*key[:-1], "other")
    other.uniform()
    second = Dice(*key)
    assert [second.uniform() for _ in range(5)] == drawn


@given(keys, keys)
def test_a_branch_hangs_on_its_key_not_on_what_was_drawn(key: list[str | int], more: list[str | int]) -> None:
    dice = Dice(*key)
    before = dice.branch(*more).uniform()
    dice.uniform()
    assert dice.branch(*more).uniform() == before == Dice(*key, *more).uniform()


@given(keys)
def test_its_number_stands_for_the_key(key: list[str | int]) -> None:
    dice = Dice(*key)
    drawn = [dice.uniform(), dice.branch("more").uniform()]
    again = Dice.numbered(dice.number)
    assert [again.uniform(), again.branch("more").uniform()] == drawn


@given(st.integers(0, 2**63))
def test_a_number_and_its_digits_are_two_keys(number: int) -> None:
    assert Dice(number).uniform() != Dice(str(number)).uniform()


def test_neighbouring_keys_have_nothing_to_do_with_each_other() -> None:
    drawn = [Dice(1, day, "hours").uniform() for day in range(20_000)]
    mean = math.fsum(drawn) / len(drawn)
    lagged = math.fsum((a - mean) * (b - mean) for a, b in pairwise(drawn)) / len(drawn)
    tenths = [0] * 10
    for value in drawn:
        tenths[int(value * 10)] += 1
    expected = len(drawn) / 10
    assert mean == pytest.approx(0.5, abs=0.01)
    assert abs(lagged * 12) < 0.03
    # Chi-square with 9 degrees of freedom: above 27.9 in one of a thousand.
    assert math.fsum((count - expected) ** 2 / expected for count in tenths) < 27.9


@given(st.lists(st.floats(0.0, 5.0), min_size=1, max_size=6).filter(lambda w: max(w) > 0.01), st.integers())
def test_what_weighs_nothing_is_never_drawn(weights: list[float], seed: int) -> None:
    dice = Dice(seed)
    for _ in range(20):
        assert weights[dice.weighted(range(len(weights)), weights)] > 0.0


def test_draws_have_the_distribution_they_are_named_for() -> None:
    dice = Dice("shape")
    normal = [dice.normal() for _ in range(20_000)]
    waits = [dice.exponential(4.0) for _ in range(20_000)]
    heads = sum(dice.weighted("ht", cumulative=(3.0, 4.0)) == "h" for _ in range(20_000))
    assert math.fsum(normal) / 20_000 == pytest.approx(0.0, abs=0.03)
    assert math.fsum(value * value for value in normal) / 20_000 == pytest.approx(1.0, abs=0.05)
    assert math.fsum(waits) / 20_000 == pytest.approx(4.0, abs=0.15)
    assert heads / 20_000 == pytest.approx(0.75, abs=0.015)


@given(keys, st.integers(0, 200))
def test_many_draws_are_the_same_draws(key: list[str | int], drawn: int) -> None:
    dice = Dice(*key)
    dice.uniform()
    many = dice.many()
    assert [many() for _ in range(drawn)] == [dice.uniform() for _ in range(drawn)]
