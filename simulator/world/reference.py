"""The reference of world files, in Markdown, made of the schema: docs/world.md holds it as it is made here."""

from collections.abc import Iterator
from typing import Any

from annotated_types import Ge, Gt, Le
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from simulator.world.schema import (
    Ambient,
    Assistant,
    DeviceKind,
    DriftEvent,
    Habit,
    Homes,
    Intent,
    Item,
    People,
    SlotType,
    Take,
    Wording,
    WorldFile,
)

__all__ = ["TABLES", "reference"]

#: How each table is written, and what may be in it.
TABLES: tuple[tuple[str, type[BaseModel]], ...] = (
    ("The file itself", WorldFile),
    ("`[take]`", Take),
    ("`[[intents]]`", Intent),
    ("`wordings` of an intent", Wording),
    ("`[slots.NAME]`", SlotType),
    ("`items` of a slot", Item),
    ("`[homes]`", Homes),
    ("`devices` of homes", DeviceKind),
    ("`[people]`", People),
    ("`[assistant]`", Assistant),
    ("`[ambient.NAME]`", Ambient),
    ("`[[habits]]`", Habit),
    ("`[[drift]]`", DriftEvent),
)


def reference() -> str:
    """Return the reference: a table for every table of a world file."""
    return "\n".join(line for head, table in TABLES for line in _told(head, table))


def _told(head: str, table: type[BaseModel]) -> Iterator[str]:
    yield f"### {head}\n"
    yield (table.__doc__ or "").strip() + "\n"
    yield "| key | if left out | what |"
    yield "| --- | --- | --- |"
    for name, field in table.model_fields.items():
        yield f"| `{name}` | {_default(field)} | {_meaning(field)} |"
    yield ""


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "must be there"
    value: Any = field.get_default()
    if value is None or value in ((), {}, "") or isinstance(value, BaseModel):
        return "none" if not isinstance(value, BaseModel) else "as below"
    if isinstance(value, tuple) and len(set(value)) == 1 and len(value) > 4:
        return f"{len(value)} times {value[0]}"
    if isinstance(value, tuple):
        return f"`[{', '.join(map(str, value))}]`"
    if isinstance(value, dict):
        return "`{ " + ", ".join(f'{key} = "{inner}"' for key, inner in value.items()) + " }`"
    return f"`{str(value).lower()}`" if isinstance(value, bool) else f"`{value}`"


def _meaning(field: FieldInfo) -> str:
    said = (field.description or "").replace("|", "\\|")
    bounds = [text for bound in field.metadata if (text := _bound(bound))]
    return f"{said} ({', '.join(bounds)})" if bounds else said


def _bound(bound: object) -> str:
    match bound:
        case Ge(ge):
            return f"at least {ge}"
        case Gt(gt):
            return f"above {gt}"
        case Le(le):
            return f"at most {le}"
        case _:
            return ""
