"""From the span model's scores to a probability that can be believed, and the threshold above which it counts."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Calibration", "calibrate"]

Floats = NDArray[np.float64]

#: How strongly a calibration is drawn to the identity.
_DRAWN = 0.1
#: Scores nearer than this to 0 or 1 count as this near: their logarithms would be infinite.
_EDGE = 1e-6


class Calibration(BaseModel):
    """A straight line through the log-odds of a score (Platt 1999), and a threshold on what comes out.

    Attributes
    ----------
    slope, intercept
        Of the line.
    threshold
        Confidence from which a rephrase counts as found: there the F1 is best, going by the confidences.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    slope: float = Field(default=1.0, gt=0)
    intercept: float = 0.0
    threshold: float = Field(default=0.5, ge=0, le=1)

    def __call__(self, scores: Floats) -> Floats:
        """Give the probability that each of some scores stands for, shape (n,)."""
        return _share(self.slope * _log_odds(scores) + self.intercept)


@dataclass(frozen=True, slots=True)
class _Line:
    slope: float
    intercept: float


def calibrate(scores: Floats, right: NDArray[np.bool_], rephrased: int) -> Calibration:
    """Fit a calibration to turns that the model was not trained on.

    Parameters
    ----------
    scores
        Of the best candidate of each request, shape (n,).
    right
        Whether it does say the request again, shape (n,).
    rephrased
        How many requests were said again, whether or not a candidate shows it.

    Returns
    -------
    Calibration
        The identity with threshold 0.5 where all candidates are right, or none: then nothing can be learned.
    """
    if not right.any() or right.all():
        return Calibration()
    line = _fit(_log_odds(scores), right.astype(np.float64))
    found = Calibration(slope=line.slope, intercept=line.intercept)
    return found.model_copy(update={"threshold": _best_threshold(found(scores), rephrased)})


def _fit(x: Floats, y: Floats, rounds: int = 50) -> _Line:
    """Logistic regression on one feature by Newton's method, with Platt's smoothed targets.

    It is drawn a little to the line that leaves the scores as they are, so that a few requests cannot bend it much.
    """
    positive, negative = y.sum(), len(y) - y.sum()
    target = np.where(y > 0, (positive + 1) / (positive + 2), 1 / (negative + 2))
    design, as_is = np.stack([x, np.ones_like(x)], axis=1), np.array([1.0, 0.0])

    def loss(weights: Floats) -> float:
        odds = design @ weights
        off = weights - as_is
        return float((np.logaddexp(0.0, odds) - target * odds).sum() + 0.5 * _DRAWN * (off @ off))

    weights = as_is
    for _ in range(rounds):
        p = _share(design @ weights)
        slopes = design.T @ (target - p) - _DRAWN * (weights - as_is)
        curvature = design.T @ (design * (p * (1 - p))[:, None]) + _DRAWN * np.eye(2)
        step = np.linalg.solve(curvature, slopes)
        # Newton's step may go too far where the curve is flat.
        while loss(weights + step) > loss(weights) and np.abs(step).max() > 1e-9:
            step = step / 2
        weights = weights + step
        if float(np.abs(step).max()) < 1e-9:
            break
    # A score that means the less the higher it is would be a broken model; the order of the scores stays.
    return _Line(max(float(weights[0]), 1e-3), float(weights[1]))


def _share(odds: Floats) -> Floats:
    """The logistic function, which does not overflow."""
    found: Floats = 0.5 * (1.0 + np.tanh(0.5 * odds))
    return found


def _best_threshold(confidence: Floats, rephrased: int) -> float:
    """Find the confidence from which on F1 is best, where each candidate is right with its confidence.

    What was right by chance among a few dozen held-out requests would move it about; the line, which has two numbers,
    does so much less. Source: Lipton, Elkan and Naryanaswamy, "Optimal Thresholding of Classifiers to Maximize F1
    Measure", ECML 2014.
    """
    order = np.argsort(-confidence, kind="stable")
    ranked = confidence[order]
    f1 = 2 * np.cumsum(ranked) / (np.arange(1, len(ranked) + 1) + rephrased)
    # Of requests with the same confidence all count, or none.
    last = int(np.argmax(np.where(np.append(np.diff(ranked) < 0, True), f1, -1.0)))
    # Halfway to the next one, so that rounding does not decide.
    below = ranked[last + 1] if last + 1 < len(ranked) else 0.0
    return float((ranked[last] + below) / 2)


def _log_odds(scores: Floats) -> Floats:
    inside = np.clip(scores, _EDGE, 1 - _EDGE)
    found: Floats = np.log(inside) - np.log1p(-inside)
    return found
