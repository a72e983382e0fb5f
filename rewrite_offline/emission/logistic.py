"""Many logistic regressions at once, on sparse rows, with soft targets."""

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy import sparse

__all__ = ["Floats", "fit_logistic", "log_odds", "sigmoid"]

Floats: TypeAlias = NDArray[np.float32]

_FIRST = 1e-3
_PUSH = 4.0


def fit_logistic(
    rows: "sparse.csr_matrix",
    targets: Floats,
    weights: Floats,
    *,
    epochs: int,
    rate: float,
    l2: float,
    batch: int,
    seed: int,
) -> tuple[Floats, Floats]:
    """Fit by Adagrad (Duchi et al. 2011): features that are seldom seen take larger steps.

    Parameters
    ----------
    rows
        n × features.
    targets
        n × outputs, probabilities.
    weights
        n: how much each row counts.
    epochs, rate, l2, batch, seed
        Passes over the rows, first step, pull to zero, rows a step, and of the order of the rows.

    Returns
    -------
    coefficients
        features × outputs.
    bias
        Outputs: the log-odds of the targets' means, not fitted further.
    """
    from scipy import sparse

    from rewrite_offline.emission.adagrad import adagrad_step  # here: what serves needs no numba

    dice = np.random.default_rng(seed)
    n, features = rows.shape
    place = np.zeros(features, np.int64)
    bias = log_odds(targets.mean(axis=0))
    coefficients = np.zeros((features, targets.shape[1]), np.float32)
    squares = np.full_like(coefficients, _FIRST)
    for _ in range(epochs):
        order = dice.permutation(n)
        for start in range(0, n, batch):
            chosen = order[start : start + batch]
            part = rows[chosen]
            # Only features that occur among these rows move.
            occurs = np.zeros(features, bool)
            occurs[part.indices] = True
            columns = np.flatnonzero(occurs)
            place[columns] = np.arange(len(columns))
            part = sparse.csr_matrix(
                (part.data, place[part.indices], part.indptr), shape=(len(chosen), len(columns))
            )
            wrong = (sigmoid(part @ coefficients[columns] + bias) - targets[chosen]) * weights[chosen, None]
            slope = part.T @ wrong
            adagrad_step(coefficients, squares, columns, slope, _PUSH / len(chosen), l2 * len(chosen), rate)
    return coefficients, bias


def sigmoid(odds: Floats) -> Floats:
    """Logistic function."""
    found: Floats = np.reciprocal(1.0 + np.exp(-np.clip(odds, -30.0, 30.0)), dtype=np.float32)
    return found


def log_odds(share: Floats) -> Floats:
    """Inverse of the logistic function, kept within ±9.2."""
    kept = np.clip(share, 1e-4, 1 - 1e-4)
    found: Floats = np.log(kept / (1 - kept)).astype(np.float32)
    return found
