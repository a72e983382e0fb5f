"""Where in a record words may be: every text but ids, versions and references."""

import re
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, TypeVar

from streams.records import Part

__all__ = ["changed"]

P = TypeVar("P", bound=Part)

#: Texts that name something by a scheme of its maker.
_NO_WORDS = frozenset({"schema_version", "versions", "audio", "locale", "original"})
#: What an id in a field that we do not know looks like; a caller's number or address does not.
_OPAQUE = re.compile(r"(?=.*[A-Za-z])[\w.-]+|\d+")


def changed(part: P, change: Callable[[str], str]) -> P:
    """Return a record, or a piece of one, with every text in which there may be words changed.

    Fields that this release does not know are gone into as well, the names in open mappings included. Ids stay:
    fields of ours that are named so, and unknown ones that are named so and hold one opaque word.

    Parameters
    ----------
    part
        The record. It is returned itself where nothing changes.
    change
        Says what to put in place of a text.
    """
    known = type(part).model_fields
    updates = {}
    for name, value in part:
        if name in _NO_WORDS or (_is_id(name) and (name in known or _is_opaque(value))):
            continue
        new = _changed(value, change)
        if new is not value:
            updates[name] = new
    return part.model_copy(update=updates) if updates else part


def _changed(value: Any, change: Callable[[str], str]) -> Any:
    match value:
        case Enum():
            return value
        case str():
            new = change(value)
            return value if new == value else new
        case Part():
            return changed(value, change)
        case list() | tuple():
            parts = [_changed(one, change) for one in value]
            same = all(new is old for new, old in zip(parts, value, strict=True))
            return value if same else type(value)(parts)
        case dict():
            return _mapping(value, change)
        case _:
            return value


def _mapping(mapping: Mapping[str, Any], change: Callable[[str], str]) -> Mapping[str, Any]:
    new: dict[str, Any] = {}
    for name, value in mapping.items():
        kept = _is_id(name) and _is_opaque(value)
        told = change(name)
        while told in new:  # two names that now read the same hold two values still
            told += "'"
        new[told] = value if kept else _changed(value, change)
    same = list(new) == list(mapping) and all(new[name] is mapping[name] for name in mapping)
    return mapping if same else new


def _is_id(name: str) -> bool:
    return name.endswith(("_id", "_ids")) or name == "id"


def _is_opaque(value: Any) -> bool:
    return isinstance(value, str) and _OPAQUE.fullmatch(value) is not None
