"""Poisoning: what it takes customers who do not exist to plant a rewrite."""

from evaluation.poisoning.measure import PoisoningQuestion, measure_poisoning
from evaluation.poisoning.showing import print_poisoning

__all__ = ["PoisoningQuestion", "measure_poisoning", "print_poisoning"]
