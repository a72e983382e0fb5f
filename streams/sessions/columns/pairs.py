"""What holds of pairs: worked out once for each that is there."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from streams.sessions.columns.session_columns import Codes

__all__ = ["for_each_pair"]


def for_each_pair(one: Codes, other: Codes, of: Callable[[int, int], float]) -> NDArray[np.float64]:
    """Ask about every distinct pair of numbers once.

    Parameters
    ----------
    one, other
        Length n, not negative.
    of
        Says what holds of a pair.

    Returns
    -------
    ndarray
        Length n.
    """
    if not one.size:
        return np.empty(0)
    width = int(other.max()) + 1
    pairs, where = np.unique(one * width + other, return_inverse=True)
    told = (of(pair // width, pair % width) for pair in pairs.tolist())
    return np.fromiter(told, np.float64, len(pairs))[where]
