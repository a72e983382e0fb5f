"""Chance that is keyed by what it is about, and falls the same on every machine and in every Python.

A draw never comes from a stream that goes on from one thing to the next: whether somebody answers the third
question of a talk depends on the key of that question alone, not on how many draws were made before it. So two
runs of a world that differ in one thing, a rewrite say, differ only in what follows from it (common random
numbers; Glasserman and Yao, Management Science 38(6), 1992).
"""

import math
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from hashlib import blake2b
from itertools import accumulate, chain
from typing import TypeVar

import numpy as np

__all__ = ["Dice"]

T = TypeVar("T")

_WORD = (1 << 64) - 1
_STEP = 0x9E3779B97F4A7C15
_FIRST = 0xBF58476D1CE4E5B9
_SECOND = 0x94D049BB133111EB
_UNIT = 2.0**-53
_TWO_PI = 2.0 * math.pi
#: So many numbers are made at a time where many are asked for.
_MANY = 64
#: What each of them adds to the state before the first.
_STEPS = np.arange(1, _MANY + 1, dtype=np.uint64) * np.uint64(_STEP)
_ONE, _TWO = np.uint64(_FIRST), np.uint64(_SECOND)
_BY_30, _BY_27, _BY_31, _BY_11 = (np.uint64(bits) for bits in (30, 27, 31, 11))


class Dice:
    """All chance of one key, in the order in which it is asked for.

    The numbers are those of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014) begun at a hash of the key. Draws
    of `normal` and `exponential` go through the machine's `log` and `cos`, whose last bit may differ: round what
    comes of them.

    Parameters
    ----------
    *key
        What the chance is about: `Dice(seed, customer_id, day, "hours")`. The same key gives the same draws; 1
        and "1" are two keys.
    """

    __slots__ = ("_key", "_state")

    def __init__(self, *key: str | int) -> None:
        self._key = self._state = _hashed(0, key)

    @classmethod
    def numbered(cls, number: int) -> "Dice":
        """Give the chance that has this number: what `Dice(...).number` told."""
        dice = cls.__new__(cls)
        dice._key = dice._state = number & _WORD
        return dice

    @property
    def number(self) -> int:
        """64 bits that stand for the key."""
        return self._key

    def branch(self, *key: str | int) -> "Dice":
        """Give the chance of a longer key; what was drawn from this one so far makes no difference to it."""
        onto = self._key
        for part in key:  # as in `_hashed`: a call less, a hundred thousand times a minute
            onto = (onto * _FIRST + (_NUMBERS.get(part) or _number(part))) & _WORD
            onto = ((onto ^ (onto >> 29)) * _SECOND) & _WORD
            onto ^= onto >> 32
        branch = _new(Dice)
        branch._key = branch._state = onto
        return branch

    def uniform(self) -> float:
        """Draw a number from 0 up to, but not including, 1."""
        self._state = state = (self._state + _STEP) & _WORD
        state = ((state ^ (state >> 30)) * _FIRST) & _WORD
        state = ((state ^ (state >> 27)) * _SECOND) & _WORD
        return ((state ^ (state >> 31)) >> 11) * _UNIT

    def many(self) -> Callable[[], float]:
        """Give what `uniform` would draw, one at a call: faster, where tens are drawn."""
        return chain.from_iterable(_blocks(self._state)).__next__

    def chance(self, probability: float) -> bool:
        """Whether something of this probability happens."""
        return self.uniform() < probability

    def between(self, low: float, high: float) -> float:
        """Draw a number, even between the two."""
        return low + (high - low) * self.uniform()

    def pick(self, items: Sequence[T]) -> T:
        """Draw one of the items, all alike."""
        return items[int(self.uniform() * len(items))]

    def weighted(
        self,
        items: Sequence[T],
        weights: Sequence[float] | None = None,
        *,
        cumulative: Sequence[float] | None = None,
    ) -> T:
        """Draw one of the items by its weight.

        Parameters
        ----------
        items
            At least one.
        weights
            One an item, not all zero.
        cumulative
            In their place, their running sums, made once for many draws.
        """
        sums = cumulative if cumulative is not None else tuple(accumulate(weights or ()))
        found = bisect_right(sums, self.uniform() * sums[-1])
        # A product may be rounded up to the whole sum.
        return items[min(found, len(items) - 1)]

    def normal(self) -> float:
        """Draw from the standard normal distribution (Box and Muller, 1958)."""
        radius = math.sqrt(-2.0 * math.log(1.0 - self.uniform()))
        return radius * math.cos(_TWO_PI * self.uniform())

    def exponential(self, mean: float) -> float:
        """Draw from the exponential distribution with this mean."""
        return -mean * math.log(1.0 - self.uniform())


def _hashed(onto: int, key: tuple[str | int, ...]) -> int:
    for part in key:
        onto = (onto * _FIRST + (_NUMBERS.get(part) or _number(part))) & _WORD
        onto = ((onto ^ (onto >> 29)) * _SECOND) & _WORD
        onto ^= onto >> 32
    return onto


_new = object.__new__
#: Numbers of parts of keys that were met; most are purposes, which come again and again.
_NUMBERS: dict[str | int, int] = {}
_MOST_NUMBERS = 65_536


def _number(part: str | int) -> int:
    if part.__class__ is int:
        number = (part * 2 + 1) * _STEP
    else:
        number = int.from_bytes(blake2b(str(part).encode(), digest_size=8).digest(), "big")
    if len(_NUMBERS) >= _MOST_NUMBERS:
        _NUMBERS.clear()
    found = _NUMBERS[part] = (number + _STEP) & _WORD
    return found


def _blocks(state: int) -> Iterator[list[float]]:
    while True:
        mixed = _STEPS + np.uint64(state)
        mixed = (mixed ^ (mixed >> _BY_30)) * _ONE
        mixed = (mixed ^ (mixed >> _BY_27)) * _TWO
        numbers: list[float] = (((mixed ^ (mixed >> _BY_31)) >> _BY_11) * _UNIT).tolist()
        yield numbers
        state = (state + _MANY * _STEP) & _WORD
