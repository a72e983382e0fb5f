"""The log of decisions: why each request was rewritten or not, and how to find it again."""

from selflearn.decisions.growing import GrowingFiles, Place
from selflearn.decisions.index import DecisionIndex, key_of
from selflearn.decisions.kept import DecisionFiles
from selflearn.decisions.log import DecisionLog, Keeper
from selflearn.decisions.taken import Taken
from selflearn.decisions.why import entry_of, why

__all__ = [
    "DecisionFiles",
    "DecisionIndex",
    "DecisionLog",
    "GrowingFiles",
    "Keeper",
    "Place",
    "Taken",
    "entry_of",
    "key_of",
    "why",
]
