"""Scanning a bucket of the archive once: each record's first copy, as `Archive.turns` and `signals` give them.

Those find the copies in the database, by reading all ids before the rest. Here a whole bucket comes into memory anyway,
so it is read once, and copies are looked for where there are any.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from streams.errors import SourceError
from streams.records import Record
from streams.sessions.columns.coding import numbers_of
from streams.sessions.columns.cutting import moment

if TYPE_CHECKING:
    from streams.archive import Archive

__all__ = ["scan"]

_ROWS = 20_000

_FROM_PARTS = """
parse_filename(filename) AS part, file_row_number AS row
FROM read_parquet($parts, filename = true, file_row_number = true, hive_partitioning = false)
WHERE tenant_id = $tenant AND {where}
"""


def scan(
    archive: "Archive",
    record_type: type[Record],
    columns: str,
    connection: duckdb.DuckDBPyConnection,
    *,
    tenant: str,
    bucket: int,
    since: datetime | None = None,
    until: datetime | None = None,
    where: str = "true",
    given: Mapping[str, object] | None = None,
    each: Callable[[pa.Table], pa.Table] = lambda rows: rows,
) -> pa.Table:
    """Read some columns of one tenant's turns or signals in a bucket, each record once.

    Parameters
    ----------
    archive
        To read from.
    record_type
        Turn or Signal.
    columns
        SQL of what is wanted; an `id` and a `time` in microseconds among it.
    connection
        To read with.
    tenant, bucket
        Whose records.
    since, until
        Half-open range of their times, with zones. None: no bound.
    where, given
        SQL of which ones, and the values of its parameters; `$parts` are the files.
    each
        Is handed all columns of some rows as they come, and gives back what is to be kept of them.

    Raises
    ------
    SourceError
        If there is no archive, or `since` or `until` has no zone.
    """
    from streams.archive.columns import KINDS

    if not archive.root.is_dir():
        raise SourceError(f"there is no archive at {archive.root}; fill one with `selflearn ingest`")
    since, until, kind = _utc(since, "since"), _utc(until, "until"), KINDS[record_type]
    found = sorted((archive.root / kind.folder).glob(f"date=*/bucket={bucket:02d}/part-*.parquet"))
    parts = [str(path) for path in found if _touched(path, since, until)]
    with connection.cursor() as cursor:
        if parts:
            query = cursor.sql(
                f"SELECT {columns}, {_FROM_PARTS.format(where=where)}",
                params={"parts": parts, "tenant": tenant, **(given or {})},
            )
        else:
            cursor.register("nothing", kind.schema.empty_table())
            query = cursor.sql(f"SELECT {columns}, '' AS part, 0 AS row FROM nothing")
        reader = query.to_arrow_reader(_ROWS)
        kept = [each(pa.Table.from_batches([batch])) for batch in reader]
        rows = pa.concat_tables(kept) if kept else each(reader.schema.empty_table())
    rows = _first_copies(rows).drop_columns(["part", "row"])
    if since is None and until is None:
        return rows
    time = numbers_of(rows["time"])
    within = np.ones(len(time), np.bool_)
    if since is not None:
        within &= time >= moment(since)
    if until is not None:
        within &= time < moment(until)
    return rows.filter(pa.array(within))


def _first_copies(rows: pa.Table) -> pa.Table:
    """Of every id the row of the earliest part, and the earliest in it."""
    if pc.count_distinct(rows["id"]).as_py() == len(rows):
        return rows
    ordered = rows.take(pc.sort_indices(rows, [("part", "ascending"), ("row", "ascending")]))
    numbers = ordered["id"].combine_chunks().dictionary_encode().indices
    _, first = np.unique(numbers.to_numpy(zero_copy_only=False), return_index=True)
    return ordered.take(pa.array(first))


def _touched(part: Path, since: datetime | None, until: datetime | None) -> bool:
    day = date.fromisoformat(part.parts[-3].removeprefix("date="))
    return (since is None or day >= since.date()) and (until is None or day <= until.date())


def _utc(time: datetime | None, name: str) -> datetime | None:
    if time is None:
        return None
    if time.tzinfo is None:
        raise SourceError(f"`{name}` is {time.isoformat()} without a zone; give one, as in +00:00")
    return time.astimezone(UTC)
