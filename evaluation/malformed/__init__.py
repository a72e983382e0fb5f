"""Malformed records of stated kinds: every one is refused with a reason, and every good one between them kept."""

from evaluation.malformed.generated import GENERATED
from evaluation.malformed.kinds import KINDS
from evaluation.malformed.measure import measure_malformed

__all__ = ["GENERATED", "KINDS", "measure_malformed"]
