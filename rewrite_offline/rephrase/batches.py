"""Sequences as arrays: what the span network reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from backbone.states import TextStates, assemble
from rewrite_offline.rephrase.marks import KINDS
from rewrite_offline.rephrase.sequences import RephraseSequence

__all__ = ["SequenceRows", "SpanInput", "rows_of"]


class SpanInput(NamedTuple):
    """A batch for the span network, padded to its longest sequence and its most candidates.

    Attributes
    ----------
    states
        Shape (batch, length, hidden), float32.
    marks
        Shape (batch, length, kinds).
    mask
        Shape (batch, length).
    firsts, lasts
        Places of each span's first and last token; the null span, [CLS] twice, comes first. Shape (batch, spans).
    there
        Which spans there are, shape (batch, spans).
    """

    states: NDArray[np.float32]
    marks: NDArray[np.int64]
    mask: NDArray[np.bool_]
    firsts: NDArray[np.int64]
    lasts: NDArray[np.int64]
    there: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class SequenceRows:
    """Sequences as numbers: texts by their place among those that were read.

    Attributes
    ----------
    texts, marks
        Of each sequence: numbers of its texts, and their marks, shape (texts, kinds).
    candidates
        Of each sequence: the candidates' places among its texts.
    lengths
        Tokens of each sequence, shape (sequences,).
    features
        Of each sequence: its candidates beside the request, shape (candidates, features).
    """

    texts: Sequence[NDArray[np.int64]]
    marks: Sequence[NDArray[np.int64]]
    candidates: Sequence[NDArray[np.int64]]
    lengths: NDArray[np.int64]
    features: Sequence[NDArray[np.float32]]

    def batch(self, chosen: NDArray[np.int64], states: TextStates) -> SpanInput:
        """Put some sequences together, in the order in which they are chosen."""
        rows = [self.texts[number].tolist() for number in chosen]
        assembled = assemble(states, rows, inner_cls=True)
        spans = 1 + max((self.candidates[number].size for number in chosen), default=0)
        marks = np.zeros((*assembled.mask.shape, len(KINDS)), np.int64)
        firsts = np.zeros((len(rows), spans), np.int64)
        lasts, there = np.zeros_like(firsts), np.zeros(firsts.shape, np.bool_)
        there[:, 0] = True
        for row, number in enumerate(chosen):
            tokens = states.lengths[self.texts[number]]
            behind = np.cumsum(tokens)
            marks[row, : behind[-1]] = np.repeat(self.marks[number], tokens, axis=0)
            own = self.candidates[number]
            firsts[row, 1 : own.size + 1] = (behind - tokens)[own]
            lasts[row, 1 : own.size + 1] = behind[own] - 1
            there[row, 1 : own.size + 1] = True
        return SpanInput(assembled.states.astype(np.float32), marks, assembled.mask, firsts, lasts, there)


def rows_of(
    sequences: Sequence[RephraseSequence], numbers: Mapping[str, int], lengths: NDArray[np.int64]
) -> SequenceRows:
    """Number the texts of sequences.

    Parameters
    ----------
    sequences
        What is to be read.
    numbers
        The number of each text.
    lengths
        Tokens of each text, by number.
    """
    texts = [np.array([numbers[text] for text in one.texts], np.int64) for one in sequences]
    return SequenceRows(
        texts=texts,
        marks=[np.array(one.marks, np.int64) for one in sequences],
        candidates=[np.array([place for place, _ in one.candidates], np.int64) for one in sequences],
        lengths=np.array([lengths[own].sum() for own in texts], np.int64),
        features=[one.features for one in sequences],
    )
