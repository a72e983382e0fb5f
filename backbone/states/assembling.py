"""Several texts' states, one after the other: the sequence that a top reads."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from backbone.states.text_states import TextStates

__all__ = ["Assembled", "assemble"]


class Assembled(NamedTuple):
    """A batch of sequences of texts, padded to the longest.

    Attributes
    ----------
    states
        Shape (batch, length, hidden), float16; zero where nothing is.
    mask
        Where something is, shape (batch, length).
    part
        Which of its sequence's texts a token belongs to (0: the first), shape (batch, length); -1 where nothing is.
    place
        Its place within that text as it was read, shape (batch, length); -1 where nothing is. [CLS] is at 0.
    """

    states: NDArray[np.float16]
    mask: NDArray[np.bool_]
    part: NDArray[np.int32]
    place: NDArray[np.int32]

    @property
    def padding_share(self) -> float:
        """Which share of the places holds nothing."""
        return 1.0 - float(self.mask.mean()) if self.mask.size else 0.0


def assemble(texts: TextStates, rows: Sequence[Sequence[int]], *, inner_cls: bool = False) -> Assembled:
    """Put texts together to sequences.

    Parameters
    ----------
    texts
        What was read.
    rows
        Of each sequence, the numbers of its texts in order; at least one.
    inner_cls
        Keep [CLS] of every text; by default, of the first only.

    Returns
    -------
    Assembled
        As long as the longest sequence.
    """
    flat_numbers = np.fromiter((number for row in rows for number in row), np.int64)
    texts_of = np.fromiter((len(row) for row in rows), np.int64, len(rows))
    row_of = np.repeat(np.arange(len(rows)), texts_of)
    first_of = np.concatenate(([0], np.cumsum(texts_of)[:-1])) if len(rows) else np.zeros(0, np.int64)
    part_of = np.arange(flat_numbers.size) - first_of[row_of]
    # Of each text: how many of its tokens are left out in front, and how many stay.
    skipped = np.zeros(flat_numbers.size, np.int64) if inner_cls else (part_of > 0).astype(np.int64)
    kept = texts.lengths[flat_numbers] - skipped
    lengths = np.bincount(row_of, kept, minlength=len(rows)).astype(np.int64)
    longest = int(lengths.max(initial=0))

    # Of each token, in order: its text, and its place within what stays of that text.
    text_of = np.repeat(np.arange(flat_numbers.size), kept)
    begins = np.concatenate(([0], np.cumsum(kept)[:-1])) if kept.size else np.zeros(0, np.int64)
    within = np.arange(text_of.size) - begins[text_of]
    place_of = within + skipped[text_of]
    row_begins = np.concatenate(([0], np.cumsum(lengths)[:-1])) if len(rows) else np.zeros(0, np.int64)
    row = row_of[text_of]
    column = np.arange(text_of.size) - row_begins[row]

    shape = len(rows), longest
    states = np.zeros((*shape, texts.hidden), np.float16)
    states[row, column] = texts.flat[texts.starts[flat_numbers[text_of]] + place_of]
    mask = np.zeros(shape, np.bool_)
    mask[row, column] = True
    part = np.full(shape, -1, np.int32)
    part[row, column] = part_of[text_of]
    place = np.full(shape, -1, np.int32)
    place[row, column] = place_of
    return Assembled(states, mask, part, place)
