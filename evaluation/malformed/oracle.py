"""Whether bytes are a good record, told without the product: Python's own JSON, the JSON Schema, and plain limits."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from streams.records import Record
from streams.schema import schema_text

__all__ = ["Oracle"]

_RECORD_BYTES = 1_000_000
_UTTERANCE = 10_000
_DEEPEST = 180
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
#: RFC 3339, in which the letters may be small, and the comma of ISO 8601.
_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d([.,]\d+)?([Zz]|[+-]\d\d:\d\d)")


class Oracle:
    """Says what is wrong with the bytes of a record; the JSON Schema of docs/schema is the contract.

    What the schema leaves open, docs/design.md says: UTF-8 without a mark, numbers that a double can hold,
    no surrogate alone, at most 180 levels, one million bytes, 10,000 characters of utterance, times with a
    zone between the year 2000 and tomorrow, major version 1. Of a key that comes twice, the last counts.

    Parameters
    ----------
    record_type
        What the bytes should be.
    """

    def __init__(self, record_type: type[Record]) -> None:
        import jsonschema_rs

        schema = json.loads(schema_text(record_type))
        self._valid: Callable[[Any], bool] = jsonschema_rs.Draft202012Validator(schema).is_valid

    def fault(self, raw: bytes) -> str | None:
        """Return what is wrong, in a word; None for a good record."""
        if len(raw) > _RECORD_BYTES:
            return "too many bytes"
        try:
            fields = json.loads(
                raw.decode("utf-8", "strict"), parse_constant=_refuse, parse_float=_finite, parse_int=_integer
            )
            json.dumps(fields, ensure_ascii=False).encode("utf-8", "strict")
        except (ValueError, RecursionError):
            return "no JSON"
        if not isinstance(fields, dict):
            return "no object"
        if _depth(fields) > _DEEPEST:
            return "too deep"
        if str(fields.get("schema_version", "1.0")).partition(".")[0].lstrip("0") != "1":
            return "another version"
        if isinstance(fields.get("utterance"), str) and len(fields["utterance"]) > _UTTERANCE:
            return "too many words"
        if not self._valid(fields):
            return "not of the schema"
        return _fault_of_times(fields)


def _fault_of_times(fields: dict[str, Any]) -> str | None:
    response = fields.get("response")
    for text in (fields["time"], response.get("ended") if isinstance(response, dict) else None):
        if text is None:
            continue
        try:
            moment = datetime.fromisoformat(text.upper()) if _TIME.fullmatch(text) else None
            if moment is None:
                return "no time"
            if not _EARLIEST <= moment <= datetime.now(UTC) + timedelta(days=1):
                return "absurd time"
        except (ValueError, OverflowError):
            return "no time"
    return None


def _refuse(constant: str) -> float:
    raise ValueError(constant)


def _finite(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise ValueError(text)
    return number


def _integer(text: str) -> int:
    _finite(text)
    return int(text)


def _depth(value: Any) -> int:
    deepest, level = 0, [value]
    while level:
        deepest += 1
        level = [
            inner
            for outer in level
            for inner in (
                outer.values() if isinstance(outer, dict) else outer if isinstance(outer, list) else ()
            )
        ]
    return deepest
