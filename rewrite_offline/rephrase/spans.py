"""Spans of whole turns: from scores to probabilities."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["span_probabilities"]

Floats = NDArray[np.float64]


def span_probabilities(scores: NDArray[np.floating], there: NDArray[np.bool_]) -> Floats:
    """Say how probably each span is the one.

    Only spans of whole requests compete, and [CLS] alone, the null span, so nothing else can come out.

    Parameters
    ----------
    scores
        Of each span; the null span is the first. Shape (batch, spans).
    there
        Which spans there are, shape (batch, spans); the null span always is.

    Returns
    -------
    ndarray
        Shape (batch, spans); rows sum to one.
    """
    among = np.where(there, scores.astype(np.float64), -np.inf)
    weights = np.exp(among - among.max(axis=1, keepdims=True))
    shares: Floats = weights / weights.sum(axis=1, keepdims=True)
    return shares
