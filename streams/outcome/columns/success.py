"""The outcome model over columns: the same probabilities as `OutcomeModel.success`, to the last bit."""

import numpy as np
from numpy.typing import NDArray

from streams.outcome.columns.assistant import ASSISTANT
from streams.outcome.columns.following import FOLLOWING
from streams.outcome.columns.observed import OBSERVED
from streams.outcome.model import OutcomeModel, probability
from streams.outcome.weights import LABEL
from streams.sessions.columns import SessionColumns

__all__ = ["success_of"]

_COLUMNS = {**ASSISTANT, **FOLLOWING, **OBSERVED}


def success_of(model: OutcomeModel, sessions: SessionColumns) -> NDArray[np.float64]:
    """P(success) of n turns.

    Parameters
    ----------
    model
        With the signals that are shipped.
    sessions
        n turns.

    Returns
    -------
    ndarray
        Length n.
    """
    odds = np.full(len(sessions), model.bias)
    # One signal after the other, as the model itself adds them: the same sums, rounded alike.
    for name, weight in model.weights.items():
        if name != LABEL and weight:
            odds += weight * _COLUMNS[name](sessions)
    return np.fromiter(map(probability, odds.tolist()), np.float64, len(odds))
