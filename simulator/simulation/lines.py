"""Records as JSON lines: what is not set, or as it always is, is left out."""

from collections.abc import Mapping
from typing import Any

import orjson

from streams.records import AsrHypothesis, Record, Slot

__all__ = ["fields_of", "line_of"]

_OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE
#: What every record has; the version is written by itself, and the tenant is the usual one.
_ALWAYS = frozenset({"schema_version", "tenant_id"})
_EMPTY = frozenset({tuple, list, dict})
#: Parts of which there are many, with nothing left out.
_WHOLE: frozenset[Any] = frozenset((AsrHypothesis, Slot))
_VERSION: str = Record.model_fields["schema_version"].default


def line_of(fields: Mapping[str, Any]) -> bytes:
    """Write the fields of a record as a line.

    They are taken as they stand: to make a record of them and write that with pydantic's serialiser takes twice as
    long. A reader with pydantic gets the record that `Simulation` gives (tests/simulator/test_simulate.py).
    """
    return orjson.dumps({"schema_version": _VERSION, **_set(fields)}, default=_part, option=_OPTIONS)


def fields_of(record: Record) -> dict[str, Any]:
    """Give the fields of a record for `line_of`."""
    return {name: value for name, value in record.__dict__.items() if name not in _ALWAYS}


def _part(part: Any) -> dict[str, Any]:
    fields: dict[str, Any] = part.__dict__
    return fields if part.__class__ in _WHOLE else _set(fields)


def _set(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value
        for name, value in fields.items()
        if value or (value is not None and value.__class__ not in _EMPTY)
    }
