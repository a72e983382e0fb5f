"""Rates: as many requests as a rate says, over windows that slide, and no more."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from selflearn.access.rates import Rates
from selflearn.errors import RateLimited

_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}

# Times and windows that doubles hold exactly.
_steps = st.lists(
    st.tuples(st.integers(0, 40), st.integers(1, 4), st.sampled_from(["a", "b"])), min_size=1, max_size=40
)


def let_in(rates, key_id, rate, requests):
    try:
        rates.charge(key_id, rate, requests)
    except RateLimited as error:
        return error.retry_after
    return None


@given(st.integers(1, 9), _steps)
def test_as_who_remembers_every_request(most, steps):
    """The oracle keeps every request with its time, and counts them anew each time."""
    moment = 0.0
    rates = Rates(lambda: moment)
    made = []
    for sixteenths, requests, key_id in steps:
        moment += sixteenths / 16
        window, part = int(moment), Fraction(moment) % 1
        now = sum(number for at, key, number in made if key == key_id and int(at) == window)
        before = sum(number for at, key, number in made if key == key_id and int(at) == window - 1)
        fits = now + math.floor(before * (1 - part)) + requests <= most
        assert (let_in(rates, key_id, f"{most}/second", requests) is None) == fits
        if fits:
            made.append((moment, key_id, requests))


@given(st.integers(1, 9), st.sampled_from(sorted(_SECONDS)), _steps)
def test_who_waits_as_long_as_was_said_is_let_in(most, unit, steps):
    moment = 0.0
    rates = Rates(lambda: moment)
    rate = f"{most}/{unit}"
    for sixteenths, requests, key_id in steps:
        moment += sixteenths / 16 * _SECONDS[unit]
        pause = let_in(rates, key_id, rate, requests)
        if pause is not None:
            assert 1 <= pause <= 2 * _SECONDS[unit]
            if requests <= most:
                moment += pause
                assert let_in(rates, key_id, rate, requests) is None


def test_more_than_ever_fits_is_refused_and_not_counted():
    rates = Rates(lambda: 0.25)
    with pytest.raises(RateLimited) as refused:
        rates.charge("a", "3/hour", 4)
    assert refused.value.retry_after == 3600
    rates.charge("a", "3/hour", 3)
