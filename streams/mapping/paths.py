"""Paths into a log entry: `user.id`, `asr[0].text`, `['a.b']`, `^.call_id`, `.`, `@index`.

| path | is |
| --- | --- |
| `a.b` | field b of field a |
| `a[0]`, `a[-1]` | first, last element |
| `['a.b']` | a field whose name holds dots or brackets |
| `.` | the element itself, in a list of plain values |
| `^.a` | field a of what the list lies in; `^.^.a` one further out |
| `@index` | position in the list, from 0 |
| `@file`, `@offset` | file, and place in it |
| `@hash` | a name made from the content of the whole entry |
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import orjson

from streams.errors import MappingError

__all__ = ["LogPath", "Scope", "in_words"]

_STEP = re.compile(r"(?:^|\.)(?P<name>[^.\[\]^'@{}]+)|\[(?P<index>-?\d+)\]|(?:^|\.)?\['(?P<quoted>[^']+)'\]")
_PLACES = ("@index", "@file", "@offset", "@hash")


@dataclass(frozen=True, slots=True)
class Scope:
    """Where in an entry we stand: a value, its position in its list, and what the list lies in."""

    value: Any
    index: int = 0
    outer: "Scope | None" = None
    file: str = ""
    offset: int = 0

    def inside(self, value: Any, index: int) -> "Scope":
        """Scope of an element of a list that lies here."""
        return Scope(value, index, self, self.file, self.offset)

    def place(self, name: str) -> Any:
        """Value of one of the names that begin with @."""
        match name:
            case "@index":
                return self.index
            case "@file":
                return self.file
            case "@offset":
                return self.offset
        whole = self
        while whole.outer is not None:
            whole = whole.outer
        content = orjson.dumps(whole.value, option=orjson.OPT_SORT_KEYS)
        return blake2b(content, digest_size=10).hexdigest()


@dataclass(frozen=True, slots=True)
class LogPath:
    """A path, read once and followed in every entry.

    Attributes
    ----------
    up : int
        How many lists to leave first.
    steps : tuple of str or int
        Names and indices to follow.
    place : str
        One of the names that begin with @, or nothing.
    """

    up: int
    steps: tuple[str | int, ...]
    place: str = ""

    @classmethod
    def read(cls, text: str) -> "LogPath":
        """Read a path as the table above writes it.

        Raises
        ------
        MappingError
            It is no path.
        """
        if text in _PLACES:
            return cls(0, (), text)
        rest, up = text, 0
        while rest == "^" or rest.startswith("^."):
            rest, up = rest[2:], up + 1
        if rest in ("", "."):
            if not text:
                raise MappingError("an empty path; write `.` for the element itself")
            return cls(up, ())
        steps: list[str | int] = []
        at = 0
        while at < len(rest):
            found = _STEP.match(rest, at)
            if found is None or (found["name"] and at > 0 and rest[at] != "."):
                raise MappingError(
                    f"`{text}` is no path: at `{rest[at:]}` a field, [number] or ['name'] is wanted; "
                    f"names that begin with @ are {', '.join(_PLACES)}"
                )
            steps.append(int(found["index"]) if found["index"] else found["name"] or found["quoted"])
            at = found.end()
        return cls(up, tuple(steps))

    def follow(self, scope: Scope) -> Any:
        """Value at the end of the path; None where the entry has no such place, or nothing there."""
        if self.place:
            return scope.place(self.place)
        for _ in range(self.up):
            if scope.outer is None:
                return None
            scope = scope.outer
        value = scope.value
        for step in self.steps:
            if isinstance(step, int):
                value = value[step] if isinstance(value, list) and -len(value) <= step < len(value) else None
            else:
                value = value.get(step) if isinstance(value, Mapping) else None
            if value is None:
                return None
        return value

    def under(self, outers: tuple[str, ...]) -> str:
        """Write the path in words, from the entry's top, given those of the lists around it, outermost first.

        Raises
        ------
        MappingError
            It leaves more lists than there are.
        """
        if self.up > len(outers):
            raise MappingError(f"`^` leaves {self.up} lists, where the path stands in {len(outers)}")
        around = outers[: len(outers) - self.up]
        return (around[-1] if around else "") + in_words(self.steps, first=not around)


def in_words(steps: tuple[str | int, ...], *, first: bool = True) -> str:
    """Write steps without telling elements of a list apart: `asr[].text`."""
    words = ""
    for step in steps:
        if isinstance(step, int):
            words += "[]"
        elif re.fullmatch(r"[^.\[\]^'@{}]+", step):
            words += step if first and not words else f".{step}"
        else:
            words += f"['{step}']"
    return words
