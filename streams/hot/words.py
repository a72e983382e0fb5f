"""What of a shape may be words: the texts that a privacy filter has to look through."""

from collections.abc import Collection, Iterator, Sequence
from itertools import chain
from typing import Any

from streams.filter import RecordFilter
from streams.hot.turning import Fields

__all__ = ["Looker"]

#: Texts that are kept in mind; people say much the same things.
_KNOWN_TEXTS = 100_000

#: Fields with one text of each record.
_OF_RECORDS = (
    "text",
    "utterance",
    "context.asked",
    "context.prompt",
    "device.type",
    "device.place",
    "ambient.activity",
    "response.action",
    "response.text",
    "response.result",
    "response.asked",
    "rewrite.original_utterance",
)
#: Fields with one text of each part in a list of the field named before them; parts of parts come later.
_OF_PARTS = (
    ("asr", ("asr.text",)),
    ("nlu", ("nlu.domain", "nlu.intent")),
    ("nlu.slots", ("nlu.slots.name", "nlu.slots.value")),
    ("entities", ("entities.slot", "entities.value")),
)
#: Fields with mappings whose names are the sender's.
_OPEN = ("device.state", "ambient.sensors", "traces")


class Looker:
    """Finds the records that a filter suspects, and looks at a text that comes again only once.

    Parameters
    ----------
    privacy
        The filter.
    """

    def __init__(self, privacy: RecordFilter) -> None:
        self._suspects = privacy.suspects
        self._clean: set[str | None] = {None}
        self._suspected: set[str | None] = set()

    def suspected(self, fields: Fields) -> set[int]:
        """Places of the records that have to go through the filter."""
        texts: set[str | None] = set()
        for values in _texts_in(fields):
            texts.update(values)
        new = texts - self._clean - self._suspected
        if new:
            self._look_at({text for text in new if text is not None})
        if texts.isdisjoint(self._suspected):
            return set()
        return set(_places(fields, self._suspected))

    def _look_at(self, texts: set[str]) -> None:
        if len(self._clean) > _KNOWN_TEXTS:
            self._clean = {None}
        if len(self._suspected) > _KNOWN_TEXTS:
            self._suspected = set()
        found = {text for text in texts if self._suspects((text,))} if self._suspects(texts) else set()
        self._suspected |= found
        self._clean |= texts - found


def _texts_in(fields: Fields) -> Iterator[Collection[str | None]]:
    for name in chain(_OF_RECORDS, *(names for _, names in _OF_PARTS)):
        yield fields.get(name, ())
    for mapping in chain.from_iterable(fields.get(name, ()) for name in _OPEN):
        if mapping:
            yield _words_of(mapping)
    yield from filter(None, fields.get("response.items", ()))


def _places(fields: Fields, suspected: set[str | None]) -> Iterator[int]:
    for name in _OF_RECORDS:
        yield from (place for place, text in enumerate(fields.get(name, ())) if text in suspected)
    owners: dict[str, Sequence[int]] = {}
    for lists, names in _OF_PARTS:
        # Whose the lists are: a record's, or those of a part that is a record's itself.
        above = owners.get(lists.rpartition(".")[0])
        owners[lists] = [
            place if above is None else above[place]
            for place, parts in enumerate(fields.get(lists, ()))
            for _ in parts
        ]
        for name in names:
            whose = zip(owners[lists], fields.get(name, ()), strict=True)
            yield from (place for place, text in whose if text in suspected)
    for name in _OPEN:
        for place, mapping in enumerate(fields.get(name, ())):
            if mapping and not suspected.isdisjoint(_words_of(mapping)):
                yield place
    for place, items in enumerate(fields.get("response.items", ())):
        if items and not suspected.isdisjoint(items):
            yield place


def _words_of(mapping: dict[str, Any]) -> list[str]:
    words = list(mapping)
    for value in mapping.values():
        words += _words_in(value)
    return words


def _words_in(value: Any) -> Sequence[str]:
    if isinstance(value, str):
        return (value,)
    if isinstance(value, dict):
        return _words_of(value)
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else ()
