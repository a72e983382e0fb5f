"""The outcome of turns: P(success | turn, what followed), from named signals."""

from streams.outcome.model import Origin, OutcomeModel
from streams.outcome.signals import EXPLICIT, SIGNALS, TIMING, SignalFunction, signals_with
from streams.outcome.weights import GIVEN_BIAS, GIVEN_WEIGHTS, LABEL
from streams.outcome.words import ENGLISH, WORDS, Lexicon, Words

__all__ = [
    "ENGLISH",
    "EXPLICIT",
    "GIVEN_BIAS",
    "GIVEN_WEIGHTS",
    "LABEL",
    "SIGNALS",
    "TIMING",
    "WORDS",
    "Lexicon",
    "Origin",
    "OutcomeModel",
    "SignalFunction",
    "Words",
    "signals_with",
]
