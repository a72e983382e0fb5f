"""Filtering an archive that was written without a filter: part by part, each replaced at once."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import ValidationError

from streams.archive.columns import KINDS, Kind
from streams.archive.layout import partitions, parts_in
from streams.errors import SinkError, SourceError
from streams.files import written_beside
from streams.privacy import RecordFilter
from streams.records import Record

__all__ = ["Refiltered", "refilter"]

#: Rows in memory at once.
_ROWS = 4096


class Refiltered(NamedTuple):
    """What a filtering did: files looked at and rewritten, records looked at and changed."""

    files: int
    rewritten: int
    records: int
    changed: int


def refilter(
    root: Path, privacy: RecordFilter, on_progress: Callable[[float], None] = lambda share: None
) -> Refiltered:
    """Filter every record of an archive.

    A part in which there is nothing is left as it is. It may be killed at any moment and run again: filtering
    twice is filtering once. Readers may go on; whoever files records filters them already.

    Parameters
    ----------
    root
        The archive.
    privacy
        The filter.
    on_progress
        Told the share of files that is done.

    Raises
    ------
    SourceError
        A part cannot be read; it is named.
    SinkError
        A part cannot be written; those that are done stay.
    """
    parts = [
        (kind, part)
        for kind in KINDS.values()
        for place in partitions(root / kind.folder)
        for part in parts_in(place.folder(root / kind.folder))
    ]
    rewritten = records = changed = 0
    for number, (kind, part) in enumerate(parts):
        on_progress(number / len(parts))
        rows, suspect = _looked_at(part, kind, privacy)
        records += rows
        if suspect:
            found = _rewritten(part, kind, privacy)
            rewritten, changed = rewritten + 1, changed + found
    return Refiltered(len(parts), rewritten, records, changed)


def _looked_at(part: Path, kind: Kind, privacy: RecordFilter) -> tuple[int, bool]:
    """Count the records of a part, and tell whether there is anything in them."""
    suspect = False
    for batch in _batches(part, ["record"]):
        if suspect:
            break
        records = (_record(part, kind, raw) for raw in batch["record"].to_pylist())
        suspect = any(privacy.suspects(privacy.words_of(record)) for record in records)
    return pq.ParquetFile(part).metadata.num_rows, suspect


def _rewritten(part: Path, kind: Kind, privacy: RecordFilter) -> int:
    """Put a filtered part in the place of another, and return how many of its records are others now."""
    changed = 0
    try:
        with (
            written_beside(part) as beside,
            pq.ParquetWriter(beside, kind.schema, compression="zstd") as writer,
        ):
            for batch in _batches(part, None):
                rows = batch.to_pylist()
                for place, row in enumerate(rows):
                    record = _record(part, kind, row["record"])
                    filtered = privacy.filtered(record)
                    if filtered is not record:
                        rows[place] = dict(kind.row(filtered))
                        changed += 1
                writer.write_table(pa.Table.from_pylist(rows, schema=kind.schema))
    except OSError as error:
        raise SinkError(f"{part} cannot be filtered: {error}; nothing is lost, run it again") from error
    return changed


def _batches(part: Path, columns: list[str] | None) -> Iterator[pa.RecordBatch]:
    try:
        yield from pq.ParquetFile(part).iter_batches(_ROWS, columns=columns)
    except (OSError, pa.ArrowException) as error:
        raise SourceError(f"{part} cannot be read: {error}; restore it from a backup") from error


def _record(part: Path, kind: Kind, raw: str) -> Record:
    try:
        return kind.record_type.model_validate_json(raw)
    except ValidationError as error:
        raise SourceError(
            f"{part} holds what is no {kind.record_type.__name__}; restore it from a backup"
        ) from error
