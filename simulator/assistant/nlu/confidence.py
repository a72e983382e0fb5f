"""Confidence from scores, with whole numbers only: a softmax to the base of two, in thousandths."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["CERTAIN", "share_beside", "shares"]

#: A share of one.
CERTAIN = 1000

_FINE = 16
_LIKELIHOODS: tuple[int, ...] = tuple(round(2**20 * 2.0 ** (-step / _FINE)) for step in range(20 * _FINE))
_TABLE = np.array(_LIKELIHOODS, dtype=np.int64)


def shares(scores: NDArray[np.integer], unit: int) -> NDArray[np.int64]:
    """Give each score its share, in thousandths.

    Parameters
    ----------
    scores
        One at least.
    unit
        So much less is half as likely.

    >>> shares(np.array([300, 200, 200]), 100).tolist()
    [500, 250, 250]
    """
    behind = (scores.max() - scores.astype(np.int64)) * _FINE // unit
    likely = _TABLE[np.minimum(behind, len(_TABLE) - 1)]
    total = likely.sum()
    share: NDArray[np.int64] = (CERTAIN * likely + total // 2) // total
    return share


def share_beside(ahead: int, unit: int) -> int:
    """Give the share, in thousandths, of what is so far ahead of the only other thing that it might be.

    >>> share_beside(0, 100), share_beside(100, 100)
    (500, 667)
    """
    likely = _LIKELIHOODS[min(max(ahead, 0) * _FINE // unit, len(_LIKELIHOODS) - 1)]
    total = _LIKELIHOODS[0] + likely
    return (CERTAIN * _LIKELIHOODS[0] + total // 2) // total
