"""A step of Adagrad, compiled: most of the time of a fit is spent here."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["adagrad_step"]


# NumPy's errors: a check for division by zero would keep the loop from being vectorised.
@njit(cache=True, error_model="numpy")
def adagrad_step(
    coefficients: NDArray[np.float32],
    squares: NDArray[np.float32],
    columns: NDArray[np.int64],
    slope: NDArray[np.float32],
    scale: float,
    l2: float,
    rate: float,
) -> None:
    """Move some rows of coefficients against their slope (Duchi et al. 2011).

    Parameters
    ----------
    coefficients, squares
        Features × outputs; changed.
    columns
        The features that move.
    slope
        As many × outputs, to be multiplied with `scale`.
    scale, l2, rate
        Of the slope, pull to zero, and first step.
    """
    scale32, l232, rate32 = np.float32(scale), np.float32(l2), np.float32(rate)
    for place in range(columns.shape[0]):
        held, square, pull = coefficients[columns[place]], squares[columns[place]], slope[place]
        for output in range(slope.shape[1]):
            step = pull[output] * scale32 + l232 * held[output]
            grown = square[output] + step * step
            square[output] = grown
            held[output] -= rate32 * (step / np.sqrt(grown))
