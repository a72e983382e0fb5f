"""A mapping: what says, in TOML, how a foreign log becomes turns and signals."""

import csv
import io
import tomllib
from collections.abc import Mapping as Table
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeVar

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from streams.errors import AbsurdTime, MalformedRecord, MappingError, OversizedRecord
from streams.mapping.cells import Cell, compile_cell
from streams.mapping.paths import LogPath, Scope
from streams.mapping.shapes import Shape, compile_part, elements
from streams.parsing import LIMITS, ParseLimits, check, faults_of
from streams.records import Record, Signal, Turn
from streams.sources.base import Entry
from streams.worker import Parser

__all__ = ["LogSpec", "Mapping"]

R = TypeVar("R", bound=Record)

#: Levels of nesting that need no look.
_DEPTH = 200

#: What says no, where a signal hangs on a field of the log.
_NO = (None, False, 0, "", "0", "false", "no", "n", "off")


class LogSpec(BaseModel):
    """The table `[log]`: what the log itself is like.

    Attributes
    ----------
    each : str
        Path of the list whose elements are turns, where an entry is a whole dialogue.
    delimiter : str
        Between the fields of a CSV row; None: a comma, in `.tsv` files a tab.
    encoding : str
        Of CSV files. JSON is always UTF-8.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    each: str | None = None
    delimiter: str | None = Field(default=None, min_length=1, max_length=1)
    encoding: Literal["utf-8", "latin-1", "cp1252"] = "utf-8"


class _SignalShape(NamedTuple):
    """How signals of one kind come out of an entry."""

    shape: Shape
    when: Cell | None


class Mapping:
    """Makes turns and signals of the entries of a foreign log.

    Parameters
    ----------
    tables
        The mapping file, read: `log`, `turn` and a list `signals`. docs/mapping.md describes them.

    Raises
    ------
    MappingError
        It names fields or paths that cannot be, or leaves out what every turn needs.

    Examples
    --------
    >>> mapping = Mapping({"turn": {
    ...     "turn_id": "{call}-{n}", "customer_id": "caller", "utterance": "asr[0]",
    ...     "time": {"path": "at", "format": "epoch_s"}}})
    >>> mapping.apply({"call": "a", "n": 3, "caller": 17, "asr": ["play halo"], "at": 1767225600}).turn_id
    'a-3'
    """

    def __init__(self, tables: Table[str, Any]) -> None:
        unknown = tables.keys() - {"log", "turn", "signals"}
        if unknown or not isinstance(tables.get("turn"), Table):
            raise MappingError(
                f"a mapping has the tables [turn], [log] and [[signals]], not {', '.join(sorted(unknown)) or 'none'}"
            )
        try:
            self.log = LogSpec.model_validate(tables.get("log", {}))
        except ValidationError as error:
            raise MappingError(f"[log]: {faults_of(error)}") from error
        self._each = LogPath.read(self.log.each) if self.log.each is not None else None
        self._lists = (f"{self._each.under(())}[]",) if self._each is not None else ()
        self._turn = compile_part(Turn, tables["turn"], "turn", self._lists)
        required = {name for name, field in Turn.model_fields.items() if field.is_required()}
        if missing := required - tables["turn"].keys():
            raise MappingError(
                f"[turn] does not say where {', '.join(sorted(missing))} come from; every turn needs them"
            )
        self._signals = [
            self._signal_shape(table, place) for place, table in enumerate(tables.get("signals", []))
        ]

    @classmethod
    def load(cls, path: Path) -> "Mapping":
        """Read a mapping file.

        Raises
        ------
        MappingError
            It cannot be read, is not TOML, or no mapping.
        """
        try:
            return cls(tomllib.loads(path.read_text(encoding="utf-8")))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise MappingError(f"{path} cannot be read: {error}") from error
        except MappingError as error:
            raise MappingError(f"{path}: {error}") from error

    @property
    def reads(self) -> frozenset[str]:
        """Places of an entry that the mapping looks at, as `asr[].text`."""
        return self._turn.reads.union(*(signal.shape.reads for signal in self._signals))

    def apply(self, entry: Any) -> Turn:
        """Make the turn of an entry that is one turn.

        Raises
        ------
        RecordError
            The entry is not one turn, or a wrong one.
        """
        turns = [record for record in self.records(entry) if isinstance(record, Turn)]
        if len(turns) != 1:
            raise MalformedRecord(f"one turn is wanted, and the entry holds {len(turns)}; use `records`")
        return turns[0]

    def records(
        self, entry: Any, *, file: str = "", offset: int = 0, limits: ParseLimits = LIMITS
    ) -> list[Record]:
        """Make the turns of an entry, each followed by the signals about it.

        Parameters
        ----------
        entry
            JSON as Python has it, or a CSV row as a dict.
        file, offset
            Where it stood, for ids that are made from that.
        limits
            What is too long, too early or too late.

        Raises
        ------
        RecordError
            One of the turns or signals lacks a field, or holds a wrong one.
        """
        if not isinstance(entry, Table):
            raise MalformedRecord(f"an entry of the log is an object, not {type(entry).__name__}")
        scopes = [Scope(entry, file=file, offset=offset)]
        if self._each is not None:
            scopes = elements(self._each.follow(scopes[0]), scopes[0])
        made: list[Record] = []
        for scope in scopes:
            turn = _validated(Turn, self._turn.make(scope) or {}, limits)
            made += [turn, *self._signals_about(turn, scope, limits)]
        return made

    def parser(self, limits: ParseLimits = LIMITS) -> Parser:
        """Give a parser for a worker over the log's files."""

        def parser(entry: Entry) -> Sequence[Record]:
            if self._each is None and len(entry.raw) > limits.record_bytes:
                raise OversizedRecord(
                    f"{len(entry.raw)} bytes, where an entry may have {limits.record_bytes}"
                )
            fields = self.decode(entry)
            return self.records(fields, file=entry.partition, offset=entry.offset, limits=limits)

        return parser

    def decode(self, entry: Entry) -> Any:
        """Read the bytes of an entry: JSON, or a CSV row under its header.

        Raises
        ------
        MalformedRecord
            They are neither.
        """
        name = entry.partition.removesuffix(".gz")
        if not name.endswith((".csv", ".tsv")):
            try:
                return _shallow(orjson.loads(entry.raw), entry.raw)
            except (ValueError, RecursionError) as error:
                raise MalformedRecord(f"not JSON: {error}") from error
        delimiter = self.log.delimiter or ("\t" if name.endswith(".tsv") else ",")
        try:
            text = entry.raw.decode(self.log.encoding).removeprefix("\ufeff")
            header, *rows = csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)
        except (UnicodeDecodeError, csv.Error, ValueError) as error:
            raise MalformedRecord(f"no CSV row: {error}") from error
        if len(rows) != 1 or len(rows[0]) != len(header):
            raise MalformedRecord(
                f"a row of {len(rows[0]) if rows else 0} fields under a header of {len(header)}; "
                "look at the delimiter and the quotes"
            )
        return dict(zip(header, rows[0], strict=True))

    def _signal_shape(self, table: Any, place: int) -> _SignalShape:
        name = f"signals[{place}]"
        if (
            not isinstance(table, Table)
            or "kind" not in table
            or not table.keys() & {"when", "value", "text"}
        ):
            raise MappingError(
                f"{name} wants `kind`, and `when`, `value` or `text` to tell whether there is one"
            )
        fields = {field: cell for field, cell in table.items() if field != "when"}
        if isinstance(fields["kind"], str):
            fields["kind"] = {"constant": fields["kind"]}
        shape = compile_part(Signal, fields, name, self._lists)
        if "when" not in table:
            return _SignalShape(shape, None)
        when, paths = compile_cell(table["when"], "plain", f"{name}.when")
        reads = {path.under(self._lists) for path in paths if not path.place}
        return _SignalShape(Shape(shape.make, shape.reads | reads), when)

    def _signals_about(self, turn: Turn, scope: Scope, limits: ParseLimits) -> list[Signal]:
        found = []
        for shape, when in self._signals:
            fields = shape.make(scope) or {}
            there = "value" in fields or "text" in fields if when is None else _says_yes(when(scope))
            if there:
                about = {
                    "tenant_id": turn.tenant_id,
                    "signal_id": f"{turn.turn_id}/{fields.get('kind')}",
                    "turn_id": turn.turn_id,
                    "customer_id": turn.customer_id,
                    "time": turn.time,
                }
                found.append(_validated(Signal, about | fields, limits))
        return found


def _shallow(fields: Any, raw: bytes) -> Any:
    """Refuse what nests so deeply that walking it would end the process; few entries need the closer look."""
    if raw.count(b"[") + raw.count(b"{") > _DEPTH:
        try:
            orjson.dumps(fields)  # stops at 254 levels
        except TypeError as error:
            raise MalformedRecord("nested too deeply") from error
    return fields


def _says_yes(value: Any) -> bool:
    return (value.strip().casefold() if isinstance(value, str) else value) not in _NO


def _validated(record_type: type[R], fields: Table[str, Any], limits: ParseLimits) -> R:
    try:
        record = record_type.model_validate(fields)
    except ValidationError as error:
        raise MalformedRecord(faults_of(error)) from error
    except OverflowError as error:
        raise AbsurdTime(f"a time that has no place in UTC: {error}") from error
    check(record, limits=limits)
    return record
