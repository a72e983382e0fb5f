"""The outcome of turns: P(success | turn, what followed), from named signals."""

from streams.outcome.logistic import fit_logistic
from streams.outcome.model import Origin, OutcomeModel
from streams.outcome.observations import Observations, observe
from streams.outcome.ratings import Level
from streams.outcome.signals import EXPLICIT, SIGNALS, TIMING, VIEWS, SignalFunction, signals_with
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
    "VIEWS",
    "WORDS",
    "Level",
    "Lexicon",
    "Observations",
    "Origin",
    "OutcomeModel",
    "SignalFunction",
    "Words",
    "fit_logistic",
    "observe",
    "signals_with",
]
