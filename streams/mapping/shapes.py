"""Shapes: how a record, its parts and its lists are made, compiled from a mapping's tables and the record's model."""

from collections.abc import Callable, Mapping
from types import UnionType
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

from pydantic import AwareDatetime, BaseModel

from streams.errors import MappingError
from streams.mapping.cells import Cell, compile_cell
from streams.mapping.paths import LogPath, Scope

__all__ = ["Shape", "compile_part", "elements"]


class Shape(NamedTuple):
    """A compiled table: what it makes, and which places of an entry it reads, in words."""

    make: Callable[[Scope], Any]
    reads: frozenset[str]


def compile_part(model: type[BaseModel], table: Any, name: str, lists: tuple[str, ...] = ()) -> Shape:
    """Compile the table of a record or of a part of one.

    Parameters
    ----------
    model
        What is made.
    table
        Field to cell, or to a table for a field that has fields itself.
    name
        Where this stands in the mapping, for messages.
    lists
        The lists of the entry that we are in, in words, outermost first.

    Returns
    -------
    Shape
        Makes a dict of the fields that the entry has a value for; None where there is none.

    Raises
    ------
    MappingError
        A field that the record does not have, or a table that does not fit it.
    """
    if not isinstance(table, Mapping):
        raise MappingError(f"{name} has fields: write a table [{name}], not {table!r}")
    fields: dict[str, Shape] = {}
    for field, written in table.items():
        if field not in model.model_fields:
            known = ", ".join(sorted(model.model_fields))
            raise MappingError(f"{name}.{field}: there is no such field; {model.__name__} has {known}")
        annotation = model.model_fields[field].annotation
        fields[field] = _compile_field(annotation, written, f"{name}.{field}", lists)

    def make(scope: Scope) -> dict[str, Any] | None:
        made = {field: value for field, shape in fields.items() if (value := shape.make(scope)) is not None}
        return made or None

    return Shape(make, frozenset().union(*(shape.reads for shape in fields.values())))


def _compile_field(annotation: Any, written: Any, name: str, lists: tuple[str, ...]) -> Shape:
    core = _core(annotation)
    if core is AwareDatetime:
        return _cell(written, "time", name, lists)
    origin, arguments = get_origin(core), get_args(core)
    if origin is tuple:
        element = arguments[0]
        if isinstance(element, type) and issubclass(element, BaseModel):
            return _compile_list(element, written, name, lists)
        return _cell(written, "plain", name, lists)
    if (
        origin is dict
        and isinstance(written, Mapping)
        and not written.keys() & {"path", "constant", "template"}
    ):
        return _compile_dict("text" if arguments[1] is str else "plain", written, name, lists)
    if isinstance(core, type) and issubclass(core, BaseModel):
        return compile_part(core, written, name, lists)
    return _cell(
        written, "text" if isinstance(core, type) and issubclass(core, str) else "plain", name, lists
    )


def _compile_list(element: type[BaseModel], written: Any, name: str, lists: tuple[str, ...]) -> Shape:
    if not isinstance(written, Mapping) or not isinstance(written.get("each"), str):
        raise MappingError(f'{name} is a list: write a table [{name}] with `each = "path of the list"`')
    each = written["each"]
    walked = each.endswith(".*")
    path = LogPath.read(each.removesuffix(".*") or ".")
    here = path.under(lists)
    inside = f"{here}.*" if walked else f"{here}[]"
    part = compile_part(
        element, {field: cell for field, cell in written.items() if field != "each"}, name, (*lists, inside)
    )

    def make(scope: Scope) -> list[Any] | None:
        made = [part.make(inner) for inner in elements(path.follow(scope), scope, walked=walked)]
        return [one for one in made if one is not None] or None

    # Of an object that is walked, every field is read, whatever its name.
    return Shape(make, part.reads | {inside} if walked else part.reads)


def elements(found: Any, scope: Scope, *, walked: bool = False) -> list[Scope]:
    """Scopes of the elements of a list, or of the fields of an object that is walked as `key` and `value`."""
    if found is None:
        return []
    if walked:
        fields = found.items() if isinstance(found, Mapping) else ()
        found = [{"key": key, "value": value} for key, value in fields]
    # One value where a list was said: logs like to leave out the brackets of a list of one.
    found = found if isinstance(found, list) else [found]
    return [scope.inside(value, index) for index, value in enumerate(found)]


def _compile_dict(
    kind: Literal["text", "plain"], written: Mapping[str, Any], name: str, lists: tuple[str, ...]
) -> Shape:
    cells = {key: _cell(cell, kind, f"{name}.{key}", lists) for key, cell in written.items()}

    def make(scope: Scope) -> dict[str, Any] | None:
        made = {key: value for key, cell in cells.items() if (value := cell.make(scope)) is not None}
        return made or None

    return Shape(make, frozenset().union(*(cell.reads for cell in cells.values())))


def _cell(written: Any, kind: Literal["text", "time", "plain"], name: str, lists: tuple[str, ...]) -> Shape:
    cell: Cell
    cell, paths = compile_cell(written, kind, name)
    return Shape(cell, frozenset(path.under(lists) for path in paths if not path.place))


def _core(annotation: Any) -> Any:
    """Strip what may be None, and what else pydantic checks, from a field's type."""
    if get_origin(annotation) in (Union, UnionType):
        (annotation,) = (one for one in get_args(annotation) if one is not type(None))
    return get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation
