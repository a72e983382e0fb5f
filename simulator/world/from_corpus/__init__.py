"""Further worlds, made from public NLU corpora: their intents, wordings and values, with other names.

What is made is never part of this package: the texts are other people's, under their own licences.
"""

from simulator.world.from_corpus.making import made_from
from simulator.world.from_corpus.readers import CORPORA
from simulator.world.from_corpus.writing import write_world

__all__ = ["CORPORA", "made_from", "write_world"]
