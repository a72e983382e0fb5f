"""Words of requests as two logs can be compared by them, whoever wrote them down."""

import re
from functools import lru_cache

from rapidfuzz.distance import Levenshtein

__all__ = ["bids_farewell", "same_words", "word_errors", "words"]

#: Transcribers and recognisers of one corpus write these in two ways; neither way is an error of hearing.
_SPELLINGS = {"centre": "center", "ok": "okay", "yea": "yeah", "ya": "yeah", "um": "uh", "umh": "uh"}

#: Marks of a transcriber for what was no word.
_MARKS = frozenset({"noise", "breath", "sil", "cough", "unintelligible", "system"})

#: Words that change nothing of what is asked.
_FILLERS = frozenset(
    {"uh", "er", "ah", "oh", "so", "well", "okay", "please", "alright", "hi", "hello", "and", "the", "a"}
)

_FAREWELL = frozenset({"bye", "thank", "thanks", "farewell"})


@lru_cache(maxsize=1 << 16)
def words(text: str) -> tuple[str, ...]:
    """Cut a text into words: lower case, without punctuation, apostrophes and a transcriber's marks.

    Examples
    --------
    >>> words("Um, what's in the Centre? Goodbye!")
    ('uh', 'whats', 'in', 'the', 'center', 'good', 'bye')
    """
    spelled = re.sub(r"[^a-z0-9 ]", " ", text.lower().replace("'", "")).replace("goodbye", "good bye")
    return tuple(_SPELLINGS.get(word, word) for word in spelled.split() if word not in _MARKS)


def word_errors(said: str, heard: str) -> int:
    """Count the words that were put in, left out or replaced."""
    return Levenshtein.distance(words(said), words(heard))


def same_words(one: str, other: str) -> bool:
    """Whether two requests are in the same words, in any order and but for fillers."""
    return _content(one) == _content(other)


def bids_farewell(text: str) -> bool:
    """Whether a request takes leave, or thanks as people do who are done."""
    return not _FAREWELL.isdisjoint(words(text))


@lru_cache(maxsize=1 << 16)
def _content(text: str) -> tuple[str, ...]:
    found = words(text)
    return tuple(sorted(word for word in found if word not in _FILLERS)) or found
