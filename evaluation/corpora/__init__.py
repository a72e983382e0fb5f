"""Public corpora as records: what a log would hold, and the truth apart from it."""

from evaluation.corpora.corpus import Corpus, CorpusLog, Meaning
from evaluation.corpora.cqr import Cqr
from evaluation.corpora.dstc2 import Dstc2
from evaluation.corpora.sgd import Sgd
from evaluation.errors import UnknownCorpus

__all__ = ["CORPORA", "Corpus", "CorpusLog", "Cqr", "Dstc2", "Meaning", "Sgd", "corpus_named"]

#: Every corpus that `--corpus` may name.
CORPORA: dict[str, Corpus] = {corpus.name: corpus for corpus in (Cqr(), Dstc2(), Sgd())}


def corpus_named(name: str) -> Corpus:
    """Find a corpus.

    Raises
    ------
    UnknownCorpus
        If there is no reader of that name.
    """
    try:
        return CORPORA[name]
    except KeyError:
        raise UnknownCorpus(name, sorted(CORPORA)) from None
