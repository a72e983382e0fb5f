"""Cells: how one field of a turn is made from a log entry."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from streams.errors import MalformedRecord, MappingError
from streams.mapping.paths import LogPath, Scope

__all__ = ["Cell", "Spec", "compile_cell"]

#: Makes a value from where we stand; None: there is none.
Cell = Callable[[Scope], Any]

_HOLE = re.compile(r"\{([^{}]+)\}")
_EPOCHS = {"epoch_s": 1_000_000, "epoch_ms": 1_000, "epoch_us": 1}


class Spec(BaseModel):
    """How a field is made, written out; `"a.b"` is short for `{path = "a.b"}`, `"x-{a}"` for a template.

    Attributes
    ----------
    path, template, constant
        Where the value comes from: one of the three. A template is empty where one of its holes is.
    values : dict
        What the log's values stand for, by their text. A value that is not named stays as it is, or becomes
        `otherwise`.
    otherwise : any
        See `values`.
    default : any
        Value where the log has none.
    format : str
        Of a time: `iso`, `epoch_s`, `epoch_ms`, `epoch_us`, or a pattern such as `%d.%m.%Y %H:%M:%S`.
    zone : str
        Time zone of times that name none: `UTC`, `Europe/Berlin`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str | None = None
    template: str | None = None
    constant: str | int | float | bool | None = None
    values: dict[str, str | int | float | bool] | None = None
    otherwise: str | int | float | bool | None = None
    default: str | int | float | bool | None = None
    format: str | None = None
    zone: str | None = None

    @model_validator(mode="after")
    def _one_origin(self) -> "Spec":
        if sum(origin is not None for origin in (self.path, self.template, self.constant)) != 1:
            raise ValueError("say where the value comes from: one of path, template, constant")
        return self


def compile_cell(
    written: Any, kind: Literal["text", "time", "plain"], name: str
) -> tuple[Cell, tuple[LogPath, ...]]:
    """Turn what a mapping says about a field into a cell.

    Parameters
    ----------
    written
        A path, a template, or a table as `Spec` has it.
    kind
        What the field holds: a number from the log becomes text where text is wanted.
    name
        Name of the field, for messages.

    Returns
    -------
    Cell
        Raises MalformedRecord where a value is no time.
    tuple of LogPath
        What it reads.

    Raises
    ------
    MappingError
        It cannot be understood.
    """
    spec = _spec(written, name)
    if (spec.format or spec.zone) and kind != "time":
        raise MappingError(f"{name} is no time, so `format` and `zone` say nothing about it")
    origin, paths = _origin(spec)
    to_time = _time_reader(spec, name) if kind == "time" else None

    def cell(scope: Scope) -> Any:
        value = origin(scope)
        if value is None or value == "":
            value = spec.default
        elif spec.values is not None:
            value = spec.values.get(_text(value), value if spec.otherwise is None else spec.otherwise)
        if value is None:
            return None
        if to_time is not None:
            return to_time(value)
        return _text(value) if kind == "text" and isinstance(value, int | float | bool) else value

    return cell, paths


def _spec(written: Any, name: str) -> Spec:
    if isinstance(written, str):
        written = {"template" if _HOLE.search(written) else "path": written}
    try:
        return Spec.model_validate(written, strict=True)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_context=False)[0]
        where = ".".join([name, *(str(step) for step in fault["loc"])])
        raise MappingError(f"{where}: {fault['msg']}") from error


def _origin(spec: Spec) -> tuple[Cell, tuple[LogPath, ...]]:
    if spec.path is not None:
        path = LogPath.read(spec.path)
        return path.follow, (path,)
    if spec.template is not None:
        parts = _HOLE.split(spec.template)  # text, hole, text, hole, …, text
        texts, holes = parts[::2], tuple(LogPath.read(hole) for hole in parts[1::2])

        def fill(scope: Scope) -> str | None:
            values = [hole.follow(scope) for hole in holes]
            if any(value is None or value == "" for value in values):
                return None
            return texts[0] + "".join(
                _text(value) + after for value, after in zip(values, texts[1:], strict=True)
            )

        return fill, holes
    return lambda scope: spec.constant, ()


def _text(value: Any) -> str:
    """Text of a value as a log would write it: `true`, not `True`; 7, not 7.0."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _time_reader(spec: Spec, name: str) -> Callable[[Any], datetime]:
    form = spec.format or "iso"
    if form != "iso" and form not in _EPOCHS and "%" not in form:
        known = ", ".join(["iso", *_EPOCHS])
        raise MappingError(f"{name}: format `{form}` is none of {known}, nor a pattern such as %Y-%m-%d")
    try:
        zone = ZoneInfo(spec.zone) if spec.zone else None
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise MappingError(f"{name}: there is no time zone `{spec.zone}`") from error

    def read(value: Any) -> datetime:
        try:
            if form in _EPOCHS:
                return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=float(value) * _EPOCHS[form])
            text = _text(value)
            time = datetime.fromisoformat(text) if form == "iso" else datetime.strptime(text, form)
        except (TypeError, ValueError, OverflowError) as error:
            raise MalformedRecord(f"{name}: {_shown(value)} is no time of format {form}") from error
        if time.tzinfo is None:
            if zone is None:
                raise MalformedRecord(
                    f'{name}: {_shown(value)} names no time zone; add `zone` to the mapping, as in zone = "UTC"'
                )
            time = time.replace(tzinfo=zone)
        return time

    return read


def _shown(value: Any) -> str:
    return repr(value)[:60]
