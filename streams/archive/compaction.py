"""Compaction: one file in place of the many that flushes leave, without copies."""

from datetime import date
from pathlib import Path
from typing import NamedTuple

import duckdb

from streams.archive.columns import Kind
from streams.archive.layout import partitions, parts_in
from streams.archive.reading import first_copies
from streams.errors import SinkError
from streams.files import written_beside

__all__ = ["Compacted", "compact"]


class Compacted(NamedTuple):
    """What a compaction did."""

    partitions: int
    files_before: int
    records: int
    copies_dropped: int


def compact(root: Path, kind: Kind, *, before: date | None = None) -> Compacted:
    """Make one file of each partition of a kind that has several.

    The new file takes the name of the earliest with an ending of its own, so it stands first where a crash
    leaves old ones beside it; their rows are then copies, and fall together when read.
    """
    folder = root / kind.folder
    done = files = records = dropped = 0
    connection = duckdb.connect()
    try:
        for place in partitions(folder):
            parts = parts_in(place.folder(folder))
            if len(parts) < 2 or (before is not None and place.day >= before):
                continue
            target = parts[0].with_name(f"{parts[0].stem.removesuffix('-whole')}-whole.parquet")
            rows = _rows(connection, parts)
            kept = _merge(connection, kind, parts, target)
            for part in parts:
                if part != target:
                    part.unlink()
            done, files, records, dropped = (
                done + 1,
                files + len(parts),
                records + kept,
                dropped + rows - kept,
            )
    except (OSError, duckdb.Error) as error:
        raise SinkError(f"the archive at {root} could not be compacted: {error}; nothing is lost") from error
    finally:
        connection.close()
    return Compacted(done, files, records, dropped)


def _merge(connection: duckdb.DuckDBPyConnection, kind: Kind, parts: list[Path], target: Path) -> int:
    with written_beside(target) as beside:
        ordered = f"SELECT * FROM ({first_copies(kind, parts)}) ORDER BY time, {kind.identity}"
        connection.sql(ordered).write_parquet(str(beside), compression="zstd")
        return _rows(connection, [beside])


def _rows(connection: duckdb.DuckDBPyConnection, parts: list[Path]) -> int:
    (found,) = connection.read_parquet([str(part) for part in parts]).aggregate("count(*)").fetchall()
    return int(found[0])
