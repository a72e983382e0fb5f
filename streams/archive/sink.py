"""Writing to an archive: one part file for each partition that a portion of records touches."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from streams.archive.columns import KINDS, Kind
from streams.archive.filing import Filing
from streams.archive.layout import stored_buckets
from streams.errors import SinkError
from streams.files import cannot_write
from streams.records import Record

__all__ = ["ArchiveSink"]

#: Rows that wait as Python objects, several times the size of columns, before they become columns.
_ROWS_IN_HAND = 4096
#: Columns are filed when they have so many rows or bytes, without waiting for the flush.
_PORTION_ROWS = 65_536
_PORTION_BYTES = 64 * 1024 * 1024


class ArchiveSink:
    """Keeps turns and signals; a record that comes again is filed again, and read once.

    Part files are written while more is taken, and a flush waits for them. One that fails keeps in hand what is
    not filed, to be tried again. What was filed before it is no harm: when its records come again, the copies fall
    together as the archive is read.

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
        self._rows: dict[Kind, list[Mapping[str, Any]]] = defaultdict(list)
        self._batches: dict[Kind, list[pa.RecordBatch]] = defaultdict(list)
        self._in_hand: dict[Kind, tuple[int, int]] = {}
        self._filing: Filing | None = None

    def write(self, records: Sequence[Record]) -> None:
        """Take turns and signals."""
        for record in records:
            kind = _kind_of(type(record))
            rows = self._rows[kind]
            rows.append(kind.row(record))
            if len(rows) >= _ROWS_IN_HAND:
                self._to_columns(kind)

    def write_columns(self, record_type: type[Record], columns: pa.RecordBatch) -> None:
        """Take turns or signals in the archive's columns."""
        kind = _kind_of(record_type)
        self._to_columns(kind)  # first: what came first is filed first
        self._take(kind, columns)

    def flush(self) -> None:
        """Write what was taken, each part file there whole or not at all, and wait until all are in their places."""
        for kind in list(self._rows):
            self._to_columns(kind)
        for kind in list(self._batches):
            self._file(kind)
        if self._filing is not None:
            self._filing.finish()

    def close(self) -> None:
        """Forget what was not flushed."""
        self._rows.clear()
        self._batches.clear()
        self._in_hand.clear()
        if self._filing is not None:
            self._filing.close()
            self._filing = None

    def _to_columns(self, kind: Kind) -> None:
        rows = self._rows[kind]
        if not rows:
            return
        try:
            batch = pa.RecordBatch.from_pylist(rows, schema=kind.schema)
        except (pa.ArrowException, ValueError, OverflowError) as error:
            raise SinkError(f"{kind.record_type.__name__} records do not fit the archive: {error}") from error
        rows.clear()
        self._take(kind, batch)

    def _take(self, kind: Kind, batch: pa.RecordBatch) -> None:
        self._batches[kind].append(batch)
        rows, size = self._in_hand.get(kind, (0, 0))
        self._in_hand[kind] = rows, size = rows + batch.num_rows, size + batch.nbytes
        if rows >= _PORTION_ROWS or size >= _PORTION_BYTES:
            self._file(kind)

    def _file(self, kind: Kind) -> None:
        if not self._batches[kind]:
            return
        if self._filing is None:
            self._filing = Filing(self._root, self._made())
        self._filing.begin(kind, self._batches.pop(kind))
        self._in_hand.pop(kind)

    def _made(self) -> int:
        try:
            return stored_buckets(self._root, self._wanted_buckets, create=True)
        except OSError as error:
            raise cannot_write(self._root, error) from error


def _kind_of(record_type: type[Record]) -> Kind:
    kind = KINDS.get(record_type)
    if kind is None:
        raise SinkError(
            f"an archive keeps turns and signals, not {record_type.__name__}; send it to another sink"
        )
    return kind
