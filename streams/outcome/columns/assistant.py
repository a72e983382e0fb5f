"""Signals of the assistant itself, over columns; what each observes is said in `streams.outcome.signals.assistant`.

A column holds 0, which is neutral, where a signal cannot be observed.
"""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from streams.records import ResponseStatus
from streams.sessions.columns import NONE, SessionColumns

__all__ = ["ASSISTANT", "Column"]

Column = NDArray[np.float64]


def _status(status: ResponseStatus) -> Callable[[SessionColumns], Column]:
    def observed(sessions: SessionColumns) -> Column:
        numbers = [number for number, name in enumerate(sessions.statuses) if name == status]
        return np.isin(sessions.status, numbers).astype(np.float64)

    return observed


def _empty_interpretation(sessions: SessionColumns) -> Column:
    return (_read(sessions) & ~_requests(sessions)).astype(np.float64)


def _confidence(sessions: SessionColumns) -> Column:
    sure = 2.0 * sessions.confidence_at(0) - 1.0
    return np.where(_requests(sessions) & ~np.isnan(sure), sure, 0.0)


def _margin(sessions: SessionColumns) -> Column:
    ahead = 2.0 * (sessions.confidence_at(0) - sessions.confidence_at(1)) - 1.0
    within = np.minimum(1.0, np.maximum(-1.0, ahead))
    column: Column = np.where(_requests(sessions) & ~np.isnan(ahead), within, 0.0)
    return column


def _unresolved(sessions: SessionColumns) -> Column:
    shares: Column = np.nan_to_num(sessions.unresolved)
    return shares


def _asked_again(sessions: SessionColumns) -> Column:
    question = (sessions.asked != NONE) & (sessions.asked == sessions.response_asked)
    words = (sessions.prompt != NONE) & (sessions.prompt == sessions.response_text)
    asked: Column = (question | words).astype(np.float64)
    return asked


def _read(sessions: SessionColumns) -> NDArray[np.bool_]:
    """Whether there was an NLU."""
    return np.not_equal(sessions.best, NONE)


def _requests(sessions: SessionColumns) -> NDArray[np.bool_]:
    """Whether the NLU found a request."""
    requests: NDArray[np.bool_] = _read(sessions) & ~np.append(sessions.empty, True)[sessions.best]
    return requests


ASSISTANT: Mapping[str, Callable[[SessionColumns], Column]] = {
    "asked_again": _asked_again,
    "confidence": _confidence,
    "empty_interpretation": _empty_interpretation,
    "error": _status(ResponseStatus.ERROR),
    "margin": _margin,
    "no_result": _status(ResponseStatus.NO_RESULT),
    "not_understood": _status(ResponseStatus.NOT_UNDERSTOOD),
    "unresolved": _unresolved,
}
