"""Sums that are the same on every Python."""

from collections.abc import Iterable

__all__ = ["added_up"]


def added_up(values: Iterable[float]) -> float:
    """Add from left to right.

    `sum` adds floats with compensation since Python 3.12, so its last bit is another one there, and what is drawn by
    it may be another word.
    """
    total = 0.0
    for value in values:
        total += value
    return total
