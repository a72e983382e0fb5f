"""Figures of a log by name, with their intervals over callers."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evaluation.world.calls import Call
from evaluation.world.statistics import STATISTICS, Quantile, Ratio

__all__ = ["Figure", "measure", "widened"]

Numbers = npt.NDArray[np.float64]

_DRAWS = 1000


@dataclass(frozen=True, slots=True)
class Figure:
    """One statistic of a log.

    Attributes
    ----------
    value
        None where the log holds nothing that it could be counted from.
    low, high
        95% bootstrap over callers.
    """

    value: float | None
    low: float | None
    high: float | None


def measure(
    calls: Iterable[Call],
    statistics: Mapping[str, Ratio | Quantile] = STATISTICS,
    *,
    draws: int = _DRAWS,
    seed: int = 0,
) -> dict[str, Figure]:
    """Measure a log.

    Parameters
    ----------
    calls
        Of all customers.
    statistics
        By name.
    draws
        Resamples of the bootstrap, each of as many customers as there are.
    seed
        Of the bootstrap.
    """
    by_customer: defaultdict[str, list[Call]] = defaultdict(list)
    for call in calls:
        by_customer[call.customer_id].append(call)
    people = [by_customer[customer] for customer in sorted(by_customer)]
    if not people:
        return dict.fromkeys(statistics, Figure(None, None, None))
    times = np.random.default_rng(seed).multinomial(
        len(people), [1.0 / len(people)] * len(people), size=draws
    )
    weights = np.vstack([np.ones(len(people)), times]).astype(np.float64)
    return {
        name: _figure(_ratios(s, people, weights) if isinstance(s, Ratio) else _quantiles(s, people, weights))
        for name, s in statistics.items()
    }


def widened(figure: Figure) -> tuple[float, float] | None:
    """Widen a figure's interval by a tenth of its width, half on either side; None where there is none."""
    if figure.low is None or figure.high is None:
        return None
    margin = (figure.high - figure.low) / 20.0
    return figure.low - margin, figure.high + margin


def _figure(drawn: Numbers) -> Figure:
    """Take the figure itself from the first place, and its interval from the draws after it."""
    if np.isnan(drawn[0]):
        return Figure(None, None, None)
    low, high = np.nanquantile(drawn[1:], (0.025, 0.975)).tolist()
    return Figure(float(drawn[0]), low, high)


def _ratios(statistic: Ratio, people: list[list[Call]], weights: Numbers) -> Numbers:
    counts = np.array([np.sum([statistic.count(call) for call in calls], axis=0) for calls in people])
    part, whole = weights @ counts[:, 0], weights @ counts[:, 1]
    shares: Numbers = np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0)
    return shares


def _quantiles(statistic: Quantile, people: list[list[Call]], weights: Numbers) -> Numbers:
    values = [value for calls in people for call in calls for value in statistic.values(call)]
    owners = [n for n, calls in enumerate(people) for call in calls for _ in statistic.values(call)]
    if not values:
        return np.full(len(weights), np.nan)
    order = np.argsort(values, kind="stable")
    ranked, owner = np.array(values)[order], np.array(owners)[order]
    found = np.full(len(weights), np.nan)
    for draw, weight in enumerate(weights):
        reached = np.cumsum(weight[owner])
        if reached[-1] > 0:
            found[draw] = ranked[np.searchsorted(reached, statistic.at * reached[-1])]
    return found
