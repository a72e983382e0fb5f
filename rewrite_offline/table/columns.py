"""A table in columns: Parquet beside every version, and CSV on request."""

import csv
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from rewrite_offline.table.reading import Table
from streams.files import written_beside
from streams.records import Rewrite

__all__ = ["COLUMNS", "ParquetFile", "export_csv"]

#: The columns that analysts see, with their Arrow types.
COLUMNS: dict[str, str] = {
    "tenant_id": "string",
    "rewrite_id": "string",
    "asked": "string",
    "source": "string",
    "target": "string",
    "interpretation": "string",
    "win_probability": "float64",
    "turns": "int64",
    "customers": "int64",
    "source_success": "float64",
    "target_success": "float64",
    "improvement_low": "float64",
    "miner": "string",
    "blocked": "string",
    "table_version": "string",
    "time": "string",
}

_ROW_GROUP = 50_000


def _row(rewrite: Rewrite) -> dict[str, Any]:
    evidence = rewrite.evidence
    return {
        "tenant_id": rewrite.tenant_id,
        "rewrite_id": rewrite.rewrite_id,
        "asked": rewrite.asked,
        "source": rewrite.source,
        "target": rewrite.target,
        "interpretation": None if rewrite.interpretation is None else rewrite.interpretation.key,
        "win_probability": rewrite.win_probability,
        "turns": evidence.turns,
        "customers": evidence.customers,
        "source_success": evidence.source_success,
        "target_success": evidence.target_success,
        "improvement_low": evidence.improvement_low,
        "miner": rewrite.miner,
        "blocked": rewrite.blocked,
        "table_version": rewrite.table_version,
        "time": rewrite.time.isoformat(),
    }


class ParquetFile:
    """Rewrites into one Parquet file, a row group at a time, with the whole record as JSON at the end."""

    def __init__(self, path: Path) -> None:
        # Serving reads tables without pyarrow; only who publishes needs it.
        import pyarrow as pa
        import pyarrow.parquet as pq

        self._arrow = pa
        fields = [pa.field(name, getattr(pa, kind)()) for name, kind in COLUMNS.items()]
        self._schema = pa.schema([*fields, pa.field("record", pa.string())])
        self._writer = pq.ParquetWriter(path, self._schema, compression="zstd")
        self._rows: list[dict[str, Any]] = []

    def add(self, rewrite: Rewrite, encoded: bytes) -> None:
        """Take one entry and its JSON."""
        self._rows.append({**_row(rewrite), "record": encoded.decode()})
        if len(self._rows) >= _ROW_GROUP:
            self._write()

    def _write(self) -> None:
        if self._rows:
            self._writer.write_table(self._arrow.Table.from_pylist(self._rows, schema=self._schema))
            self._rows = []

    def __enter__(self) -> "ParquetFile":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._write()
        self._writer.close()


def export_csv(root: Path, version: str | None, path: Path, columns: Sequence[str] = tuple(COLUMNS)) -> int:
    """Write a version as CSV, sorted by tenant, question and source, and return how many entries it has.

    Parameters
    ----------
    root
        The table's folder.
    version
        The version; None for the current one.
    path
        The file to write; it is replaced at once when all is written.
    columns
        Which columns, in which order.

    Raises
    ------
    TableError
        The version is unknown or cannot be read.
    """
    table = Table.open(root, version)
    rows = sorted(
        (_row(rewrite) for rewrite in table),
        key=lambda row: (row["tenant_id"], row["asked"] or "", row["source"], row["asked"] is not None),
    )
    with written_beside(path) as beside, beside.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, fieldnames=list(columns), extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    return len(rows)
