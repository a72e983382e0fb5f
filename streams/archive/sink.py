"""Writing to an archive: one part file for each partition that a flush touches."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from streams.archive.columns import KINDS, Kind
from streams.archive.layout import Partition, bucket_of, day_of, stored_buckets
from streams.errors import SinkError
from streams.files import cannot_write, part_name, written_beside
from streams.records import Record, Signal, Turn

__all__ = ["ArchiveSink"]

#: Rows that wait as Python objects, several times the size of columns, before they become columns.
_ROWS_IN_HAND = 4096


class ArchiveSink:
    """Keeps turns and signals; a record that comes again is filed again, and read once.

    A flush that fails half-way leaves whole part files behind, and keeps everything in hand. That is no harm:
    tried again, or read again, the records are copies, and fall together when the archive is read.

    Parameters
    ----------
    root
        Folder of the archive; made with the first flush.
    buckets
        Number of buckets for a new archive.
    """

    def __init__(self, root: Path, buckets: int | None = None) -> None:
        self._root = root
        self._wanted_buckets = buckets
        self._buckets: int | None = None
        self._rows: dict[Kind, list[Mapping[str, Any]]] = defaultdict(list)
        self._places: dict[Kind, list[Partition]] = defaultdict(list)
        self._batches: dict[Kind, list[pa.Table]] = defaultdict(list)

    def write(self, records: Sequence[Record]) -> None:
        """Take turns and signals."""
        for record in records:
            kind = KINDS.get(type(record))
            if kind is None or not isinstance(record, Turn | Signal):
                raise SinkError(
                    f"an archive keeps turns and signals, not {type(record).__name__}; send it to another sink"
                )
            place = Partition(
                day_of(record.time), bucket_of(record.tenant_id, record.customer_id, self._bucket_count())
            )
            self._rows[kind].append(kind.row(record))
            self._places[kind].append(place)
            if len(self._rows[kind]) >= _ROWS_IN_HAND:
                self._to_columns(kind)

    def flush(self) -> None:
        """Write one part file per partition, each there whole or not at all."""
        for kind in list(self._rows):
            self._to_columns(kind)
        for kind, batches in self._batches.items():
            if batches:
                self._make_card()
                self._write_parts(kind, pa.concat_tables(batches))
                # Only now: what could not be written is still in hand, and the flush may be tried again.
                batches.clear()

    def close(self) -> None:
        """Forget what was not flushed."""
        self._rows.clear()
        self._places.clear()
        self._batches.clear()

    def _bucket_count(self) -> int:
        if self._buckets is None:
            self._buckets = stored_buckets(self._root, self._wanted_buckets)
        return self._buckets

    def _make_card(self) -> None:
        try:
            stored = stored_buckets(self._root, self._buckets, create=True)
        except OSError as error:
            raise cannot_write(self._root, error) from error
        if stored != self._buckets:
            raise SinkError(
                f"the archive at {self._root} has {stored} buckets by now, not {self._buckets}; begin again"
            )

    def _to_columns(self, kind: Kind) -> None:
        rows, places = self._rows[kind], self._places[kind]
        if not rows:
            return
        try:
            table = pa.Table.from_pylist(rows, schema=kind.schema)
        except (pa.ArrowException, ValueError, OverflowError) as error:
            raise SinkError(f"{kind.record_type.__name__} records do not fit the archive: {error}") from error
        table = table.append_column("_day", pa.array([place.day for place in places], pa.date32()))
        table = table.append_column("_bucket", pa.array([place.bucket for place in places], pa.int32()))
        self._batches[kind].append(table)
        rows.clear()
        places.clear()

    def _write_parts(self, kind: Kind, table: pa.Table) -> None:
        table = table.take(pc.sort_indices(table, [("_day", "ascending"), ("_bucket", "ascending")]))
        places = list(zip(table["_day"].to_pylist(), table["_bucket"].to_pylist(), strict=True))
        rows = table.drop_columns(["_day", "_bucket"])
        start = 0
        while start < len(places):
            end = start
            while end < len(places) and places[end] == places[start]:
                end += 1
            path = Partition(*places[start]).folder(self._root / kind.folder) / part_name(".parquet")
            try:
                with written_beside(path) as beside:
                    pq.write_table(rows.slice(start, end - start), beside, compression="zstd")
            except OSError as error:
                raise cannot_write(path, error) from error
            start = end
