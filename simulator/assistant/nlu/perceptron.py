"""Linear models with whole numbers for weights: the same bytes on every machine.

The averaged perceptron (Freund and Schapire, 1999) and its form for sequences (Collins, EMNLP 2002). Updates are
additions of one, sums and products of integers are exact in any order, so neither the processor nor the library
that adds them up can make a difference.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from simulator.dice import Dice

__all__ = ["ONE", "Weights", "in_turn", "numbered", "rows_of"]

T = TypeVar("T")

#: Averaged weights are told in this part of an update.
ONE = 64
_MOST = 32_000


class Weights:
    """Weights of features for each of some labels, while they are learned.

    Parameters
    ----------
    rows
        How many features there are.
    labels
        How many labels.
    """

    def __init__(self, rows: int, labels: int) -> None:
        # Every step changes a weight by one or a few, so that 32 bits are enough for the weights themselves.
        self._now = np.zeros((rows, labels), dtype=np.int32)
        self._late = np.zeros((rows, labels), dtype=np.int64)
        self._steps = 1

    def scores(self, features: NDArray[np.intp]) -> NDArray[np.int32]:
        """Add up the weights of the features, for every label."""
        return np.asarray(np.add.reduce(self._now.take(features, axis=0), axis=0))

    def score_each(self, features: NDArray[np.intp], starts: NDArray[np.intp]) -> list[list[int]]:
        """Add up the weights of several sets of features, none of them empty, each from its start on."""
        told = self._now.take(features, axis=0)
        scores: list[list[int]] = np.add.reduceat(told, starts, axis=0).tolist()
        return scores

    @property
    def now(self) -> list[list[int]]:
        """The weights as they are, not averaged."""
        return self._now.tolist()

    def move(self, features: NDArray[np.intp], towards: int, away: int) -> None:
        """Make one label likelier for these features, which are all different, and another one less likely."""
        self._now[features, towards] += 1
        self._now[features, away] -= 1
        self._late[features, towards] += self._steps
        self._late[features, away] -= self._steps

    def change(self, cell: tuple[int, int], by: int) -> None:
        """Change one weight."""
        self._now[cell] += by
        self._late[cell] += by * self._steps

    def step(self) -> None:
        """Go on to the next example."""
        self._steps += 1

    def averaged(self) -> NDArray[np.int16]:
        """Return the weights as they were on average over all examples, in parts of `ONE`.

        Two bytes each: what a text needs of them is to stay in the processor's cache.
        """
        average = (self._now.astype(np.int64) * self._steps - self._late) * ONE // self._steps
        return average.clip(-_MOST, _MOST).astype(np.int16)


def in_turn(examples: Sequence[T], dice: Dice) -> Iterator[T]:
    """Give every example once, in an order drawn anew."""
    left = list(examples)
    for last in range(len(left) - 1, -1, -1):
        place = int(dice.uniform() * (last + 1))
        left[place], left[last] = left[last], left[place]
        yield left[last]


def numbered(texts: Iterable[Iterable[str]]) -> dict[str, int]:
    """Number the features that more than one text has: what was there once says nothing about what is to come."""
    counts: dict[str, int] = {}
    for features in texts:
        for feature in features:
            counts[feature] = counts.get(feature, 0) + 1
    return {feature: row for row, feature in enumerate(each for each, many in counts.items() if many > 1)}


def rows_of(features: Iterable[str], rows: Mapping[str, int]) -> list[int]:
    """Return the rows of the features that are known, each once."""
    return [row for row in map(rows.get, dict.fromkeys(features)) if row is not None]
