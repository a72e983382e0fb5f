"""Times, durations and degrees: values that no catalogue holds and that are still not any text."""

from collections.abc import Sequence

import jellyfish

__all__ = ["Quantities"]

_NUMBERS = frozenset(
    {"one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"}
    | {"thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty", "thirty"}
    | {"forty", "fifty", "sixty", "seventy", "eighty", "ninety", "hundred", "half", "quarter"}
)
#: What numbers are heard as, and mean in their place.
_HEARD_AS = {"to": "two", "too": "two", "for": "four", "fore": "four", "ate": "eight", "won": "one"}
_EMPTY = frozenset({"a", "an", "and", "the", "of"})
#: From this share of values with a number on, a slot's values are quantities.
_MOSTLY = 0.6


class Quantities:
    """Reads the values of a slot that are made of numbers and units.

    Parameters
    ----------
    names
        Values that there are; others of the same words are understood too.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._known = {word for name in names for word in name.split()} | _EMPTY
        self._sounds: dict[str, str] = {}
        for word in (word for name in names for word in name.split()):
            self._sounds.setdefault(jellyfish.metaphone(word), word)
        self._names: dict[tuple[str, ...], str] = {}
        for name in names:
            self._names.setdefault(_key(name.split()), name)

    @staticmethod
    def of(names: Sequence[str]) -> "Quantities | None":
        """Return the reader for these values; None where they are not quantities.

        >>> Quantities.of(["milk", "eggs"]) is None
        True
        """
        numbers = sum(not _NUMBERS.isdisjoint(name.split()) for name in names)
        return Quantities(names) if numbers >= _MOSTLY * len(names) else None

    def read(self, value: str) -> str | None:
        """Return a value as it is known, words that sound like its words put right; None where it makes no sense.

        >>> Quantities(["ten minutes", "twenty two degrees"]).read("twenty to degrees")
        'twenty two degrees'
        """
        words = []
        for word in value.split():
            known = word if word in self._known else _HEARD_AS.get(word, "")
            if known not in self._known:
                known = self._sounds.get(jellyfish.metaphone(word), "")
            if not known:
                return None
            words.append(known)
        key = _key(words)
        return self._names.get(key, " ".join(words)) if key else None


def _key(words: Sequence[str]) -> tuple[str, ...]:
    return tuple(word for word in words if word not in _EMPTY)
