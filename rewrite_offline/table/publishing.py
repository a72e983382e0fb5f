"""Publishing: a new immutable version beside the others, then one rename that makes it current."""

import hashlib
import os
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import lmdb
import orjson
from pydantic import JsonValue

from rewrite_offline.errors import DuplicateEntry, TableError, TableUnreadable
from rewrite_offline.table.attachments import place_attachments
from rewrite_offline.table.columns import ParquetFile
from rewrite_offline.table.durable import exclusive, sync
from rewrite_offline.table.layout import ENTRIES, MANIFEST, PARQUET, Layout, new_version
from rewrite_offline.table.manifest import FileRecord, Manifest, file_record
from rewrite_offline.table.query import key_of
from rewrite_offline.table.reading import Table
from rewrite_offline.table.versions import switch
from streams.records import Rewrite

__all__ = ["publish"]

_FIRST_MAP_SIZE = 1 << 28
_BATCH = 20_000


def publish(
    rewrites: Iterable[Rewrite],
    root: Path,
    *,
    tenant: str = "default",
    made_from: Mapping[str, JsonValue],
    attachments: Mapping[str, bytes | Path] | None = None,
    wait: float = 0.0,
) -> Manifest:
    """Publish a tenant's rewrites as a new version, and make it the current one.

    The version is written beside the others under a hidden name, synced, and renamed when it is complete;
    then the name in `current` is replaced by a rename. A crash at any moment leaves the old version current.
    What other tenants have in the current version is carried over unchanged.

    Parameters
    ----------
    rewrites
        The entries, in any order; they are found by their normalised sources. Those with `blocked` set are kept for
        people to see, and never served.
    root
        The table's folder; made where it is not there.
    tenant
        Whose rewrites they are.
    made_from
        Fingerprints of the input, its range of dates, and settings.
    attachments
        Files for a strategy, by name: content, or a file to copy. `Table.attachment` gives them back.
    wait
        Seconds to wait for another publisher.

    Returns
    -------
    Manifest
        What the new version holds.

    Raises
    ------
    DuplicateEntry
        Two rewrites for one request.
    TableError
        A rewrite of another tenant, an attachment with a name that no file should have, or no room on the disk.
    TableLocked
        Another publisher is at work.
    TableUnreadable
        The current version, whose other tenants would have to be carried over, cannot be read.
    """
    layout = Layout(root)
    with exclusive(layout.lock, wait):
        layout.versions.mkdir(parents=True, exist_ok=True)
        _sweep(layout)
        now = datetime.now(UTC)
        version = new_version(layout, now)
        before = _before(root, layout)
        draft = layout.versions / f".{version}"
        draft.mkdir()
        try:
            everything = _with_others(rewrites, before, tenant)
            counts, blocked = _write_entries(everything, draft, version)
            placed = place_attachments(draft, attachments or {}, before, tenant)
            carried = {} if before is None else before.manifest.made_from
            manifest = Manifest(
                version=version,
                created=now,
                parent=None if before is None else before.version,
                entries=sum(counts.values()),
                blocked=blocked,
                tenants=dict(sorted(counts.items())),
                made_from={**carried, tenant: dict(made_from)},
                content=_content(draft / ENTRIES),
                attachments=placed,
                files=_files(draft),
            )
            (draft / MANIFEST).write_bytes(manifest.to_json())
            _settle(draft)
            draft.rename(layout.version(version))
        except (OSError, lmdb.Error) as error:
            shutil.rmtree(draft, ignore_errors=True)
            raise TableError(
                f"a new version cannot be written to {root}: {error}. Is there room on its disk? "
                "The current version stays"
            ) from error
        except BaseException:
            shutil.rmtree(draft, ignore_errors=True)
            raise
        sync(layout.versions)
        switch(layout, version, action="publish", now=now)
    return manifest


def _before(root: Path, layout: Layout) -> Table | None:
    """Open the current version, whose other tenants are carried over; None where there is none yet."""
    if layout.current_version() is None:
        return None
    try:
        return Table.open(root)
    except TableError as error:
        raise TableUnreadable(
            f"{error}. What other tenants have in it cannot be carried over into a new version: "
            f"restore another version first, or remove {layout.current} to begin anew with this tenant alone"
        ) from error


def _sweep(layout: Layout) -> None:
    """Remove what crashed publishers left; the lock says that none is at work."""
    for left in layout.versions.glob(".*"):
        shutil.rmtree(left, ignore_errors=True)


def _with_others(rewrites: Iterable[Rewrite], before: Table | None, tenant: str) -> Iterator[Rewrite]:
    """Go over what is published now, then over what other tenants have in the version before."""
    for rewrite in rewrites:
        if rewrite.tenant_id != tenant:
            raise TableError(f"rewrite {rewrite.rewrite_id} is of {rewrite.tenant_id!r}, not of {tenant!r}")
        yield rewrite
    if before is not None and before.manifest.tenants.keys() - {tenant}:
        for value in before.values():
            # As it lies in the file: a block of the list is not part of the entry.
            rewrite = Rewrite.model_validate_json(value)
            if rewrite.tenant_id != tenant:
                yield rewrite


def _write_entries(rewrites: Iterable[Rewrite], draft: Path, version: str) -> tuple[Counter[str], int]:
    """Write LMDB and Parquet side by side; entries by tenant, and how many of them are blocked."""
    environment = lmdb.open(
        str(draft / ENTRIES), subdir=False, map_size=_FIRST_MAP_SIZE, lock=False, sync=False, max_dbs=0
    )
    counts: Counter[str] = Counter()
    blocked = 0
    batch: list[tuple[bytes, bytes]] = []
    try:
        with ParquetFile(draft / PARQUET) as columns:
            for rewrite in rewrites:
                key = key_of(rewrite.tenant_id, rewrite.asked, rewrite.source)
                stamped = rewrite.model_copy(update={"table_version": version})
                value = orjson.dumps(stamped.model_dump(mode="json"))
                columns.add(stamped, value)
                batch.append((key, value))
                counts[rewrite.tenant_id] += 1
                blocked += rewrite.blocked is not None
                if len(batch) >= _BATCH:
                    _put(environment, batch)
                    batch = []
            _put(environment, batch)
        environment.sync(True)
    finally:
        environment.close()
    return counts, blocked


def _put(environment: lmdb.Environment, batch: list[tuple[bytes, bytes]]) -> None:
    """Write a batch in one transaction, in a map that grows with what it must hold."""
    while True:
        try:
            with environment.begin(write=True) as writing:
                for key, value in batch:
                    if not writing.put(key, value, overwrite=False):
                        raise DuplicateEntry(_twice(value))
            return
        except lmdb.MapFullError:
            environment.set_mapsize(environment.info()["map_size"] * 2)


def _twice(value: bytes) -> str:
    rewrite = orjson.loads(value)
    after = f" after the question for {rewrite['asked']!r}" if rewrite["asked"] is not None else ""
    return f"two rewrites for {rewrite['source']!r}{after}; a table has one answer for each request"


def _content(entries: Path) -> str:
    """Hash what the entries say, without when it was found and in which version it stands."""
    digest = hashlib.sha256()
    environment = lmdb.open(str(entries), subdir=False, readonly=True, lock=False, max_dbs=0)
    try:
        with environment.begin() as reading, reading.cursor() as cursor:
            for key, value in cursor:
                rewrite = orjson.loads(value)
                del rewrite["table_version"], rewrite["time"]
                digest.update(key + orjson.dumps(rewrite, option=orjson.OPT_SORT_KEYS))
    finally:
        environment.close()
    return digest.hexdigest()


def _files(draft: Path) -> dict[str, FileRecord]:
    return {
        str(path.relative_to(draft)): file_record(path) for path in sorted(draft.rglob("*")) if path.is_file()
    }


def _settle(draft: Path) -> None:
    """Have the disk hold every file and folder of a version, and let nobody write to them."""
    for path in draft.rglob("*"):
        if path.is_file():
            os.chmod(path, 0o444)
        sync(path)
    sync(draft)
