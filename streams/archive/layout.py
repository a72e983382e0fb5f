"""Where in an archive a record lies: `turns/date=2026-01-31/bucket=07/part-….parquet`."""

import json
from collections.abc import Iterator
from datetime import date
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from streams.errors import SourceError
from streams.files import written_beside

__all__ = [
    "DEFAULT_BUCKETS",
    "FORMAT_VERSION",
    "Partition",
    "bucket_of",
    "bucket_of_name",
    "partitions",
    "parts_in",
    "stored_buckets",
    "stored_format",
    "write_card",
]

DEFAULT_BUCKETS = 16
#: The format of an archive: since 2, every record has been through the filter that was set. Both are read alike.
FORMAT_VERSION = 2
_CARD = "archive.json"


class Partition(NamedTuple):
    """One UTC day of the customers of one bucket."""

    day: date
    bucket: int

    def folder(self, kind: Path) -> Path:
        """Folder of this partition under `kind`, the folder of the turns or of the signals."""
        return kind / f"date={self.day.isoformat()}" / f"bucket={self.bucket:02d}"


def bucket_of(tenant_id: str, customer_id: str, buckets: int) -> int:
    """Bucket of a customer: the same in every process and on every machine."""
    return bucket_of_name(tenant_id.encode() + b"\x00" + customer_id.encode(), buckets)


def bucket_of_name(name: bytes, buckets: int) -> int:
    """Bucket of a customer by tenant and id, with a zero byte between them."""
    return int.from_bytes(blake2b(name, digest_size=8).digest(), "big") % buckets


def stored_format(root: Path) -> int | None:
    """Read the format of an archive; None where there is none yet.

    Raises
    ------
    SourceError
        A newer release made it, or its card cannot be read.
    """
    card = _card(root)
    return None if card is None else card[0]


def stored_buckets(root: Path, wanted: int | None, *, create: bool = False) -> int:
    """Read how many buckets an archive has; the number is fixed when the first record is written.

    Raises
    ------
    SourceError
        `wanted` is another number than the archive was made with, a newer release made it, or its card cannot be
        read.
    """
    card = _card(root)
    if card is None:
        chosen = wanted if wanted is not None else DEFAULT_BUCKETS
        if create:
            write_card(root, chosen)
        return chosen
    stored = card[1]
    if wanted is not None and wanted != stored:
        raise SourceError(
            f"the archive at {root} has {stored} buckets, not {wanted}; leave the number out to read it, "
            "or write a new archive"
        )
    return stored


def write_card(root: Path, buckets: int) -> None:
    """Write the card of an archive of the newest format."""
    with written_beside(root / _CARD) as beside:
        beside.write_text(json.dumps({"format": FORMAT_VERSION, "buckets": buckets}) + "\n")


def _card(root: Path) -> tuple[int, int] | None:
    """Read format and buckets; the format is looked at first, since a newer card need not be as ours is."""
    card = root / _CARD
    try:
        content = json.loads(card.read_bytes()) if card.is_file() else None
        if content is None:
            return None
        format_version, buckets = content.get("format", 1), content.get("buckets")
    except (OSError, ValueError, AttributeError) as error:
        raise SourceError(f"{card} cannot be read: {error}; restore it, or write a new archive") from error
    if isinstance(format_version, int) and format_version > FORMAT_VERSION:
        raise SourceError(
            f"{card} has format {format_version}, and this release reads up to {FORMAT_VERSION}; upgrade selflearn, "
            "or restore a backup that this release made"
        )
    if not isinstance(format_version, int) or not isinstance(buckets, int) or buckets < 1:
        raise SourceError(
            f"{card} says format {format_version!r} and {buckets!r} buckets; restore it, or write a new archive"
        )
    return format_version, buckets


def partitions(kind: Path) -> Iterator[Partition]:
    """Partitions that are there, by day, then bucket."""
    for day_folder in sorted(kind.glob("date=*")):
        for folder in sorted(day_folder.glob("bucket=*")):
            try:
                day = date.fromisoformat(day_folder.name.removeprefix("date="))
                yield Partition(day, int(folder.name.removeprefix("bucket=")))
            except ValueError as error:
                raise SourceError(f"{folder} is no partition of an archive; move it elsewhere") from error


def parts_in(folder: Path) -> list[Path]:
    """Finished part files of a partition, the earliest first."""
    return sorted(folder.glob("part-*.parquet"))
