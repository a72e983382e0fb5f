"""Rows of one Parquet file as records in JSON."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from streams.errors import SourceError
from streams.sources.lines import Line

__all__ = ["rows_from"]

_ROWS_AT_ONCE = 1024


def rows_from(path: Path, offset: int, growing: bool) -> Iterator[Line]:
    """Read rows of a Parquet file, from the one of number `offset` on.

    A column `record` that holds JSON is the record, as this package's own files have it. Else the columns are
    the fields, and an empty cell is a field that is not there. Parquet files do not grow: they are complete
    when they appear, whatever `growing` says.

    Raises
    ------
    SourceError
        The file cannot be read.
    """
    try:
        with pq.ParquetFile(path) as file:
            columns = ["record"] if _holds_json(file.schema_arrow) else None
            row = 0
            for group in range(file.num_row_groups):
                rows_in_group = file.metadata.row_group(group).num_rows
                if row + rows_in_group <= offset:
                    row += rows_in_group
                    continue
                batches = file.iter_batches(_ROWS_AT_ONCE, row_groups=[group], columns=columns)
                for fields in (
                    fields for batch in batches for fields in batch.to_pylist(maps_as_pydicts="strict")
                ):
                    if row >= offset:
                        yield Line(_as_json(fields), row, row + 1)
                    row += 1
    except (pa.ArrowException, OSError) as error:
        raise SourceError(f"{path} cannot be read: {error}") from error


def _holds_json(schema: pa.Schema) -> bool:
    if "record" not in schema.names:
        return False
    kind = schema.field("record").type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _as_json(fields: Mapping[str, Any]) -> bytes:
    if fields.keys() == {"record"} and isinstance(fields["record"], str):
        return fields["record"].encode()
    try:
        return orjson.dumps(_present(fields), option=orjson.OPT_NAIVE_UTC)
    except (TypeError, ValueError):
        # A cell that JSON cannot hold: the parser will refuse it, and say where it stood.
        return repr(fields).encode()


def _present(cell: Any) -> Any:
    """Drop empty cells at every depth: Parquet has a place for each field in each row."""
    if isinstance(cell, Mapping):
        return {name: _present(value) for name, value in cell.items() if value is not None}
    if isinstance(cell, list):
        return [_present(value) for value in cell]
    return cell
