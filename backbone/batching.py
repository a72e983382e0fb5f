"""Batches of mixed length, without waste."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["Batches", "batches_by_length"]

_Numbers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Batches(Sequence[_Numbers]):
    """Batches of examples, by number.

    Attributes
    ----------
    batches
        The numbers of each batch's examples.
    padding_share
        Which share of all places, each batch padded to its longest, holds nothing.
    """

    batches: Sequence[_Numbers]
    padding_share: float

    def __len__(self) -> int:
        return len(self.batches)

    @overload
    def __getitem__(self, index: int) -> _Numbers: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[_Numbers]: ...
    def __getitem__(self, index: int | slice) -> _Numbers | Sequence[_Numbers]:
        return self.batches[index]


def batches_by_length(
    lengths: ArrayLike, tokens: int, *, rng: np.random.Generator | None = None, at_most: int | None = None
) -> Batches:
    """Put examples of about the same length into one batch, as many as a budget of tokens takes.

    Parameters
    ----------
    lengths
        Of each example, in tokens, shape (examples,).
    tokens
        A batch, padded to its longest, has at most so many places; an example that is longer is a batch by itself.
    rng
        Shuffles: which examples of about the same length meet, and the order of the batches. Without it, the batches
        go from short to long, and examples of the same length in their order.
    at_most
        Examples of a batch, at most.

    Returns
    -------
    Batches
        Every example once.
    """
    length = np.asarray(lengths, np.int64)
    if rng is None:
        order = np.argsort(length, kind="stable")
    else:
        # Lengths within an eighth count as the same, so that the same examples do not always meet.
        bucket = np.round(8 * np.log2(np.maximum(length, 1)))
        order = np.lexsort((rng.random(length.size), bucket))
    found: list[_Numbers] = []
    start, longest, places = 0, 0, 0
    for end, one in enumerate(length[order].tolist()):
        many = end - start
        if many and (max(longest, one) * (many + 1) > tokens or many == at_most):
            found.append(order[start:end])
            places += longest * many
            start, longest = end, 0
        longest = max(longest, one)
    if start < length.size:
        found.append(order[start:])
        places += longest * (length.size - start)
    if rng is not None:
        found = [found[number] for number in rng.permutation(len(found))]
    return Batches(found, 1.0 - float(length.sum()) / places if places else 0.0)
