"""Whether the noise channel mishears as real recognisers do: the same figures of its lists and of theirs."""

from evaluation.channel.lists import CORPORA, Listed, ListedCorpus, vocabulary_of
from evaluation.channel.tallies import FIGURES, LENGTHS, Tally, figures_of, intervals_of, score_auc, tally

__all__ = [
    "CORPORA",
    "FIGURES",
    "LENGTHS",
    "Listed",
    "ListedCorpus",
    "Tally",
    "figures_of",
    "intervals_of",
    "score_auc",
    "tally",
    "vocabulary_of",
]
