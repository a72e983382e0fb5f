"""Texts to token ids, with the `tokenizers` library alone."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from backbone.errors import EncoderNotFound
from backbone.files import digest

__all__ = ["TextTokeniser", "Tokens"]


class Tokens(NamedTuple):
    """Token ids of texts, each with [CLS] before and [SEP] behind; and which texts lost their end."""

    ids: list[NDArray[np.int32]]
    cut: list[bool]


class TextTokeniser:
    """Makes token ids of texts.

    Parameters
    ----------
    tokenizer
        A tokenizer that puts [CLS] and [SEP] (or what its encoder has for them) around a text.
    max_tokens
        Longer texts lose their end; [CLS] and [SEP] count.
    """

    def __init__(self, tokenizer: Tokenizer, max_tokens: int) -> None:
        # A copy, since cutting and padding are settings of the tokenizer itself.
        self._tokenizer = Tokenizer.from_str(tokenizer.to_str())
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        # Whoever says "[SEP]" says five characters, not the end of the text.
        self._tokenizer.encode_special_tokens = True
        self._plain = self._tokenizer.to_str()
        self._tokenizer.enable_truncation(max_tokens)
        self.max_tokens = max_tokens

    @classmethod
    def from_folder(cls, folder: Path, max_tokens: int) -> "TextTokeniser":
        """Read the tokenizer.json of an encoder's folder.

        Raises
        ------
        EncoderNotFound
            If there is none.
        """
        path = folder / "tokenizer.json"
        if not path.is_file():
            raise EncoderNotFound(str(folder), "it has no tokenizer.json")
        return cls(Tokenizer.from_file(str(path)), max_tokens)

    def with_max_tokens(self, max_tokens: int) -> "TextTokeniser":
        """Return the same tokeniser with another limit."""
        return TextTokeniser(Tokenizer.from_str(self._plain), max_tokens)

    def tokens(self, texts: Sequence[str]) -> Tokens:
        """Return the ids of each text."""
        encoded = self._tokenizer.encode_batch_fast(list(texts))
        ids = [np.array(one.ids, np.int32) for one in encoded]
        return Tokens(ids, [bool(one.overflowing) for one in encoded])

    def write(self, path: Path) -> None:
        """Write a tokenizer.json."""
        path.write_text(self._plain, encoding="utf-8")

    @cached_property
    def fingerprint(self) -> str:
        """Names vocabulary, rules and limit by their content."""
        return digest((self._plain.encode(), str(self.max_tokens).encode()))
