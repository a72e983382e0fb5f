"""Names that the NLU has seen in training, found again in a text."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

__all__ = ["Gazetteer", "Hit"]


@dataclass(frozen=True, slots=True)
class Hit:
    """A known name in a text: words `start` up to `end`, and the slots that it is a value of."""

    start: int
    end: int
    slots: tuple[str, ...]


class Gazetteer:
    """Finds known names, the longest first, from left to right.

    Parameters
    ----------
    names
        Slot to the names of its values.
    """

    def __init__(self, names: Mapping[str, Iterable[str]]) -> None:
        slots: dict[str, dict[str, None]] = {}
        for slot, values in names.items():
            for value in values:
                slots.setdefault(value, {})[slot] = None
        self._slots = {value: tuple(found) for value, found in slots.items()}
        self._longest: dict[str, int] = {}
        for value in self._slots:
            words = value.split()
            self._longest[words[0]] = max(self._longest.get(words[0], 0), len(words))

    def hits(self, words: Sequence[str]) -> list[Hit]:
        """Find the names in a text; none overlaps another."""
        found = []
        place = 0
        while place < len(words):
            hit = self._at(words, place)
            if hit is not None:
                found.append(hit)
            place = place + 1 if hit is None else hit.end
        return found

    def _at(self, words: Sequence[str], place: int) -> Hit | None:
        for length in range(self._longest.get(words[place], 0), 0, -1):
            slots = self._slots.get(" ".join(words[place : place + length]))
            if slots is not None and place + length <= len(words):
                return Hit(place, place + length, slots)
        return None
