"""Days of an archive that are too old to be kept."""

import shutil
from datetime import date
from pathlib import Path
from typing import NamedTuple

import duckdb

from streams.archive.columns import KINDS
from streams.archive.layout import partitions, parts_in
from streams.errors import SinkError, SourceError
from streams.records import Record

__all__ = ["Expired", "remove_days"]

#: Before the name of a day that is on its way out: nobody reads it any more.
_GONE = ".gone-"


class Expired(NamedTuple):
    """What was, or would be, removed of one kind of record."""

    days: int
    files: int
    records: int
    bytes: int


def remove_days(root: Path, record_type: type[Record], before: date, *, dry_run: bool = False) -> Expired:
    """Remove the days of a kind of record that lie before a date.

    Each day goes at once, by a rename, and is then deleted; what a crash leaves of it the next call sweeps away. A
    reading that has already listed the day's files fails and is to be run again; one that has them open goes on.

    Parameters
    ----------
    root
        The archive.
    record_type
        Turn or Signal.
    before
        The first day that stays.
    dry_run
        Count only.

    Returns
    -------
    Expired
        Days, files, rows (copies included) and bytes.

    Raises
    ------
    SinkError
        Something cannot be removed.
    """
    folder = root / KINDS[record_type].folder
    days: dict[date, list[Path]] = {}
    for place in partitions(folder):
        if place.day < before:
            days.setdefault(place.day, []).extend(parts_in(place.folder(folder)))
    parts = [part for found in days.values() for part in found]
    try:
        gone = Expired(len(days), len(parts), _rows(parts), sum(part.stat().st_size for part in parts))
        if not dry_run:
            for day in sorted(days):
                # Hidden first, so that nobody takes half a day for a whole one.
                path = folder / f"date={day.isoformat()}"
                path.rename(path.with_name(f"{_GONE}{path.name}"))
            for left in folder.glob(f"{_GONE}*"):
                shutil.rmtree(left)
    except OSError as error:
        raise SinkError(f"old days of {folder} cannot be removed: {error}; run it again") from error
    return gone


def _rows(parts: list[Path]) -> int:
    if not parts:
        return 0
    try:
        with duckdb.connect() as connection:
            names = [str(part) for part in parts]
            found = connection.execute(
                "SELECT sum(num_rows) FROM parquet_file_metadata($1)", [names]
            ).fetchall()
    except duckdb.Error as error:
        raise SourceError(f"old days cannot be counted: {error}; look at the file that is named") from error
    return int(found[0][0])
