"""Servers that took turns under load, compared round by round."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import JsonValue

from evaluation.bench.load import Load

__all__ = ["Round", "compared"]

_DRAWS = 10_000
_OUTER = (0.025, 0.975)

_Figures = NDArray[np.float64]


class Round(NamedTuple):
    """What a server did in a round, and the processor seconds that it took for it."""

    load: Load
    cpu_seconds: float

    @property
    def throughput(self) -> float:
        """Answers a second."""
        return self.load.answers_per_second

    @property
    def cpu_us(self) -> float:
        """Processor time of an answer."""
        return 1e6 * self.cpu_seconds / self.load.answers

    @property
    def p99(self) -> float:
        """Milliseconds that one answer in a hundred takes longer than."""
        return self.load.p99_ms


def compared(rounds: Mapping[str, Sequence[Round]], seed: int) -> dict[str, JsonValue]:
    """Compare the servers of `bench lookup`.

    Parameters
    ----------
    rounds
        Of each server (bare, served, unrecorded, with_key, with_rate), in their order; those of one number were made
        one after the other.
    seed
        Of the draws for the intervals.

    Returns
    -------
    dict
        Medians over rounds of what the servers of a round have to one another: `throughput_ratio_vs_bare`,
        `throughput_ratio_with_key`, `throughput_ratio_with_rate`, `throughput_ratio_unrecorded`, `p99_ratio_vs_bare`;
        `decision_cost`, the share of throughput that recording takes; `cpu_ratio_vs_bare`, the same of processor time
        for an answer (below 1: it takes less), and `decision_cost_cpu`, recording's share of it. `intervals` has for
        each of them what holds 95% of the medians of rounds drawn anew. Of each server: `answers_per_second`,
        `cpu_us`, `p50_ms`, `p99_ms`.
    """

    def figures(name: str, figure: str) -> _Figures:
        return np.array([getattr(one, figure) for one in rounds[name]])

    def ratio(name: str, to: str, figure: str) -> _Figures:
        return figures(name, figure) / figures(to, figure)

    series = {
        "throughput_ratio_vs_bare": ratio("served", "bare", "throughput"),
        "throughput_ratio_with_key": ratio("with_key", "bare", "throughput"),
        "throughput_ratio_with_rate": ratio("with_rate", "bare", "throughput"),
        "throughput_ratio_unrecorded": ratio("unrecorded", "bare", "throughput"),
        "decision_cost": 1.0 - ratio("served", "unrecorded", "throughput"),
        "cpu_ratio_vs_bare": ratio("served", "bare", "cpu_us"),
        "decision_cost_cpu": 1.0 - ratio("unrecorded", "served", "cpu_us"),
        "p99_ratio_vs_bare": ratio("served", "bare", "p99"),
    }
    draws = np.random.default_rng(seed)

    def of_each(figure: Callable[[Round], float]) -> dict[str, JsonValue]:
        return {name: float(np.median([figure(one) for one in those])) for name, those in rounds.items()}

    return {
        **{name: float(np.median(those)) for name, those in series.items()},
        "intervals": {name: _interval(those, draws) for name, those in series.items()},
        "rounds": len(rounds["bare"]),
        "answers_per_second": of_each(lambda one: one.throughput),
        "cpu_us": of_each(lambda one: one.cpu_us),
        "p50_ms": of_each(lambda one: one.load.p50_ms),
        "p99_ms": of_each(lambda one: one.p99),
    }


def _interval(series: _Figures, draws: np.random.Generator) -> list[JsonValue]:
    """Return what holds 95% of the medians of as many rounds, drawn from these with replacement."""
    medians = np.median(draws.choice(series, (_DRAWS, series.size)), axis=1)
    low, high = np.quantile(medians, _OUTER)
    return [float(low), float(high)]
