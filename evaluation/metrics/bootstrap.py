"""Intervals by resampling callers: the turns of one caller are not independent of one another."""

import random
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

__all__ = ["interval"]


def interval(
    counts: Mapping[str, Sequence[int]],
    figure: Callable[[npt.NDArray[np.int64]], float],
    *,
    draws: int = 1000,
    seed: int = 0,
) -> tuple[float, float]:
    """Give the 95% bootstrap interval of a figure over callers.

    Parameters
    ----------
    counts
        Caller → what was counted among the caller's turns, the same kinds in the same order for all.
    figure
        The figure, from the sums of those counts, shape (kinds,).
    draws
        Resamples, each of as many callers as there are, with replacement.
    seed
        Of the resampling.

    Returns
    -------
    tuple of float
        Quantiles 0.025 and 0.975 of the draws, rounded to four places.
    """
    table = np.array([counts[caller] for caller in sorted(counts)], dtype=np.int64)
    # random.Random and not numpy's generator: the reference scorer draws so, and the intervals must be its.
    generator, callers = random.Random(seed), range(len(table))
    values = sorted(
        figure(table[generator.choices(callers, k=len(callers))].sum(axis=0)) for _ in range(draws)
    )
    return round(values[int(draws * 0.025)], 4), round(values[int(draws * 0.975)], 4)
