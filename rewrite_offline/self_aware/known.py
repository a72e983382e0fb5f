"""What is known about a table's own rewrites, as it is published and served. No SciPy, no NumPy."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

import orjson
from pydantic import JsonValue, TypeAdapter, ValidationError

from rewrite_offline.errors import ModelUnreadable
from streams.records import Rewrite
from streams.text import normalise

__all__ = ["ATTACHMENT", "Known", "Pair", "Side", "Verdict", "name_of"]

#: Name of the attachment in which a table's version carries what is known about its rewrites.
ATTACHMENT = "self-aware.json"

_FORMAT = 1


class Verdict(StrEnum):
    """What is done about a rewrite."""

    KEPT = "kept"  # it earns its place, whatever the chain still finds
    OPEN = "open"  # the chain decides, its plain and its rewritten edge mixed
    WITHDRAWN = "withdrawn"  # it does not earn its place
    FADED = "faded"  # nobody uses it any more


@dataclass(frozen=True, slots=True)
class Side:
    """A Beta posterior of P(success), and the evidence in it.

    Attributes
    ----------
    won, lost
        Votes, faded, since the last change.
    a, b
        Parameters of the posterior: these and the prior.
    turns, people
        How many are behind it, faded or not.
    changed
        When the rate changed, in microseconds since 1970; None where it did not.
    """

    won: float
    lost: float
    a: float
    b: float
    turns: int
    people: int
    changed: int | None = None

    @property
    def mean(self) -> float:
        """Mean of the posterior."""
        return self.a / (self.a + self.b)


@dataclass(frozen=True, slots=True)
class Pair:
    """A rewrite that was served, and what came of it.

    Attributes
    ----------
    kind
        `text`; or `template`, where source and target have slots for values.
    asked, source, target
        What it rewrites, to what.
    rewritten, plain
        P(success) with the rewrite, and of the same request left alone.
    better
        P(the first is the larger one).
    verdict
        What follows.
    people
        Customers behind either side, homes counted once.
    last
        When it was last applied: microseconds since 1970.
    """

    kind: str
    asked: str | None
    source: str
    target: str
    rewritten: Side
    plain: Side
    better: float
    verdict: Verdict
    people: int
    last: int

    def to_json(self) -> dict[str, JsonValue]:
        """Give it as JSON."""
        found: dict[str, JsonValue] = _PAIR.dump_python(self, mode="json")
        return found


_PAIR = TypeAdapter(Pair)
_PAIRS = TypeAdapter(list[Pair])


class Known:
    """What was withdrawn, and the posteriors behind it. Threads may share it.

    Parameters
    ----------
    pairs
        Rewrites that enough customers are behind to be shown.
    withdrawn
        Names, by `name_of`, of the rewrites that are not to be served; of what few customers said nothing else is held.
    gone
        Names of the meanings that no request gets to any more, with the time since when.
    """

    def __init__(
        self,
        pairs: Iterable[Pair] = (),
        withdrawn: Iterable[str] = (),
        gone: Mapping[str, int] | None = None,
    ) -> None:
        self.pairs = tuple(
            sorted(pairs, key=lambda pair: (pair.kind, pair.asked or "", pair.source, pair.target))
        )
        self.withdrawn = frozenset(withdrawn)
        self.gone = dict(sorted((gone or {}).items()))
        self._by_key = {(pair.kind, pair.asked, pair.source, pair.target): pair for pair in self.pairs}

    def __bool__(self) -> bool:
        return bool(self.pairs or self.withdrawn or self.gone)

    def pair(self, kind: str, asked: str | None, source: str, target: str) -> Pair | None:
        """Return what is known about a rewrite; None where it was never served, or by too few to be shown."""
        return self._by_key.get((kind, asked, source, target))

    def pairs_of(self, asked: str | None, source: str) -> list[Pair]:
        """Return what is known about the rewrites of a request, the best one first."""
        found = [pair for pair in self.pairs if (pair.asked, pair.source) == (asked, source)]
        return sorted(found, key=lambda pair: (-pair.better, pair.target))

    def reason(self, rewrite: Rewrite) -> str | None:
        """Return why a rewrite is not to be served, by what it did; None where it may."""
        if self.withdrawn and name_of(rewrite.asked, rewrite.source, rewrite.target) in self.withdrawn:
            return "withdrawn: it does not make the request succeed more often"
        meant = rewrite.interpretation
        if self.gone and meant is not None and name_of(None, meant.key, "") in self.gone:
            return "withdrawn: what it asks for stopped working"
        return None

    def attachments(self) -> dict[str, bytes]:
        """Give the file to publish beside a table's entries; none where nothing is known."""
        return {ATTACHMENT: self.to_bytes()} if self else {}

    def to_bytes(self) -> bytes:
        """Write it as JSON; the same knowledge gives the same bytes."""
        return orjson.dumps(
            {
                "format": _FORMAT,
                "pairs": _PAIRS.dump_python(list(self.pairs), mode="json"),
                "withdrawn": sorted(self.withdrawn),
                "gone": self.gone,
            }
        )

    @classmethod
    def from_bytes(cls, content: bytes) -> Self:
        """Read what `to_bytes` wrote.

        Raises
        ------
        ModelUnreadable
            If it is something else, or of a newer format.
        """
        try:
            read = orjson.loads(content)
            if read["format"] != _FORMAT:
                raise ModelUnreadable(
                    f"posteriors of format {read['format']!r}; this release reads format {_FORMAT}, so learn the "
                    "table again with `selflearn learn rewrites`"
                )
            return cls(_PAIRS.validate_python(read["pairs"]), read["withdrawn"], read["gone"])
        except (ValueError, KeyError, TypeError, AttributeError, ValidationError) as error:
            raise ModelUnreadable(
                f"no posteriors of rewrites: {error!r}; learn the table again with `selflearn learn rewrites`"
            ) from error


def name_of(asked: str | None, source: str, target: str) -> str:
    """Name a rewrite without its texts, which one customer alone may have said."""
    name = "\x1f".join((asked or "", normalise(source) if target else source, normalise(target)))
    return hashlib.blake2b(name.encode(), digest_size=12).hexdigest()
