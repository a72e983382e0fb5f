"""Weights from what customers said when asked how it went."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from streams.errors import NoRatings
from streams.outcome.logistic import Learned, fit_logistic, probabilities
from streams.outcome.observations import Observations

__all__ = ["Level", "from_said"]

#: What a rating is about: the turn that it names, or the whole session of that turn.
Level = Literal["turn", "session"]

#: Strength of the pull to the given weights, in ratings: with fewer than these the given weights prevail.
_PULL = 10.0

_FOLDS = 5
_BINS = 10


def from_said(
    seen: Observations, given: NDArray[np.float64], given_bias: float, level: Level = "turn"
) -> Learned:
    """Learn weights from ratings, by logistic regression with an L2 pull to the given weights.

    Parameters
    ----------
    seen
        n turns, k signals, and what customers said.
    given, given_bias
        Length k, and a number: the given weights.
    level
        "turn": a rating is about its turn. "session": it is about all turns of the session alike; a session is
        then the mean of its turns' signals, and what is learned is the success of sessions.

    Returns
    -------
    Learned
        `report`: `ratings`, how many; `mean_rating`; and the check of calibration, out of fold, folds made of
        whole customers: `brier`, beside `brier_of_the_mean`, of always saying the mean rating;
        `calibration_error`, the mean distance between P(success) and the ratings in ten bins of equal size. Where
        `brier` is not the smaller one, the signals say nothing about these ratings: better take the given
        weights.

    Raises
    ------
    NoRatings
        If there are none, or only good or only bad ones.
    """
    values, target, customer = _rated(seen, level)
    if not (target >= 0.5).any() or not (target < 0.5).any():
        kinds = "no rating" if not target.size else f"{target.size} ratings, all good or all bad,"
        raise NoRatings(
            len(seen.said),
            f"{kinds} to learn from; both good and bad ones are needed, else use other weights",
        )
    weights, bias = fit_logistic(values, target, np.ones(len(target)), given, given_bias, _PULL)
    report = {"ratings": float(len(target)), "mean_rating": float(target.mean())}
    return Learned(weights, bias, report | _calibration(values, target, customer, given, given_bias))


def _rated(
    seen: Observations, level: Level
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Signals, rating and customer of every rated turn or session."""
    rated = ~np.isnan(seen.said)
    if level == "turn":
        return seen.filled[rated], seen.said[rated], seen.customer[rated]
    which, turn_of = np.unique(seen.session[rated], return_inverse=True)
    target = np.bincount(turn_of, seen.said[rated]) / np.maximum(np.bincount(turn_of), 1)
    first = np.searchsorted(seen.session, which)
    after = np.searchsorted(seen.session, which, side="right")
    values = np.array([seen.filled[a:b].mean(axis=0) for a, b in zip(first, after, strict=True)])
    return values.reshape(len(which), len(seen.names)), target, seen.customer[first]


def _calibration(
    values: NDArray[np.float64],
    target: NDArray[np.float64],
    customer: NDArray[np.int64],
    given: NDArray[np.float64],
    given_bias: float,
) -> dict[str, float]:
    """Out-of-fold figures; without a second customer there is no fold to leave out, and none are given."""
    fold = np.unique(customer, return_inverse=True)[1].reshape(-1) % _FOLDS
    if np.ptp(fold) == 0:
        return {}
    said, mean = np.empty(len(target)), np.empty(len(target))
    for held in np.unique(fold):
        out, rest = fold == held, fold != held
        weights, bias = fit_logistic(
            values[rest], target[rest], np.ones(int(rest.sum())), given, given_bias, _PULL
        )
        said[out] = probabilities(values[out] @ weights + bias)
        mean[out] = target[rest].mean()
    bins = np.array_split(np.argsort(said, kind="stable"), min(_BINS, len(target)))
    apart = sum(len(part) * abs(float(said[part].mean() - target[part].mean())) for part in bins)
    return {
        "brier": float(((said - target) ** 2).mean()),
        "brier_of_the_mean": float(((mean - target) ** 2).mean()),
        "calibration_error": apart / len(target),
    }
