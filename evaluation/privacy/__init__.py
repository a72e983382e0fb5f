"""How much of what people give away the filter finds, and how much it takes for it that is none."""

from evaluation.privacy.cases import Case, cases, hard_negatives
from evaluation.privacy.measuring import measure_privacy

__all__ = ["Case", "cases", "hard_negatives", "measure_privacy"]
