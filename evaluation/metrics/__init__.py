"""How anything is judged: one meaning a figure, intervals over callers."""

from evaluation.metrics.bootstrap import interval
from evaluation.metrics.counterfactual import Counterfactual, asked_before, understood
from evaluation.metrics.rewrites import Decided, Judged, RewriteScore, curve, judge, score, win_texts

__all__ = [
    "Counterfactual",
    "Decided",
    "Judged",
    "RewriteScore",
    "asked_before",
    "curve",
    "interval",
    "judge",
    "score",
    "understood",
    "win_texts",
]
