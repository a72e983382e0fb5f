"""How well a probability of success tells defects: by rank (AP, AUC) and by size (Brier, calibration).

Average precision and the area under the ROC curve take 1 − P(success) for the rank of a turn. Turns of equal
probability come at one threshold: no order among them is made up.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from pydantic import JsonValue

from evaluation.errors import NothingToScore

__all__ = ["OutcomeScore", "Reliability", "average_precision", "precision_gain", "score_probabilities"]

Numbers: TypeAlias = npt.NDArray[np.float64]
Flags: TypeAlias = npt.NDArray[np.bool_]

_BINS = 10
_DRAWS = 1000


@dataclass(frozen=True, slots=True)
class Reliability:
    """What came of the turns whose P(success) lies between two bounds, the upper one excluded but for 1."""

    low: float
    high: float
    turns: int
    mean_success_probability: float
    success_rate: float


@dataclass(frozen=True, slots=True)
class OutcomeScore:
    """Figures of one way to tell success from defects.

    Attributes
    ----------
    figures
        By name:

        `average_precision` of 1 − P(success) for defects, Σ (Rₙ − Rₙ₋₁) · Pₙ over thresholds; chance is the defect
        rate. `auc`, the probability that of a defect and a success the defect has the smaller P(success); ties
        count half. `brier`, the mean squared distance of P(success) from what happened, 0 or 1.
        `expected_calibration_error`, the mean distance, weighted by turns, of P(success) from the success rate in
        ten bins of equal width (Naeini, Cooper, Hauskrecht, AAAI 2015). `mean_success_probability`.
    intervals
        By the same names: 95%, bootstrap over callers.
    reliability
        The bins of the calibration error that hold a turn.
    """

    figures: Mapping[str, float]
    intervals: Mapping[str, tuple[float, float]]
    reliability: tuple[Reliability, ...]

    def to_json(self) -> dict[str, JsonValue]:
        """Give the figures by name, each with its interval."""
        answer: dict[str, JsonValue] = {}
        for name, figure in self.figures.items():
            answer[name] = figure
            answer[f"{name}_interval"] = [*self.intervals[name]]
        answer["reliability"] = [asdict(row) for row in self.reliability]
        return answer


#: In the order of `_Sorted.figures`.
_FIGURES = (
    "average_precision",
    "auc",
    "brier",
    "expected_calibration_error",
    "mean_success_probability",
)


def score_probabilities(
    success: Sequence[float], defect: Sequence[bool], callers: Sequence[str], *, seed: int = 0
) -> OutcomeScore:
    """Judge probabilities of success by what happened.

    Parameters
    ----------
    success
        n values of P(success), 0 to 1.
    defect
        n: whether the request was not met.
    callers
        n: who spoke. The bootstrap draws callers, 1,000 times as many as there are.
    seed
        Of the bootstrap.

    Raises
    ------
    NothingToScore
        If there is no turn, no defect, or nothing but defects: there is no rank to judge.
    """
    wrong = np.asarray(defect, dtype=np.bool_)
    if not wrong.any() or wrong.all():
        raise NothingToScore(
            f"{wrong.size} turns whose truth is known, {int(wrong.sum())} of them defects; both defects and "
            "successes are needed"
        )
    turns = _Sorted(np.asarray(success, dtype=np.float64), wrong)
    found = turns.figures(np.ones(wrong.size))
    draws = np.array([turns.figures(weight) for weight in _draws(callers, seed)])
    figures = dict(zip(_FIGURES, found.tolist(), strict=True))
    intervals = {name: _interval(drawn) for name, drawn in zip(_FIGURES, draws.T, strict=True)}
    return OutcomeScore(figures, intervals, turns.reliability())


def precision_gain(
    success: Sequence[float],
    other: Sequence[float],
    defect: Sequence[bool],
    callers: Sequence[str],
    *,
    seed: int = 0,
) -> tuple[float, tuple[float, float]]:
    """Compare the average precisions of two ways to tell success from defects, caller by caller the same draws.

    Parameters
    ----------
    success, other
        n values of P(success) each.
    defect, callers, seed
        As for `score_probabilities`.

    Returns
    -------
    float, tuple of float
        Average precision of `success` less that of `other`, and its 95% interval.
    """
    wrong = np.asarray(defect, dtype=np.bool_)
    one, two = (_Ranked(np.asarray(said, dtype=np.float64), wrong) for said in (success, other))

    def gain(weight: Numbers) -> float:
        return _average_precision(*one.rates(weight)) - _average_precision(*two.rates(weight))

    return gain(np.ones(wrong.size)), _interval(np.array([gain(w) for w in _draws(callers, seed)]))


def average_precision(success: Numbers, defect: Flags) -> float:
    """Average precision of 1 − P(success) for defects; of success log-odds as well, since only ranks count.

    NaN where there is no defect.
    """
    return float(_average_precision(*_Ranked(success, defect).rates(np.ones(defect.size))))


def _draws(callers: Sequence[str], seed: int) -> Iterator[Numbers]:
    """Draw callers with replacement, as many as there are; yields how often each turn counts."""
    names, caller = np.unique(np.asarray(callers), return_inverse=True)
    chance = np.full(names.size, 1.0 / names.size)
    for times in np.random.default_rng(seed).multinomial(names.size, chance, size=_DRAWS):
        yield times[caller.reshape(-1)].astype(np.float64)


def _interval(drawn: Numbers) -> tuple[float, float]:
    # A draw that happens to hold no defect has no average precision.
    low, high = np.nanquantile(drawn, (0.025, 0.975)).round(4).tolist()
    return low, high


class _Ranked:
    """Turns in the order of falling 1 − P(success), with the ends of the runs of equal ones."""

    def __init__(self, success: Numbers, defect: Flags) -> None:
        self.order = np.argsort(success, kind="stable")
        ranked = success[self.order]
        self._ends = np.append(np.flatnonzero(np.diff(ranked)), ranked.size - 1)
        self._wrong = defect[self.order].astype(np.float64)

    def rates(self, weight: Numbers) -> tuple[Numbers, Numbers]:
        """Weight of defects and of successes down to each threshold; `weight` is in the turns' own order."""
        ranked = weight[self.order]
        defects = np.cumsum(ranked * self._wrong)[self._ends]
        return defects, np.cumsum(ranked)[self._ends] - defects


def _average_precision(defects: Numbers, successes: Numbers) -> float:
    precision = defects / np.maximum(defects + successes, 1e-300)
    return _share(float(np.diff(defects, prepend=0.0) @ precision), float(defects[-1]))


def _auc(defects: Numbers, successes: Numbers) -> float:
    # Every threshold's successes are outranked by the defects before it, and by half of its own.
    middle = defects - np.diff(defects, prepend=0.0) / 2.0
    pairs = float(np.diff(successes, prepend=0.0) @ middle)
    return _share(pairs, float(defects[-1] * successes[-1]))


def _share(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")


class _Sorted:
    """Turns, prepared once so that a draw of the bootstrap only weighs them anew."""

    def __init__(self, success: Numbers, defect: Flags) -> None:
        self._success, self._met = success, 1.0 - defect
        self._ranked = _Ranked(success, defect)
        self._bin = np.minimum((success * _BINS).astype(np.int64), _BINS - 1)
        self._missed = (success - self._met) ** 2

    def figures(self, weight: Numbers) -> Numbers:
        """Give the figures, in the order of `_FIGURES`, with turns that count as often as `weight` says."""
        rates, total = self._ranked.rates(weight), float(weight.sum())
        apart = np.bincount(self._bin, weight * (self._success - self._met), _BINS)
        return np.array(
            [
                _average_precision(*rates),
                _auc(*rates),
                float(weight @ self._missed) / total,
                float(np.abs(apart).sum()) / total,
                float(weight @ self._success) / total,
            ]
        )

    def reliability(self) -> tuple[Reliability, ...]:
        """Compare P(success) and success, bin by bin."""
        counts = np.bincount(self._bin, minlength=_BINS)
        said = np.bincount(self._bin, self._success, _BINS)
        met = np.bincount(self._bin, self._met, _BINS)
        return tuple(
            Reliability(
                i / _BINS,
                (i + 1) / _BINS,
                int(counts[i]),
                float(said[i] / counts[i]),
                float(met[i] / counts[i]),
            )
            for i in range(_BINS)
            if counts[i]
        )
