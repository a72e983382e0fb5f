"""Weights from the signals alone: no rating, no label.

Signals are noisy annotators of one hidden thing, whether the turn succeeded. Where they agree and disagree tells
how far each can be trusted (Dawid & Skene, Maximum Likelihood Estimation of Observer Error-Rates Using the EM
Algorithm, Applied Statistics 28, 1979). Signals of one kind, such as confidence and margin, are not independent
annotators, so they are first put together to views, as in co-training (Blum & Mitchell, COLT 1998) and co-EM
(Nigam & Ghani, CIKM 2000): what the NLU thought, what the assistant answered, what the customer asked next, what
was observed. A view is a small logistic model of its signals, and EM runs over the views. As in data programming
(Ratner et al., NeurIPS 2016), the probabilities that come out then teach one model of all signals.

Taken for granted:

- given success or failure, views are independent; inside a view nothing is taken for granted.
- there are two hidden classes, and the one called success is the one that the given weights call so: EM starts
  from them, is pulled to them, and classes that came out swapped are swapped back.
- how many requests are met cannot be read off agreement: that share is held, at the one given or else at what
  the given weights make of the log. What is learned is which turns they are.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from streams.outcome.logistic import Learned, fit_logistic, log_odds, probabilities
from streams.outcome.observations import Observations
from streams.outcome.signals import VIEWS

__all__ = ["from_agreement"]

#: More turns than this teach EM nothing; it takes every second, third … one.
_ENOUGH = 100_000

_STEPS = 200
_DONE = 1e-4

#: How hard the given weights pull, as a share of the turns and at least so many turns: the views' assumptions do
#: not become truer with more of them.
_PULL_SHARE, _PULL_TURNS = 0.003, 5.0


def from_agreement(
    seen: Observations, given: NDArray[np.float64], given_bias: float, success_rate: float | None = None
) -> Learned:
    """Learn weights from how the signals agree.

    Parameters
    ----------
    seen
        n turns, k signals.
    given, given_bias
        Length k, and a number: the given weights, which say what is meant by success.
    success_rate
        Share of requests that are met, 0 to 1, both excluded; None: what the given weights make of the log.

    Returns
    -------
    Learned
        `report`: `turns` that were learned from; EM `steps`; `success_rate`; `agreement`, the correlation of the
        new P(success) with the given ones; `swapped`, 1 where EM had named the classes the other way round.
    """
    values = seen.filled[:: 1 + len(seen.values) // _ENOUGH]
    believed = probabilities(values @ given + given_bias)
    rate = float(believed.mean()) if success_rate is None else success_rate
    posterior, steps = _expectation_maximisation(values, _views(seen.names), given, believed, rate)
    agreement = _correlation(posterior, believed)
    if agreement < 0.0:
        posterior = 1.0 - posterior
    everything = np.ones(len(posterior))
    weights, bias = fit_logistic(values, posterior, everything, given, given_bias, _pull(len(values)))
    report = {
        "turns": float(len(posterior)),
        "steps": float(steps),
        "success_rate": rate,
        "agreement": abs(agreement),
        "swapped": float(agreement < 0.0),
    }
    return Learned(weights, bias, report)


def _expectation_maximisation(
    values: NDArray[np.float64],
    views: Sequence[NDArray[np.int64]],
    given: NDArray[np.float64],
    believed: NDArray[np.float64],
    rate: float,
) -> tuple[NDArray[np.float64], int]:
    """P(success) of each turn under two classes with independent views, and the steps that it took.

    P(view | success) / P(view | failure) is the odds of success given the view over the odds of success, so a
    logistic model of each view is all that is needed of it.
    """
    everything, pull = np.ones(len(values)), _pull(len(values))
    columns = [values[:, view] for view in views]
    fits = [(given[view], log_odds(rate)) for view in views]
    posterior = _held(log_odds(believed), rate)
    step, moved = 0, 1.0
    while moved >= _DONE and step < _STEPS:
        fits = [
            fit_logistic(shown, posterior, everything, given[view], log_odds(rate), pull, start=fit)
            for shown, view, fit in zip(columns, views, fits, strict=True)
        ]
        evidence = sum(
            (shown @ weights + bias for shown, (weights, bias) in zip(columns, fits, strict=True)),
            start=np.zeros(len(values)),
        )
        changed = _held(evidence, rate)
        moved = float(np.abs(changed - posterior).max())
        posterior = changed
        step += 1
    return posterior, step


def _held(odds: NDArray[np.float64], rate: float) -> NDArray[np.float64]:
    """Probabilities of log-odds, all moved alike, so that their mean is the rate. By bisection."""
    low, high = -50.0, 50.0
    for _ in range(40):
        middle = (low + high) / 2.0
        if probabilities(odds + middle).mean() < rate:
            low = middle
        else:
            high = middle
    return probabilities(odds + low)


def _views(names: Sequence[str]) -> list[NDArray[np.int64]]:
    """Columns of each view; a signal that is in no view is one by itself."""
    named = [[i for i, name in enumerate(names) if name in view] for view in VIEWS]
    alone = [[i] for i, name in enumerate(names) if not any(name in view for view in VIEWS)]
    return [np.array(view, dtype=np.int64) for view in named + alone if view]


def _pull(turns: int) -> float:
    return max(_PULL_TURNS, _PULL_SHARE * turns)


def _correlation(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    if np.ptp(one) == 0.0 or np.ptp(other) == 0.0:
        return 0.0
    return float(np.corrcoef(one, other)[0, 1])
