"""How well rephrases are found: one meaning a figure, the corpus's own where it has one.

Precision
    Of the requests to which a rephrase was given, the share to which one of the true ones was.
Recall
    Of the requests that have a rephrase, the share to which one of the true ones was given.
Exact-turn accuracy
    Of the requests that have a best rephrase, the share to which that very turn was given.
Average precision
    Every request brings its likeliest candidate, whatever the threshold; candidates are ranked by confidence, and one
    is right if it is among the true rephrases. Σ (Rₙ − Rₙ₋₁) · Pₙ over thresholds, where R is a share of all requests
    that have a rephrase, so one whose likeliest candidate is wrong, or that has none, is never recalled. Candidates
    of equal confidence come at one threshold: no order among them is made up.
Expected calibration error
    The mean distance, weighted by requests that have a candidate, of the confidence in the likeliest one from the
    share of those that are right, in ten bins of equal width (Naeini, Cooper, Hauskrecht, AAAI 2015).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from pydantic import JsonValue

from evaluation.rephrase.requests import GROUPS, Request
from rewrite_offline.rephrase import Detection

__all__ = ["FIGURES", "Judge", "Method", "average_precision", "precision_and_recall", "to_json"]

Numbers: TypeAlias = npt.NDArray[np.float64]
Flags: TypeAlias = npt.NDArray[np.bool_]

#: The figures, in the order in which they are told.
FIGURES = ("precision", "recall", "f1", "exact_turn_accuracy", "average_precision")

_DRAWS = 1000


@dataclass(frozen=True, slots=True)
class Method:
    """What one way to detect rephrases said of the requests, in their order.

    Attributes
    ----------
    said, right, exact
        Whether a rephrase was given; whether a true one; whether the best one.
    confidence
        Of the likeliest candidate; −1 where there is none.
    likeliest_right
        Whether that candidate is a true rephrase.
    """

    said: Flags
    right: Flags
    exact: Flags
    confidence: Numbers
    likeliest_right: Flags


class Judge:
    """Scores detections on the same requests and on the same draws of callers.

    Parameters
    ----------
    requests
        What is true.
    seed
        Of the bootstrap.
    """

    def __init__(self, requests: Sequence[Request], seed: int = 0) -> None:
        self._requests = requests
        self._groups = {name: np.array([r.among(name) for r in requests], np.bool_) for name in GROUPS}
        self._rephrased = np.array([bool(r.rephrases) for r in requests], np.bool_)
        self._has_best = np.array([r.best is not None for r in requests], np.bool_)
        names, caller = np.unique([r.caller for r in requests], return_inverse=True)
        self._caller = caller.reshape(-1)
        chance = np.full(names.size, 1.0 / names.size)
        self._times = np.random.default_rng(seed).multinomial(names.size, chance, size=_DRAWS)

    def method(self, detections: Sequence[Detection]) -> Method:
        """Hold detections against what is true; a request without one was left alone."""
        by_turn = {detection.turn_id: detection for detection in detections}
        rows = [(request, by_turn.get(request.turn_id)) for request in self._requests]
        return Method(
            said=np.array([d is not None and d.rephrase is not None for _, d in rows], np.bool_),
            right=np.array([d is not None and d.rephrase in r.rephrases for r, d in rows], np.bool_),
            exact=np.array(
                [d is not None and d.rephrase is not None and d.rephrase == r.best for r, d in rows], np.bool_
            ),
            confidence=np.array([d.confidence if d is not None and d.likeliest else -1.0 for _, d in rows]),
            likeliest_right=np.array(
                [d is not None and d.likeliest in r.rephrases for r, d in rows], np.bool_
            ),
        )

    def score(self, method: Method) -> dict[str, dict[str, JsonValue]]:
        """Give the figures of each group of requests, with 95% intervals, bootstrap over callers."""
        return {name: self._score(method, inside) for name, inside in self._groups.items()}

    def against(self, method: Method, other: Method, group: str = "overall") -> dict[str, JsonValue]:
        """Compare two methods, caller by caller the same draws.

        Returns
        -------
        dict
            `f1_ratio` and `average_precision_difference`, each with its interval.
        """
        inside = self._groups[group]
        ours, theirs = (self._drawn(each, inside) for each in (method, other))
        ratio = ours[:, 2] / np.maximum(theirs[:, 2], 1e-9)
        more = ours[:, 4] - theirs[:, 4]
        # The first row is the log as it is.
        return {
            "f1_ratio": float(ratio[0]),
            "f1_ratio_interval": _interval(ratio[1:]),
            "average_precision_difference": float(more[0]),
            "average_precision_difference_interval": _interval(more[1:]),
        }

    def _score(self, method: Method, inside: Flags) -> dict[str, JsonValue]:
        drawn = self._drawn(method, inside)
        answer: dict[str, JsonValue] = {
            "turns": int(inside.sum()),
            "with_rephrase": int((self._rephrased & inside).sum()),
            "detected": int((method.said & inside).sum()),
        }
        for place, name in enumerate(FIGURES):
            answer[name] = float(drawn[0, place])
            answer[f"{name}_interval"] = _interval(drawn[1:, place])
        answer["expected_calibration_error"] = _calibration_error(method, inside)
        return answer

    def _drawn(self, method: Method, inside: Flags) -> Numbers:
        """Give the figures of the log as it is, then those of each draw of callers; shape (draws + 1, figures)."""
        kinds = [
            method.said,
            method.right & self._rephrased,
            self._rephrased,
            method.exact & self._has_best,
            self._has_best,
        ]
        callers = self._times.shape[1]
        counts = np.stack([np.bincount(self._caller, kind & inside, callers) for kind in kinds])
        times = np.vstack([np.ones((1, callers), np.int64), self._times])
        said, right, rephrased, exact, best = counts @ times.T
        precision, recall = right / np.maximum(said, 1), right / np.maximum(rephrased, 1)
        f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-9)
        ranked = _Ranked(method, inside)
        average = [
            ranked.average_precision(weight[self._caller], total)
            for weight, total in zip(times.astype(np.float64), rephrased, strict=True)
        ]
        return np.stack([precision, recall, f1, exact / np.maximum(best, 1), np.array(average)], axis=1)


class _Ranked:
    """Requests with a candidate by falling confidence, prepared once for all draws."""

    def __init__(self, method: Method, inside: Flags) -> None:
        rows = np.flatnonzero(inside & (method.confidence >= 0.0))
        self._order = rows[np.argsort(-method.confidence[rows], kind="stable")]
        ranked = method.confidence[self._order]
        self._ends = np.append(np.flatnonzero(np.diff(ranked)), ranked.size - 1) if ranked.size else None
        self._right = method.likeliest_right[self._order].astype(np.float64)

    def average_precision(self, weight: Numbers, positives: float) -> float:
        """Weigh each request; `positives` is the weight of all those that have a rephrase."""
        if self._ends is None or not positives:
            return 0.0
        ranked = weight[self._order]
        right = np.cumsum(ranked * self._right)[self._ends]
        precision = right / np.maximum(np.cumsum(ranked)[self._ends], 1e-300)
        return float(np.diff(right, prepend=0.0) @ precision) / positives


def average_precision(confidence: Sequence[float], right: Sequence[bool], positives: int) -> float:
    """Average precision of candidates, one a request, for requests of which `positives` have a rephrase."""
    nothing = np.zeros(len(right), np.bool_)
    method = Method(
        nothing, nothing, nothing, np.asarray(confidence, np.float64), np.asarray(right, np.bool_)
    )
    ranked = _Ranked(method, np.ones(len(right), np.bool_))
    return ranked.average_precision(np.ones(len(right)), float(positives))


def precision_and_recall(method: Method, requests: Sequence[Request]) -> tuple[Numbers, Numbers]:
    """Give precision and recall at every threshold on the confidence, from the surest down."""
    has = method.confidence >= 0.0
    order = np.argsort(-method.confidence[has], kind="stable")
    ranked = method.confidence[has][order]
    ends = (
        np.append(np.flatnonzero(np.diff(ranked)), ranked.size - 1) if ranked.size else np.array([], np.int64)
    )
    right = np.cumsum(method.likeliest_right[has][order])[ends]
    positives = max(sum(bool(request.rephrases) for request in requests), 1)
    return right / (ends + 1.0), right / positives


def _calibration_error(method: Method, inside: Flags) -> float:
    has = inside & (method.confidence >= 0.0)
    if not has.any():
        return 0.0
    confidence = method.confidence[has]
    apart = confidence - method.likeliest_right[has]
    bins = np.minimum((confidence * 10).astype(np.int64), 9)
    return float(np.abs(np.bincount(bins, apart, 10)).sum()) / confidence.size


def _interval(drawn: Numbers) -> list[JsonValue]:
    low, high = np.quantile(drawn, (0.025, 0.975)).round(4).tolist()
    return [low, high]


def to_json(scored: Mapping[str, Mapping[str, JsonValue]]) -> dict[str, JsonValue]:
    """Put the figures of all requests first, and those of the other groups under their names."""
    return {**scored["overall"], **{name: {**scored[name]} for name in GROUPS if name != "overall"}}
