"""How well scores rank what is right."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["average_precision"]


def average_precision(scores: NDArray[np.float64], right: NDArray[np.bool_], positives: int) -> float:
    """Mean of the precision at each hit, over all there are to find; what was missed counts as 0.

    Parameters
    ----------
    scores, right
        Of what was found, shape (n,).
    positives
        How many there were to find.

    Returns
    -------
    float
        0 where there were none.
    """
    hits = right[np.argsort(-scores, kind="stable")]
    precision = np.cumsum(hits) / np.arange(1, len(hits) + 1)
    return float(precision[hits].sum() / positives) if positives else 0.0
