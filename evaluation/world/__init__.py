"""Whether a simulated world is believable: the same statistics of its log and of a real one, side by side."""

from evaluation.world.calls import Call, Exchange, calls_of
from evaluation.world.measuring import Figure, measure, widened
from evaluation.world.statistics import STATISTICS, Quantile, Ratio

__all__ = ["STATISTICS", "Call", "Exchange", "Figure", "Quantile", "Ratio", "calls_of", "measure", "widened"]
