"""What every finder of personal things answers."""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

__all__ = ["PLACEHOLDER", "Finder", "Found", "apart"]

#: What stands for something that was taken out. No finder looks into it, so filtering again changes nothing.
PLACEHOLDER = re.compile(r"<[a-z][a-z_]{0,30}>")


class Found(NamedTuple):
    """A personal thing in a text: what it is, and where."""

    kind: str
    start: int
    end: int


class Finder(Protocol):
    """Finds personal things in texts."""

    def suspects(self, texts: Iterable[str]) -> bool:
        """Whether there may be something in any of the texts. Cheap: it may say so where there is nothing."""

    def find(self, text: str) -> Sequence[Found]:
        """Find what is in a text: in order, apart from one another and from placeholders."""


def apart(text: str, found: Iterable[Found]) -> list[Found]:
    """Keep what overlaps neither a placeholder nor anything that came before it, in the order of the text."""
    taken = [place.span() for place in PLACEHOLDER.finditer(text)]
    kept = []
    for one in found:
        if all(one.end <= start or one.start >= end for start, end in taken):
            taken.append((one.start, one.end))
            kept.append(one)
    return sorted(kept, key=lambda one: one.start)
