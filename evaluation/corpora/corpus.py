"""What every corpus gives: turns and signals as a log would hold them and, apart, the truth."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeAlias

from streams.records import Interpretation, Signal, Turn
from streams.truth import Truth

__all__ = ["Corpus", "CorpusLog", "Meaning"]

#: What an utterance asks for, as a set of (act, slot, value): two that are equal ask for the same. A slot that
#: was not given is None. The order in which the NLU listed them, and courtesies, do not count.
Meaning: TypeAlias = frozenset[tuple[str, str | None, str | None]]


@dataclass(frozen=True, slots=True)
class CorpusLog:
    """One file of a corpus.

    Attributes
    ----------
    turns
        In the order of the file; dialogues whole, turns by time.
    signals
        What became known later about the turns.
    truths
        What really happened, by turn id; a turn may have none. Only for judging.
    """

    turns: tuple[Turn, ...]
    signals: tuple[Signal, ...]
    truths: Mapping[str, Truth]


class Corpus(Protocol):
    """A reader of one public corpus."""

    @property
    def name(self) -> str:
        """The word that `--corpus` takes."""
        ...

    @property
    def judges_rewrites(self) -> bool:
        """Whether the log holds interpretations, so that a rewrite's reading can be looked up in it."""
        ...

    def read(self, path: Path, *, train: Path | None = None, ratings: bool = False) -> CorpusLog:
        """Read one file.

        Parameters
        ----------
        path
            The file, JSON lines, gzip where its name ends in `.gz`.
        train
            The training log, where the truth of a turn depends on what happened elsewhere; default: `path`.
        ratings
            Whether what the customers said about the service afterwards joins the signals. For learning from
            ratings, so from a train split only.

        Raises
        ------
        CorpusError
            If the file is not there, cannot be read, is empty or is not of this corpus.
        """
        ...

    def meaning(self, interpretation: Interpretation) -> Meaning:
        """Bring an interpretation of this corpus to the form in which meanings are compared."""
        ...

    def as_heard(self, text: str) -> str:
        """Bring a text to the form in which this corpus's utterances are written."""
        ...
