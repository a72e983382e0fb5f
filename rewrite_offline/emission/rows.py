"""Sparse rows: numbers of features and their values."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy import sparse

__all__ = ["Row", "sparse_rows"]

#: Numbers of the features that a request has, and their values; of one length.
Row: TypeAlias = tuple[NDArray[np.int64], NDArray[np.float32]]


def sparse_rows(rows: Sequence[Row], width: int) -> "sparse.csr_matrix":
    """Put rows into a matrix of `width` columns. Only learning needs it, and SciPy with it."""
    from scipy import sparse

    ends = np.cumsum([0, *(len(numbers) for numbers, _ in rows)])
    numbers = np.concatenate([numbers for numbers, _ in rows]) if rows else np.zeros(0, np.int64)
    values = np.concatenate([values for _, values in rows]) if rows else np.zeros(0, np.float32)
    return sparse.csr_matrix((values, numbers, ends), shape=(len(rows), width))
