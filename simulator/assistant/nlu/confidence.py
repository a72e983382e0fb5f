"""Confidence from scores, with whole numbers only: a softmax to the base of two, in thousandths."""

from collections.abc import Sequence

__all__ = ["CERTAIN", "shares"]

#: A share of one.
CERTAIN = 1000

_FINE = 16
_LIKELIHOODS = tuple(round(2**20 * 2.0 ** (-step / _FINE)) for step in range(20 * _FINE))


def shares(scores: Sequence[int], unit: int) -> list[int]:
    """Give each score its share, in thousandths.

    Parameters
    ----------
    scores
        One at least.
    unit
        So much less is half as likely.

    >>> shares([300, 200, 200], 100)
    [500, 250, 250]
    """
    best = max(scores)
    last = len(_LIKELIHOODS) - 1
    likely = [_LIKELIHOODS[min((best - score) * _FINE // unit, last)] for score in scores]
    total = sum(likely)
    return [(CERTAIN * each + total // 2) // total for each in likely]
