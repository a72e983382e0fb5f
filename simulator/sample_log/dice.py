"""Chance that falls the same on every machine and in every Python release."""

import random
from collections.abc import Sequence
from itertools import accumulate
from typing import TypeVar

__all__ = ["Dice"]

T = TypeVar("T")


class Dice:
    """Draws made only from `Random.random`, the one method whose sequence Python promises to keep.

    Parameters
    ----------
    seed
        The same seed gives the same draws.
    """

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed)

    def chance(self, probability: float) -> bool:
        """Whether something of this probability happens."""
        return self._random.random() < probability

    def between(self, low: float, high: float) -> float:
        """Draw a number, even between the two."""
        return low + (high - low) * self._random.random()

    def pick(self, items: Sequence[T]) -> T:
        """Draw one of the items, all alike."""
        return items[int(self._random.random() * len(items))]

    def weighted(self, items: Sequence[T], weights: Sequence[float]) -> T:
        """Draw one of the items by its weight."""
        sums = list(accumulate(weights))
        mark = self._random.random() * sums[-1]
        return next(item for item, upto in zip(items, sums, strict=True) if mark < upto)

    def popular(self, items: Sequence[T], flatness: float = 1.0) -> T:
        """Draw one of the items, the earlier the likelier: weight 1 / (rank + flatness)."""
        return self.weighted(items, [1.0 / (rank + flatness) for rank in range(len(items))])
