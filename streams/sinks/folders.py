"""Sinks over folders: one file per topic and flush, there whole or not at all."""

import gzip
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from streams.files import cannot_write, part_name, written_beside
from streams.records import Record

__all__ = ["JsonlSink", "ParquetSink"]


class JsonlSink:
    """Writes `folder/TOPIC/part-….jsonl`, one record a line. A `FolderSource` over the folder reads them.

    Parameters
    ----------
    folder
        Made with the first flush.
    compress
        Write `.jsonl.gz`.
    """

    def __init__(self, folder: Path, *, compress: bool = False) -> None:
        self._folder = Path(folder)
        self._compress = compress
        self._lines: dict[str, list[bytes]] = defaultdict(list)

    def write(self, records: Sequence[Record]) -> None:
        """Take records of any kind."""
        for record in records:
            self._lines[record.topic].append(record.model_dump_json().encode() + b"\n")

    def flush(self) -> None:
        """Write one file per topic that has something new."""
        for topic in list(self._lines):
            content = b"".join(self._lines[topic])
            path = self._folder / topic / part_name(".jsonl.gz" if self._compress else ".jsonl")
            try:
                with written_beside(path) as beside:
                    beside.write_bytes(gzip.compress(content, 6) if self._compress else content)
            except OSError as error:
                raise cannot_write(path, error) from error
            # Only now: a failed topic is written again with the next flush, one that is done is not.
            del self._lines[topic]

    def close(self) -> None:
        """Drop what was not flushed."""
        self._lines.clear()


_COLUMNS = pa.schema(
    [
        ("tenant_id", pa.string()),
        ("customer_id", pa.string()),
        ("time", pa.timestamp("us", "UTC")),
        ("record", pa.string()),
    ]
)


class ParquetSink:
    """Writes `folder/TOPIC/part-….parquet`: who and when as columns, and the whole record as JSON.

    Parameters
    ----------
    folder
        Made with the first flush.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = Path(folder)
        self._rows: dict[str, list[dict[str, object]]] = defaultdict(list)

    def write(self, records: Sequence[Record]) -> None:
        """Take records of any kind."""
        for record in records:
            self._rows[record.topic].append(
                {
                    "tenant_id": record.tenant_id,
                    "customer_id": getattr(record, "customer_id", None),
                    "time": getattr(record, "time", None),
                    "record": record.model_dump_json(),
                }
            )

    def flush(self) -> None:
        """Write one file per topic that has something new."""
        for topic in list(self._rows):
            path = self._folder / topic / part_name(".parquet")
            try:
                with written_beside(path) as beside:
                    table = pa.Table.from_pylist(self._rows[topic], schema=_COLUMNS)
                    pq.write_table(table, beside, compression="zstd")
            except (OSError, pa.ArrowException) as error:
                raise cannot_write(path, error) from error
            del self._rows[topic]

    def close(self) -> None:
        """Drop what was not flushed."""
        self._rows.clear()
