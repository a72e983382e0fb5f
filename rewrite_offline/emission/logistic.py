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
    from rewrite_offline.emission.adagrad import add_up, descend  # here: what serves needs no numba

    dice = np.random.default_rng(seed)
    n, features = rows.shape
    csr = rows.indptr.astype(np.int64), rows.indices.astype(np.int64), rows.data
    bias = log_odds(targets.mean(axis=0))
    coefficients = np.zeros((features, targets.shape[1]), np.float32)
    squares = np.full_like(coefficients, _FIRST)
    # Kept from step to step: to ask the system for so much memory again each time takes longer than the step.
    wrong = np.empty((min(batch, n), targets.shape[1]), np.float32)
    wanted = np.empty_like(wrong)
    most = min(features, int(np.diff(rows.indptr).max(initial=0)) * batch)
    working = np.full(features, -1), np.empty(most, np.int64), np.empty((most, targets.shape[1]), np.float32)
    for _ in range(epochs):
        order = dice.permutation(n)
        for start in range(0, n, batch):
            chosen = order[start : start + batch]
            amiss, met = wrong[: len(chosen)], wanted[: len(chosen)]
            add_up(*csr, chosen, coefficients, bias, amiss)
            sigmoid(amiss, out=amiss)
            amiss -= np.take(targets, chosen, axis=0, out=met)
            amiss *= weights[chosen, None]
            # Only features that occur among these rows move.
            descend(
                *csr,
                chosen,
                amiss,
                coefficients,
                squares,
                *working,
                _PUSH / len(chosen),
                l2 * len(chosen),
                rate,
            )
    return coefficients, bias


def sigmoid(odds: Floats, out: Floats | None = None) -> Floats:
    """Logistic function; into `out` where given, which may be the odds themselves."""
    found: Floats = np.clip(odds, -30.0, 30.0, out=out)
    np.negative(found, out=found)
    np.exp(found, out=found)
    found += 1.0
    return np.reciprocal(found, out=found)


def log_odds(share: Floats) -> Floats:
    """Inverse of the logistic function, kept within ±9.2."""
    kept = np.clip(share, 1e-4, 1 - 1e-4)
    found: Floats = np.log(kept / (1 - kept)).astype(np.float32)
    return found
