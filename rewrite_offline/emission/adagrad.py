"""Adagrad on sparse rows, compiled: most of the time of a fit is spent here."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["add_up", "descend"]

Floats = NDArray[np.float32]
Numbers = NDArray[np.int64]


@njit(cache=True, nogil=True)
def add_up(
    starts: Numbers,
    features: Numbers,
    values: Floats,
    chosen: Numbers,
    coefficients: Floats,
    bias: Floats,
    odds: Floats,
) -> None:
    """Sum up the coefficients of some rows' features.

    Parameters
    ----------
    starts, features, values
        Rows in CSR: where each begins, its features and their values.
    chosen
        Which rows.
    coefficients, bias
        Features × outputs; outputs.
    odds
        At least as many as are chosen × outputs; its first rows are written.
    """
    for place in range(chosen.shape[0]):
        sums = odds[place]
        sums[:] = np.float32(0.0)
        for at in range(starts[chosen[place]], starts[chosen[place] + 1]):
            value, held = values[at], coefficients[features[at]]
            for output in range(sums.shape[0]):
                sums[output] += value * held[output]
        for output in range(sums.shape[0]):
            sums[output] += bias[output]


# NumPy's errors: a check for division by zero would keep the loops from being vectorised.
@njit(cache=True, nogil=True, error_model="numpy")
def descend(
    starts: Numbers,
    features: Numbers,
    values: Floats,
    chosen: Numbers,
    wrong: Floats,
    coefficients: Floats,
    squares: Floats,
    place: Numbers,
    columns: Numbers,
    slope: Floats,
    scale: float,
    l2: float,
    rate: float,
) -> None:
    """Move the coefficients of the features that occur in some rows against their slope (Duchi et al. 2011).

    Parameters
    ----------
    starts, features, values, chosen
        As for `add_up`.
    wrong
        How much too high each output of each chosen row is.
    coefficients, squares
        Features × outputs; changed.
    place, columns, slope
        To work with: features, all -1 before and after; and as many as may occur, and × outputs.
    scale, l2, rate
        Of the slope, pull to zero, and first step.
    """
    scale32, l232, rate32 = np.float32(scale), np.float32(l2), np.float32(rate)
    occurring = 0
    for row in range(chosen.shape[0]):
        amiss = wrong[row]
        for at in range(starts[chosen[row]], starts[chosen[row] + 1]):
            feature, value = features[at], values[at]
            if place[feature] < 0:
                place[feature] = occurring
                columns[occurring] = feature
                slope[occurring, :] = np.float32(0.0)
                occurring += 1
            pull = slope[place[feature]]
            for output in range(amiss.shape[0]):
                pull[output] += value * amiss[output]
    for number in range(occurring):
        feature = columns[number]
        place[feature] = -1
        held, square, pull = coefficients[feature], squares[feature], slope[number]
        for output in range(pull.shape[0]):
            step = pull[output] * scale32 + l232 * held[output]
            grown = square[output] + step * step
            square[output] = grown
            held[output] -= rate32 * (step / np.sqrt(grown))
