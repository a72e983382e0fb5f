"""Tables to TOML: as much of it as world files need."""

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from simulator.errors import CannotWriteWorld

__all__ = ["write_world"]


def write_world(tables: Mapping[str, Any], path: Path, note: str) -> None:
    """Write a world file, whole or not at all.

    Parameters
    ----------
    tables
        As a world file has them.
    path
        Where to; what is there is replaced.
    note
        Comment at the top.

    Raises
    ------
    CannotWriteWorld
        The folder is not there, or not to be written in.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    text = "".join(f"# {line}\n" for line in note.splitlines()) + "\n".join(_document(tables)) + "\n"
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise CannotWriteWorld(path, error.strerror or str(error)) from error


def _document(tables: Mapping[str, Any]) -> Iterator[str]:
    """Write plain values first: behind the head of a table they would belong to it."""
    for key, value in tables.items():
        if not isinstance(value, Mapping) and not _is_tables(value):
            yield f"{key} = {_value(value)}"
    for key, value in tables.items():
        if isinstance(value, Mapping):
            yield from _table(key, value)
        elif _is_tables(value):
            for each in value:
                yield f"\n[[{key}]]"
                yield from (f"{name} = {_value(inner)}" for name, inner in each.items())


def _table(path: str, table: Mapping[str, Any]) -> Iterator[str]:
    if table and all(isinstance(value, Mapping) for value in table.values()):
        for key, value in table.items():
            yield from _table(f"{path}.{key}", value)
        return
    yield f"\n[{path}]"
    yield from (f"{name} = {_value(inner)}" for name, inner in table.items())


def _is_tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, Mapping) for each in value)


def _value(value: Any) -> str:
    """Write a value; strings as JSON writes them are strings of TOML."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{name} = {_value(inner)}" for name, inner in value.items()) + " }"
    if isinstance(value, list):
        if len(value) > 4:
            return "[\n" + "".join(f"  {_value(each)},\n" for each in value) + "]"
        return "[" + ", ".join(map(_value, value)) + "]"
    return json.dumps(value, ensure_ascii=False)
