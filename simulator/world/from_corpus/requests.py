"""A request of a corpus, as all readers tell it, and how its text is made to look as ASR writes."""

import re
import unicodedata
from dataclasses import dataclass

__all__ = ["Piece", "Request", "as_heard"]

_ONES = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_LETTERS_WITH_DOTS = re.compile(r"\b(?:[a-z]\.){2,}")
_NUMBER = re.compile(r"\d+")
_OTHER = re.compile(r"[^\w' ]|_")
_SPELLED = {"&": " and ", "%": " percent ", "$": " dollars ", "+": " plus ", "@": " at ", "’": "'", "`": "'"}


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words of a request, and the slot that they are the value of."""

    text: str
    slot: str | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """One utterance of a corpus.

    Attributes
    ----------
    intent
        As a world names intents: `domain/intent`.
    pieces
        The words, in order, with the slots that they are values of.
    supported
        False of what the corpus marks as out of scope.
    """

    intent: str
    pieces: tuple[Piece, ...]
    supported: bool = True


def as_heard(text: str) -> str:
    """Return a text as ASR writes: lower case, numbers in words, no signs but apostrophes.

    >>> as_heard("Play R&B from 2016, at 5 p.m.!")
    'play r and b from two thousand sixteen at five pm'
    """
    plain = unicodedata.normalize("NFKC", text).lower()
    plain = _LETTERS_WITH_DOTS.sub(lambda found: found.group().replace(".", ""), plain)
    for sign, word in _SPELLED.items():
        plain = plain.replace(sign, word)
    plain = _NUMBER.sub(lambda found: f" {_in_words(found.group())} ", plain)
    words = (word.strip("'") for word in _OTHER.sub(" ", plain).split())
    return " ".join(word for word in words if word)


def _in_words(digits: str) -> str:
    """Write a number out below ten thousand; a longer one, or one that begins with zero, digit by digit."""
    if len(digits) > 4 or (digits.startswith("0") and len(digits) > 1):
        return " ".join(_ONES[int(unicodedata.digit(digit))] for digit in digits)
    return _below_ten_thousand(int(digits))


def _below_ten_thousand(number: int) -> str:
    if number < 20:
        return _ONES[number]
    if number < 100:
        tens, ones = divmod(number, 10)
        return _TENS[tens - 2] + (f" {_ONES[ones]}" if ones else "")
    size, name = (1000, "thousand") if number >= 1000 else (100, "hundred")
    many, rest = divmod(number, size)
    return f"{_ONES[many]} {name}" + (f" {_below_ten_thousand(rest)}" if rest else "")
