"""From a TOML file to a checked `WorldFile`; a mistake is told with its line."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path as FilePath
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from simulator.errors import BadWorld, WorldNotFound
from simulator.world.checking import guess, mistakes
from simulator.world.lines import Path, line_of, lines_of
from simulator.world.merging import Origins, merged
from simulator.world.schema import Take, WorldFile
from simulator.world.taking import taken

__all__ = ["SHIPPED", "read_world", "world_path"]

_FOLDER = FilePath(__file__).parent.parent / "worlds"

#: The worlds that come with the package.
SHIPPED: tuple[str, ...] = tuple(sorted(file.stem for file in _FOLDER.glob("*.toml")))

_AT_LINE = re.compile(r"line (\d+)")


def world_path(name_or_path: str | FilePath) -> FilePath:
    """Return the file of a shipped world, or the file that was named.

    Raises
    ------
    WorldNotFound
        Neither is there.
    """
    if str(name_or_path) in SHIPPED:
        return _FOLDER / f"{name_or_path}.toml"
    path = FilePath(name_or_path)
    if not path.is_file():
        raise WorldNotFound(str(name_or_path), SHIPPED)
    return path


def read_world(path: FilePath) -> WorldFile:
    """Read a world, with what it has from the one that it extends.

    Raises
    ------
    BadWorld
        It is no TOML, says what no world can say, or does not hold together.
    """
    text = _text_of(path)
    raw = _toml(path, text)
    origins: Origins | None = None
    if "extends" in raw:
        raw, origins = merged(_taken_by(raw, path, text), raw)
    try:
        file = WorldFile.model_validate(raw)
        wrong = list(mistakes(file))
    except ValidationError as error:
        wrong = [(tuple(fault["loc"]), _reason(fault, raw)) for fault in _faults(error)]
    if wrong:
        lines = lines_of(text)
        found = sorted((line_of(_own(place, origins), lines), reason) for place, reason in wrong)
        line, reason = found[0]
        more = "" if len(found) == 1 else f" (and {len(found) - 1} more)"
        raise BadWorld(path, line, reason + more)
    return file


def _taken_by(raw: dict[str, Any], path: FilePath, text: str) -> dict[str, Any]:
    """Return what a world has from the one that it extends."""
    extends = raw["extends"]
    if extends not in SHIPPED or path == _FOLDER / f"{extends}.toml":
        known = ", ".join(SHIPPED)
        raise BadWorld(
            path, line_of(("extends",), lines_of(text)), f"extends {extends!r}; there are: {known}"
        )
    from_path = _FOLDER / f"{extends}.toml"
    base_text = _text_of(from_path)
    base = _toml(from_path, base_text)
    if "extends" in base:
        base = merged(_taken_by(base, from_path, base_text), base)[0]
    try:
        take = Take.model_validate(raw.get("take", {}))
    except ValidationError:  # told with the other mistakes
        return base
    known_intents = {intent["name"] for intent in base["intents"]}
    for place, name in enumerate(take.intents):
        if name not in known_intents:
            line = line_of(("take", "intents", place), lines_of(text))
            raise BadWorld(path, line, f"{extends!r} has no intent {name!r}{guess(name, known_intents)}")
    return taken(base, take.intents, take.items)


def _text_of(path: FilePath) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise BadWorld(path, 1, f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise BadWorld(path, line, "not UTF-8") from error


def _toml(path: FilePath, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        at = _AT_LINE.search(str(error))
        line = int(at.group(1)) if at else text.count("\n") + 1
        raise BadWorld(path, line, f"not TOML: {_AT_LINE.sub('here', str(error))}") from error


def _own(path: Path, origins: Origins | None) -> Path:
    """Return where in the file itself a value of the merged world stands; the top, where it does not."""
    if origins is None or len(path) < 2 or path[0] != "intents" or not isinstance(path[1], int):
        return path
    place = origins[path[1]]
    return () if place is None else ("intents", place, *path[2:])


def _faults(error: ValidationError) -> list[ErrorDetails]:
    """Return what pydantic found; a key is not missing where it is misspelt, as it most likely is."""
    found = error.errors(include_url=False)
    misspelt = {tuple(fault["loc"][:-1]) for fault in found if fault["type"] == "extra_forbidden"}
    return [
        fault for fault in found if fault["type"] != "missing" or tuple(fault["loc"][:-1]) not in misspelt
    ]


def _reason(fault: ErrorDetails, raw: dict[str, Any]) -> str:
    *around, last = fault["loc"] or ("",)
    where = ".".join(str(step) for step in fault["loc"])
    kind = fault["type"]
    if kind == "extra_forbidden":
        return f"unknown key {last!r}{guess(str(last), _keys(tuple(around)))}"
    if around and around[0] == "intents" and last == "wordings" and kind in ("missing", "too_short"):
        return f"intent {raw['intents'][around[1]].get('name')!r} has no wording"
    if kind == "missing":
        return f"{where} is missing"
    value = fault["input"]
    message = fault["msg"].removeprefix("Input should be ").removeprefix("Value error, ")
    if isinstance(value, (str, int, float, bool)):
        return f"{where} = {value!r}: should be {message}"
    return f"{where}: should be {message}"


def _keys(path: Path) -> set[str]:
    """Return the keys that the table at a path may have."""
    model: Any = WorldFile
    for step in path:
        if isinstance(model, type) and issubclass(model, BaseModel) and step in model.model_fields:
            model = model.model_fields[str(step)].annotation
        if not isinstance(model, type) or get_args(model):
            model = next(_tables(model), model)
    return set(model.model_fields) if isinstance(model, type) and issubclass(model, BaseModel) else set()


def _tables(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _tables(inner)
