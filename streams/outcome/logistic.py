"""Logistic regression with a Gaussian prior around weights that were believed before."""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

__all__ = ["Learned", "fit_logistic", "log_odds", "probabilities"]

Numbers = TypeVar("Numbers", float, NDArray[np.float64])

_STEPS = 100
_DONE = 1e-8


@dataclass(frozen=True)
class Learned:
    """Weights, in the order of the observations' names, with the bias and the figures of the fit."""

    weights: NDArray[np.float64]
    bias: float
    report: dict[str, float]


def fit_logistic(
    values: NDArray[np.float64],
    target: NDArray[np.float64],
    counts: NDArray[np.float64],
    before: NDArray[np.float64],
    bias_before: float,
    strength: float,
    *,
    start: tuple[NDArray[np.float64], float] | None = None,
) -> tuple[NDArray[np.float64], float]:
    """Maximise Σ counts · log-likelihood − strength/2 · ‖weights − before‖², by Newton's method.

    Parameters
    ----------
    values
        n × k.
    target
        Length n: 0 to 1; a fraction is a probability of 1.
    counts
        Length n: what each row counts for.
    before, bias_before
        Length k, and a number: weights before anything was seen. The bias is pulled back only a hundredth as
        hard: how often requests are met differs from log to log.
    strength
        Of the pull back, in rows: greater than 0, so that there is one maximum, and a finite one.
    start
        Weights and bias to begin from; what was believed before where None. It changes the time, not the result.

    Returns
    -------
    weights, bias
        Length k, and a number.

    Notes
    -----
    A step that does not go up is halved, so that separable data cannot throw it off.
    """
    columns = np.column_stack([values, np.ones(len(values))])
    prior = np.append(before, bias_before)
    pull = np.append(np.full(len(before), strength), strength / 100.0)
    weights = prior if start is None else np.append(*start)

    def fit_of(weights: NDArray[np.float64]) -> float:
        odds = columns @ weights
        # log(1 + exp(odds)), written so that it neither overflows nor takes the slow logaddexp.
        likelihood = counts @ (target * odds - np.maximum(odds, 0.0) - np.log1p(np.exp(-np.abs(odds))))
        return float(likelihood - 0.5 * pull @ (weights - prior) ** 2)

    best = fit_of(weights)
    for _ in range(_STEPS):
        p = probabilities(columns @ weights)
        gradient = columns.T @ (counts * (target - p)) - pull * (weights - prior)
        curvature = (columns.T * (counts * p * (1.0 - p))) @ columns + np.diag(pull)
        step = np.linalg.solve(curvature, gradient)
        while (reached := fit_of(weights + step)) < best and np.abs(step).max() > _DONE:
            step = step / 2.0
        if np.abs(step).max() <= _DONE:
            break
        weights, best = weights + step, reached
    return weights[:-1], float(weights[-1])


def log_odds(p: Numbers) -> Numbers:
    """Log-odds of probabilities; those nearer to 0 or 1 than 1e-12 are taken for that."""
    kept = np.clip(p, 1e-12, 1.0 - 1e-12)
    odds: Numbers = np.log(kept) - np.log1p(-kept)
    return odds


def probabilities(odds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Logistic function of log-odds, without overflow."""
    return 1.0 / (1.0 + np.exp(np.clip(-odds, -700.0, 700.0)))
