"""Shapes turned on their side: a sequence for each field, those of nested parts included."""

from collections.abc import Sequence
from itertools import chain
from typing import Any

import msgspec
from msgspec.structs import astuple

from streams.hot.shapes import (
    Ambient,
    AppliedRewrite,
    Device,
    DialogueContext,
    EntityResolution,
    Heard,
    Interpretation,
    Response,
    SignalShape,
    Slot,
    TurnShape,
)

__all__ = ["Fields", "signals_turned", "turns_turned"]

#: Values by the name of their field. Of `response.text` there is one for each turn, None where it has no response; of
#: what stands in lists, as `nlu.slots.name`, one for each that there is, in the order of the turns.
Fields = dict[str, Sequence[Any]]

_PARTS: tuple[tuple[str, type[msgspec.Struct]], ...] = (
    ("device", Device),
    ("context", DialogueContext),
    ("response", Response),
    ("rewrite", AppliedRewrite),
    ("ambient", Ambient),
)
_LISTS: tuple[tuple[str, type[msgspec.Struct]], ...] = (
    ("asr", Heard),
    ("nlu", Interpretation),
    ("nlu.slots", Slot),
    ("entities", EntityResolution),
)


def turns_turned(turns: Sequence[TurnShape]) -> Fields:
    """Turn turns on their side."""
    fields = _turned(turns, TurnShape, "")
    for name, struct in _PARTS:
        parts = fields[name]
        nothing = (None,) * len(struct.__struct_fields__)
        rows = [nothing if part is None else astuple(part) for part in parts]
        fields |= _named(rows, struct, f"{name}.")
    for name, struct in _LISTS:
        fields |= _turned(list(chain.from_iterable(fields[name])), struct, f"{name}.")
    return fields


def signals_turned(signals: Sequence[SignalShape]) -> Fields:
    """Turn signals on their side."""
    return _turned(signals, SignalShape, "")


def _turned(shapes: Sequence[Any], struct: type[msgspec.Struct], prefix: str) -> Fields:
    return _named(list(map(astuple, shapes)), struct, prefix)


def _named(rows: Sequence[tuple[Any, ...]], struct: type[msgspec.Struct], prefix: str) -> Fields:
    names = struct.__struct_fields__
    columns = zip(*rows, strict=True) if rows else ((),) * len(names)
    return {prefix + name: column for name, column in zip(names, columns, strict=True)}
