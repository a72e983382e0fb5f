"""The states of all tokens of many texts, in one array."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

__all__ = ["TextStates"]


@dataclass(frozen=True, eq=False)
class TextStates:
    """What the trunk made of texts, each read alone.

    Attributes
    ----------
    texts
        Distinct texts; the number of one is its place here.
    flat
        States of all their tokens, one text after the other, shape (tokens, hidden), float16; each text's first token
        is [CLS] and its last [SEP] (or what the encoder has for them). It may be mapped from a file.
    ids
        The tokens' ids, shape (tokens,).
    starts
        Where each text's tokens begin, and where the last one's end, shape (texts + 1,).
    cut
        How many texts were longer than allowed and lost their end.
    """

    texts: Sequence[str]
    flat: NDArray[np.float16]
    ids: NDArray[np.int32]
    starts: NDArray[np.int64]
    cut: int = 0
    _numbers: dict[str, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_numbers", {text: number for number, text in enumerate(self.texts)})

    def __len__(self) -> int:
        return len(self.texts)

    @property
    def hidden(self) -> int:
        """Length of a state."""
        return int(self.flat.shape[1])

    @property
    def numbers(self) -> Mapping[str, int]:
        """The number of each text."""
        return self._numbers

    @cached_property
    def lengths(self) -> NDArray[np.int64]:
        """How many tokens each text has, [CLS] and [SEP] among them, shape (texts,)."""
        return np.diff(self.starts)

    def of(self, text: str) -> NDArray[np.float16]:
        """Return the states of a text, shape (tokens, hidden); raises KeyError where it was not read."""
        number = self._numbers[text]
        return self.flat[self.starts[number] : self.starts[number + 1]]

    def ids_of(self, text: str) -> NDArray[np.int32]:
        """Return the ids of a text's tokens, shape (tokens,); raises KeyError where it was not read."""
        number = self._numbers[text]
        return self.ids[self.starts[number] : self.starts[number + 1]]
