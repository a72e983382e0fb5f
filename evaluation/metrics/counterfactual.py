"""What would have been understood, had something else been said."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from evaluation.corpora import Corpus, Meaning
from streams.records import Turn

__all__ = ["Counterfactual", "asked_before", "understood"]


class Counterfactual:
    """The interpretation that the logged NLU most often gave to a text, whoever said it.

    Counted after the same question of the assistant; where the text was never said there, after any. Ties go to
    the meaning that comes first in the order of its items written out.

    Parameters
    ----------
    corpus
        Says how utterances are written and when two interpretations mean the same.
    turns
        The training log. Nothing of the turns that are judged.
    """

    def __init__(self, corpus: Corpus, turns: Iterable[Turn]) -> None:
        self._corpus = corpus
        there: defaultdict[tuple[str, str | None], Counter[Meaning]] = defaultdict(Counter)
        anywhere: defaultdict[str, Counter[Meaning]] = defaultdict(Counter)
        for turn in turns:
            text, meaning = corpus.as_heard(turn.utterance), understood(corpus, turn)
            there[text, asked_before(turn)][meaning] += 1
            anywhere[text][meaning] += 1
        self._there = {key: _commonest(readings) for key, readings in there.items()}
        self._anywhere = {text: _commonest(readings) for text, readings in anywhere.items()}

    def reads(self, text: str, asked: str | None) -> Meaning | None:
        """Say what a text is read as; None where the log never heard it."""
        heard = self._corpus.as_heard(text)
        return self._there.get((heard, asked), self._anywhere.get(heard))


def understood(corpus: Corpus, turn: Turn) -> Meaning:
    """Give the meaning of the NLU's best hypothesis; nothing where it has none."""
    return corpus.meaning(turn.nlu[0]) if turn.nlu else frozenset()


def asked_before(turn: Turn) -> str | None:
    """Name the slot that the assistant had asked for before a turn."""
    return turn.context.asked if turn.context else None


def _commonest(readings: Counter[Meaning]) -> Meaning:
    return min(readings, key=lambda meaning: (-readings[meaning], sorted(map(str, meaning))))
