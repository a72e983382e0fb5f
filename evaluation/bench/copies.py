"""A large archive out of a smaller one: every customer several times over, each with ids of their own."""

from collections.abc import Callable, Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

from streams.archive.layout import bucket_of, partitions, stored_buckets, write_card

__all__ = ["write_copies"]

#: Columns of an archive that name somebody or something of theirs, by kind of record.
_IDS = {
    "turns": ("turn_id", "customer_id", "home_id", "device_id"),
    "signals": ("signal_id", "turn_id", "customer_id"),
}

_COPY = """
COPY (
    SELECT * EXCLUDE (copy, bucket) REPLACE ({renamed}, {record} AS record), printf('%02d', bucket) AS bucket
    FROM (SELECT * FROM read_parquet($parts, hive_partitioning = false)) JOIN places USING (tenant_id, customer_id)
) TO '{folder}' (FORMAT parquet, COMPRESSION zstd, PARTITION_BY (bucket), FILENAME_PATTERN 'part-{{uuid}}')
"""


def write_copies(source: Path, target: Path, copies: int, step: Callable[[str, float | None], None]) -> None:
    """Write an archive in which everybody of another one is there `copies` times.

    Every copy has customers, homes, devices, turns and signals of its own, in the buckets of its customers; what was
    said, and when, is the same. One part a day and bucket, as after compaction.

    Parameters
    ----------
    source, target
        Folders of the archives; the target is whole when it is there.
    copies
        How many times.
    step
        Told of the progress.
    """
    draft = target.with_name(f".{target.name}")
    buckets = stored_buckets(source, None)
    draft.mkdir(parents=True, exist_ok=True)
    write_card(draft, buckets)
    with duckdb.connect() as connection:
        connection.execute("SET memory_limit = '2GB'; SET preserve_insertion_order = false")
        _place(connection, source, copies, buckets)
        for kind, ids in _IDS.items():
            days = sorted({place.day for place in partitions(source / kind)})
            for number, day in enumerate(days):
                step(f"copying {kind} {copies} times", number / len(days))
                folder = draft / kind / f"date={day.isoformat()}"
                folder.mkdir(parents=True, exist_ok=True)
                connection.execute(
                    _COPY.format(
                        renamed=", ".join(f"{name} || copy AS {name}" for name in ids),
                        record=_renamed_record(ids),
                        folder=folder,
                    ),
                    {"parts": str(source / kind / f"date={day.isoformat()}" / "*" / "part-*.parquet")},
                )
    draft.rename(target)


def _place(connection: duckdb.DuckDBPyConnection, source: Path, copies: int, buckets: int) -> None:
    """Say in which bucket each copy of a customer is."""
    customers = connection.execute(
        "SELECT DISTINCT tenant_id, customer_id FROM read_parquet($parts, hive_partitioning = false)",
        {"parts": str(source / "turns" / "*" / "*" / "part-*.parquet")},
    ).fetchall()
    names = [
        (tenant, customer, f"-{number}", bucket_of(tenant, f"{customer}-{number}", buckets))
        for tenant, customer in customers
        for number in range(copies)
    ]
    columns = zip(("tenant_id", "customer_id", "copy", "bucket"), zip(*names, strict=True), strict=True)
    connection.register("named", pa.table({name: list(values) for name, values in columns}))
    connection.execute("CREATE TABLE places AS SELECT * FROM named")


def _renamed_record(ids: Sequence[str]) -> str:
    """SQL for the record with other ids; one that is null is not in it."""
    record = "record"
    for name in ids:
        old, new = f"coalesce({name}, '')", f"coalesce({name} || copy, '')"
        record = f"""replace({record}, '"{name}":"' || {old} || '"', '"{name}":"' || {new} || '"')"""
    return record
