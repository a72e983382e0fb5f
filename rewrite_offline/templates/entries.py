"""Templates as they are served: one request in, a rewrite or none out."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Self

import orjson
from pydantic import JsonValue, TypeAdapter, ValidationError

from rewrite_offline.errors import ModelUnreadable
from rewrite_offline.table.query import RewriteQuery
from rewrite_offline.templates.matching import Matcher
from rewrite_offline.templates.wording import fill, fill_reading
from streams.records import Evidence, Interpretation, Rewrite
from streams.text import normalise

__all__ = ["ATTACHMENT", "MINER", "Entry", "Templates"]

#: Name of the attachment in which a table's version carries its templates.
ATTACHMENT = "templates.json"
#: What rewrites of templates say found them.
MINER = "template"

_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Entry:
    """A rewrite of a template.

    Attributes
    ----------
    asked
        Slot that the assistant had asked for, where it had.
    source, target
        Texts with slots, the same slots in both.
    interpretation
        What the target is read as, with slots for values.
    win_probability, evidence
        As of a table's entry, over all that was said with the source.
    """

    asked: str | None
    source: str
    target: str
    interpretation: Interpretation
    win_probability: float
    evidence: Evidence

    def to_json(self) -> dict[str, JsonValue]:
        """Give it as JSON."""
        found: dict[str, JsonValue] = _ENTRY.dump_python(self, mode="json")
        return found


_ENTRY = TypeAdapter(Entry)
_ENTRIES = TypeAdapter(list[Entry])


class Templates:
    """Rewrites requests that are examples of a template. Threads may share it.

    Parameters
    ----------
    entries
        At most one for each source after each question.
    """

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.entries = tuple(sorted(entries, key=lambda entry: (entry.asked or "", entry.source)))
        self._by_key = {(entry.asked, entry.source): entry for entry in self.entries}

    @cached_property
    def _matchers(self) -> dict[str | None, Matcher]:
        asked = {entry.asked for entry in self.entries}
        return {
            question: Matcher(entry.source for entry in self.entries if entry.asked == question)
            for question in asked
        }

    def example_of(self, query: RewriteQuery) -> tuple[Entry, dict[str, str]] | None:
        """Return the entry whose source the request is an example of, and its slots' values."""
        matcher = self._matchers.get(query.asked)
        found = None if matcher is None else matcher.match(normalise(query.utterance))
        if found is None:
            return None
        template, values = found
        return self._by_key[query.asked, template], values

    def find(self, query: RewriteQuery) -> Rewrite | None:
        """Return a rewrite of the request; None where it is no example of any source. See `Lookup`."""
        found = self.example_of(query)
        if found is None:
            return None
        entry, values = found
        text = normalise(query.utterance)
        target = fill(entry.target, values)
        name = "\x1f".join((MINER, query.tenant_id, query.asked or "", text, target))
        return Rewrite(
            tenant_id=query.tenant_id,
            rewrite_id=hashlib.blake2b(name.encode(), digest_size=12).hexdigest(),
            source=text,
            asked=query.asked,
            target=target,
            interpretation=fill_reading(entry.interpretation, values),
            win_probability=entry.win_probability,
            evidence=entry.evidence,
            miner=MINER,
            time=datetime.now(UTC),
        )

    def attachments(self) -> dict[str, bytes]:
        """Give the file to publish beside a table's entries; none where there is nothing to say."""
        return {ATTACHMENT: self.to_bytes()} if self.entries else {}

    def to_bytes(self) -> bytes:
        """Write the entries as JSON; the same entries give the same bytes."""
        return orjson.dumps(
            {"format": _FORMAT, "entries": _ENTRIES.dump_python(list(self.entries), mode="json")}
        )

    @classmethod
    def from_bytes(cls, content: bytes) -> Self:
        """Read what `to_bytes` wrote.

        Raises
        ------
        ModelUnreadable
            If these are no templates, or of a newer format.
        """
        try:
            read = orjson.loads(content)
            if read["format"] != _FORMAT:
                raise ModelUnreadable(
                    f"templates of format {read['format']!r}; this release reads format {_FORMAT}, so learn the "
                    "table again with `selflearn learn rewrites`"
                )
            return cls(_ENTRIES.validate_python(read["entries"]))
        except (ValueError, KeyError, TypeError, ValidationError) as error:
            raise ModelUnreadable(
                f"not templates: {error!r}; learn the table again with `selflearn learn rewrites`"
            ) from error
