"""The filter before the archive: typed placeholders in place of personal things, the same all over a record."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TypeVar

from streams.privacy.finding import PLACEHOLDER, Finder, Found
from streams.privacy.numbers import digits_of, spoken_digits
from streams.privacy.patterns import PatternFinder
from streams.privacy.words import changed
from streams.records import Record

__all__ = ["RecordFilter"]

R = TypeVar("R", bound=Record)

#: What was taken out may lay bare what stood against it, so a record is looked through again until nothing is found.
#: Nothing that people say takes more than two rounds.
_ROUNDS = 6
_DIGIT_OR_AT = re.compile(r"[\d@]")
#: Shortest thing that is looked for in the other fields too.
_SHORTEST = 5
_FEWEST_DIGITS = 7


class RecordFilter:
    """Takes personal things out of the words of records. Filtering twice is filtering once.

    What is found in one field is taken out of all others too, and gets the same placeholder there: `<phone>` in
    the utterance is `<phone>` in the slot.

    Parameters
    ----------
    finder
        What finds them; None: `PatternFinder`.

    Attributes
    ----------
    caught : Counter of str
        Things that were taken out, by kind; one that a record repeats counts once.
    records : int
        Records in which there was something.
    """

    def __init__(self, finder: Finder | None = None) -> None:
        self.caught: Counter[str] = Counter()
        self.records = 0
        self._finder = finder or PatternFinder()

    def suspects(self, texts: Iterable[str]) -> bool:
        """Whether a record with these texts has to be filtered at all. Cheap, and never wrong in saying no."""
        return self._finder.suspects(texts)

    @staticmethod
    def words_of(record: Record) -> list[str]:
        """Return every text of a record in which there may be words, each once."""
        texts: dict[str, None] = {}

        def seen(text: str) -> str:
            texts[text] = None
            return text

        changed(record, seen)
        return list(texts)

    def filtered(self, record: R) -> R:
        """Return a record without personal things; the record itself where there are none."""
        kinds: dict[str, str] = {}
        for _ in range(_ROUNDS):
            texts = self.words_of(record)
            found = {text: spans for text in texts if (spans := self._finder.find(text))}
            if not found:
                break
            record = self._replaced(record, found, kinds)
        else:
            # Nobody speaks like this: a wall of digits. Its digits go, and with them all that could be found.
            record = changed(
                record, lambda text: _DIGIT_OR_AT.sub("#", text) if self._finder.find(text) else text
            )
        if kinds:
            self.records += 1
            self.caught.update(kinds.values())
        return record

    def _replaced(self, record: R, found: Mapping[str, Iterable[Found]], kinds: dict[str, str]) -> R:
        literals: dict[str, str] = {}
        for text, spans in found.items():
            for kind, start, end in spans:
                thing = text[start:end]
                literals[thing.casefold()] = kinds.setdefault(_same(thing), kind)
        elsewhere = _any_of(literals)

        def replaced(text: str) -> str:
            for kind, start, end in reversed(list(found.get(text, ()))):
                text = f"{text[:start]}<{kinds.get(_same(text[start:end]), kind)}>{text[end:]}"
            return text if elsewhere is None else _between_placeholders(text, elsewhere, literals)

        return changed(record, replaced)


def _same(thing: str) -> str:
    """What two writings of one thing have in common: a number's digits, spoken or written; else the text."""
    digits = digits_of(thing)
    if len(digits) < _FEWEST_DIGITS:
        digits = spoken_digits(thing)
    return digits if len(digits) >= _FEWEST_DIGITS else " ".join(thing.casefold().split())


def _any_of(literals: Iterable[str]) -> re.Pattern[str] | None:
    wanted = sorted((one for one in literals if len(one) >= _SHORTEST), key=len, reverse=True)
    if not wanted:
        return None
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, wanted))})(?!\w)", re.IGNORECASE)


def _between_placeholders(text: str, things: re.Pattern[str], kinds: Mapping[str, str]) -> str:
    parts, end = [], 0
    for place in [*PLACEHOLDER.finditer(text), None]:
        start = len(text) if place is None else place.start()
        between = text[end:start]
        parts.append(things.sub(lambda match: f"<{kinds.get(match[0].casefold(), 'number')}>", between))
        if place is not None:
            parts.append(place[0])
            end = place.end()
    return "".join(parts)
