"""Spans of whole turns: from the start and end heads' scores to probabilities."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["span_probabilities"]

Floats = NDArray[np.float64]


def span_probabilities(
    starts: NDArray[np.floating], ends: NDArray[np.floating], there: NDArray[np.bool_]
) -> Floats:
    """Say how probably each span is the one.

    A span's score is that of its first token under the start head plus that of its last token under the end head.
    Only spans of whole requests compete, and [CLS] alone, the null span, so nothing else can come out.

    Parameters
    ----------
    starts, ends
        Scores at the first and the last token of each span; the null span is the first. Shape (batch, spans).
    there
        Which spans there are, shape (batch, spans); the null span always is.

    Returns
    -------
    ndarray
        Shape (batch, spans); rows sum to one.
    """
    scores = np.where(there, starts.astype(np.float64) + ends, -np.inf)
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares: Floats = weights / weights.sum(axis=1, keepdims=True)
    return shares
