"""Reading an archive: each record once, in bounded memory.

Only ids are hashed to find the first copy of each record; the wide columns stream past.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import duckdb

from streams.archive.columns import Kind

__all__ = ["first_copies", "relation"]


def relation(
    connection: duckdb.DuckDBPyConnection,
    kind: Kind,
    files: Sequence[Path],
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    tenant: str | None = None,
) -> duckdb.DuckDBPyRelation:
    """First copies of the records in some part files, filtered by time (UTC) and tenant."""
    if not files:
        return connection.from_arrow(kind.schema.empty_table())
    wanted = ["true"]
    if since is not None:
        wanted.append(f"time >= {_moment(since)}")
    if until is not None:
        wanted.append(f"time < {_moment(until)}")
    if tenant is not None:
        wanted.append(f"tenant_id = {_quoted(tenant)}")
    return connection.sql(f"SELECT * FROM ({first_copies(kind, files)}) WHERE {' AND '.join(wanted)}")


def first_copies(kind: Kind, files: Sequence[Path]) -> str:
    """SQL for the records of some part files, each once: the first copy by part name, then row."""
    scan = (
        f"read_parquet([{', '.join(_quoted(str(path)) for path in files)}], filename = true, "
        "file_row_number = true, hive_partitioning = false, union_by_name = true)"
    )
    place = "(parse_filename(filename), file_row_number)"
    columns = ", ".join(f'"{name}"' for name in kind.schema.names)
    return (
        f"WITH firsts AS (SELECT min({place}) AS place FROM {scan} GROUP BY tenant_id, {kind.identity}) "
        f"SELECT {columns} FROM {scan} WHERE {place} IN (SELECT place FROM firsts)"
    )


def _moment(time: datetime) -> str:
    return f"TIMESTAMP '{time.replace(tzinfo=None).isoformat(sep=' ')}'"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
