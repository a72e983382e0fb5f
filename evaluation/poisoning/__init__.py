"""Poisoning: customers who do not exist try to plant a rewrite; what does it take them?"""

from evaluation.poisoning.measure import PoisoningQuestion, measure_poisoning
from evaluation.poisoning.showing import print_poisoning

__all__ = ["PoisoningQuestion", "measure_poisoning", "print_poisoning"]
