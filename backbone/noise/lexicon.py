"""The words that a recogniser knows, with how popular each is, and which of them sound like something."""

from collections.abc import Mapping
from functools import cached_property
from itertools import pairwise
from math import log

import numpy as np
import numpy.typing as npt

from backbone.errors import EmptyVocabulary
from backbone.noise.adding import added_up
from backbone.noise.sounds import DROPPED, REPLACED
from backbone.noise.spelling import pronounce, spoken

__all__ = ["Lexicon"]

#: The share of what is said that a word counts for though nobody has said it.
_RAREST = 1e-6

_Hundredths = npt.NDArray[np.int16]

#: Sounds of a word that are compared; what is longer is no word that anybody confuses.
_LONGEST = 24

_DROPPED = np.array(DROPPED, dtype=np.int16)
_REPLACED = np.array(REPLACED, dtype=np.int16)


class Lexicon:
    """Words with their sounds and their share of what is said.

    Parameters
    ----------
    vocabulary
        Text, a word or a phrase, and how often it is said. A phrase counts for each of its words.

    Raises
    ------
    EmptyVocabulary
        If there is no word in it that can be said.
    """

    def __init__(self, vocabulary: Mapping[str, float]) -> None:
        said: dict[str, float] = {}
        for text, count in vocabulary.items():
            for word in spoken(text).split():
                if pronounce(word):
                    said[word] = said.get(word, 0.0) + count
        total, uttered = added_up(said.values()), added_up(vocabulary.values())
        if total <= 0:
            raise EmptyVocabulary
        # The popular first, so that of two that sound alike the popular one comes first.
        self.words: tuple[str, ...] = tuple(sorted(said, key=lambda word: (-said[word], word)))
        self.log_share: tuple[float, ...] = tuple(log(said[word] / total + _RAREST) for word in self.words)
        #: Text as a whole → how often it is said, in ten thousand.
        self.familiar: Mapping[str, float] = {
            spoken(text): 10_000 * count / uttered for text, count in vocabulary.items()
        }
        self.log_shares = np.array(self.log_share)
        self.number: Mapping[str, int] = {word: number for number, word in enumerate(self.words)}
        self.sounds: tuple[bytes, ...] = tuple(pronounce(word)[:_LONGEST] for word in self.words)

    def __contains__(self, word: str) -> bool:
        return word in self.number

    @cached_property
    def short(self) -> tuple[int, ...]:
        """The most popular words of one to three sounds: what is heard where nothing was said."""
        return tuple(n for n, sounds in enumerate(self.sounds) if len(sounds) <= 3)[:8]

    def from_start(self, sounds: bytes) -> list[_Hundredths]:
        """Compare every beginning of what was said with every word.

        Parameters
        ----------
        sounds
            What was said, as `pronounce` gives it.

        Returns
        -------
        list of ndarray of int16
            One for each number of sounds from none to all: the distance of each word, in hundredths.
        """
        return self._compared(sounds, self._forward)

    def from_end(self, sounds: bytes) -> list[_Hundredths]:
        """Compare every ending of what was said, from none to all of its sounds, with every word."""
        return self._compared(sounds[::-1], self._backward)

    def _compared(self, sounds: bytes, table: "_Table") -> list[_Hundredths]:
        # The edit distance row by row, for all words at once. `added[j]` is what the word's first j sounds cost
        # when none of them was said; taking it off turns the walk along the word into a running minimum.
        row = table.added.copy()
        found = [row[table.lengths, table.numbers]]
        for sound in sounds:
            following = row + _DROPPED[sound]
            np.minimum(following[1:], row[:-1] + table.replaced(sound), out=following[1:])
            following -= table.added
            for before, place in pairwise(following):
                np.minimum(place, before, out=place)
            following += table.added
            row = following
            found.append(row[table.lengths, table.numbers])
        return found

    @cached_property
    def _forward(self) -> "_Table":
        return _Table(self.sounds)

    @cached_property
    def _backward(self) -> "_Table":
        return _Table(tuple(sounds[::-1] for sounds in self.sounds))


class _Table:
    """All words as one array: (place in the word, word)."""

    def __init__(self, words: tuple[bytes, ...]) -> None:
        self.lengths = np.array([len(sounds) for sounds in words], dtype=np.intp)
        self.numbers = np.arange(len(words))
        longest = int(self.lengths.max())
        self._places = np.zeros((longest, len(words)), dtype=np.intp)
        for number, sounds in enumerate(words):
            self._places[: len(sounds), number] = list(sounds)
        self.added = np.zeros((longest + 1, len(words)), dtype=np.int16)
        np.cumsum(_DROPPED[self._places], axis=0, out=self.added[1:])
        self._by_sound: dict[int, _Hundredths] = {}

    def replaced(self, sound: int) -> _Hundredths:
        """What this sound costs where each word has its own."""
        found = self._by_sound.get(sound)
        if found is None:
            found = self._by_sound[sound] = _REPLACED[sound][self._places]
        return found
