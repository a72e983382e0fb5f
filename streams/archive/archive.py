"""The archive: turns and signals in Parquet, by day and by bucket of the customer's hash."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb

from streams.archive.columns import KINDS, Kind
from streams.archive.compaction import Compacted, compact
from streams.archive.layout import Partition, bucket_of, partitions, parts_in, stored_buckets
from streams.archive.reading import relation
from streams.archive.sink import ArchiveSink
from streams.errors import SourceError
from streams.records import Record, Signal, Turn

__all__ = ["Archive"]


class Archive:
    """Turns and signals on disk, read with DuckDB.

    Copies of a record (same tenant and id) count once, however often they were written: the first that was
    filed is read. Copies are looked for in all days that a reading touches, so a range of time always gives
    whole answers as long as a turn keeps its time and customer, which turns do: they are immutable.

    Parameters
    ----------
    root
        Folder of the archive. It need not be there yet for writing.
    buckets
        Number of buckets; fixed when the archive is made (16 where None). Naming another number than the
        archive has is an error.

    Raises
    ------
    SourceError
        The archive has another number of buckets, or its card cannot be read.

    Examples
    --------
    >>> archive = Archive(Path("archive"))                                      # doctest: +SKIP
    >>> archive.turns(duckdb.connect(), tenant="default").aggregate("count(*)")  # doctest: +SKIP
    """

    def __init__(self, root: Path, buckets: int | None = None) -> None:
        self.root = Path(root)
        self._wanted_buckets = buckets
        stored_buckets(self.root, buckets)

    @property
    def buckets(self) -> int:
        """Number of buckets over which customers are spread."""
        return stored_buckets(self.root, self._wanted_buckets)

    def bucket_of(self, tenant_id: str, customer_id: str) -> int:
        """Bucket of a customer."""
        return bucket_of(tenant_id, customer_id, self.buckets)

    def sink(self) -> ArchiveSink:
        """Give a sink for turns and signals."""
        return ArchiveSink(self.root, self._wanted_buckets)

    def turns(
        self,
        connection: duckdb.DuckDBPyConnection,
        since: datetime | None = None,
        until: datetime | None = None,
        tenant: str | None = None,
        bucket: int | None = None,
    ) -> duckdb.DuckDBPyRelation:
        """Turns as a relation, each once, in no order.

        Parameters
        ----------
        connection
            Where the relation is read; its settings bound memory and threads.
        since, until
            Half-open range of the turns' times, with their zones. None: no bound.
        tenant
            Only this tenant's.
        bucket
            Only this bucket's customers, for work that goes through the archive bucket by bucket.

        Returns
        -------
        duckdb.DuckDBPyRelation
            The columns of `docs/archive.md`. The list of files is fixed now; rows are read when asked for.

        Raises
        ------
        SourceError
            There is no archive, or `since` or `until` has no zone.
        """
        return self._read(Turn, connection, since, until, tenant, bucket)

    def signals(
        self,
        connection: duckdb.DuckDBPyConnection,
        since: datetime | None = None,
        until: datetime | None = None,
        tenant: str | None = None,
        bucket: int | None = None,
    ) -> duckdb.DuckDBPyRelation:
        """Signals as a relation, as `turns` gives turns. The range is over the signals' own times."""
        return self._read(Signal, connection, since, until, tenant, bucket)

    def days(self) -> list[date]:
        """UTC days that hold turns, in order."""
        return sorted({place.day for place in partitions(self.root / KINDS[Turn].folder)})

    def compact(self, *, before: date | None = None) -> Compacted:
        """Make one file of each partition that has several, and drop copies.

        Parameters
        ----------
        before
            Only days before this one; None: all. Days that are still being written are best left out.

        Notes
        -----
        Writers may go on meanwhile. A reading that has already listed its files may find some of them gone:
        run it again.
        """
        done = [compact(self.root, kind, before=before) for kind in KINDS.values()]
        return Compacted(*(sum(counts) for counts in zip(*done, strict=True)))

    def _read(
        self,
        record_type: type[Record],
        connection: duckdb.DuckDBPyConnection,
        since: datetime | None,
        until: datetime | None,
        tenant: str | None,
        bucket: int | None,
    ) -> duckdb.DuckDBPyRelation:
        if not self.root.is_dir():
            raise SourceError(f"there is no archive at {self.root}; fill one with `selflearn ingest`")
        kind = KINDS[record_type]
        since, until = _utc(since, "since"), _utc(until, "until")
        files = self._files(kind, since, until, bucket)
        return relation(connection, kind, files, since=since, until=until, tenant=tenant)

    def _files(
        self, kind: Kind, since: datetime | None, until: datetime | None, bucket: int | None
    ) -> Sequence[Path]:
        folder = self.root / kind.folder

        def touched(place: Partition) -> bool:
            return (
                (bucket is None or place.bucket == bucket)
                and (since is None or place.day >= since.date())
                and (until is None or place.day <= until.date())
            )

        return [
            path for place in partitions(folder) if touched(place) for path in parts_in(place.folder(folder))
        ]


def _utc(time: datetime | None, name: str) -> datetime | None:
    if time is None:
        return None
    if time.tzinfo is None:
        raise SourceError(f"`{name}` is {time.isoformat()} without a zone; give one, as in +00:00")
    return time.astimezone(UTC)
