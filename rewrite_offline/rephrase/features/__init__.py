"""Features: what a request and a later one look like beside each other, as numbers for trees.

Nothing here is a word or a name of anybody's log, so what was learned of one log holds, more or less, for another.
What is not known is NaN: a log without NLU, or a typed one, is read by what it has.
"""

from rewrite_offline.rephrase.features.pairs import FEATURES, features_of
from rewrite_offline.rephrase.features.turns import HeardTurn, heard_turns

__all__ = ["FEATURES", "VERSION", "HeardTurn", "features_of", "heard_turns"]

#: Changes with what any feature means: trees understand the features that they were trained with, and no others.
VERSION = 1
