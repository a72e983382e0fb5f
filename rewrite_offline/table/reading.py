"""One version of a table, open for reading."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from weakref import WeakValueDictionary

import lmdb

from rewrite_offline.errors import TableUnreadable, UnknownVersion
from rewrite_offline.table.blocklist import Blocklist
from rewrite_offline.table.layout import ENTRIES, PARQUET, Layout
from rewrite_offline.table.manifest import Manifest, file_record, read_manifest
from rewrite_offline.table.query import RewriteQuery, key_of
from streams.records import Rewrite

__all__ = ["Table"]


class _Entries:
    """The open LMDB file. It closes itself when the last table that reads it is gone, and never before."""

    def __init__(self, path: Path) -> None:
        self.environment = lmdb.open(
            str(path), subdir=False, readonly=True, lock=False, create=False, max_dbs=0
        )


# LMDB refuses to open a file twice in one process, so all tables over one file share it.
_open: "WeakValueDictionary[tuple[int, int], _Entries]" = WeakValueDictionary()
_opening = threading.Lock()
_TRIES = 50
_BETWEEN_TRIES = 0.02


def _entries(path: Path) -> _Entries:
    for left in reversed(range(_TRIES)):
        try:
            with _opening:
                file = path.stat()
                entries = _open.get((file.st_dev, file.st_ino))
                if entries is None:
                    entries = _open[file.st_dev, file.st_ino] = _Entries(path)
                return entries
        except (OSError, lmdb.Error) as error:
            # Between the end of the last table over a file and its closing, LMDB still counts it as open.
            if left and "already open" in str(error):
                time.sleep(_BETWEEN_TRIES)
                continue
            raise TableUnreadable(
                f"cannot open {path}: {error}; restore another version with `selflearn table restore`"
            ) from error
    raise AssertionError("the last try returns or raises")


class Table:
    """One immutable version of a rewrite table. Threads and processes may share it.

    Attributes
    ----------
    root : Path
        The table's folder.
    manifest : Manifest
        What the version holds and from what it was made.
    blocklist : Blocklist
        What must not be served, as it was when the table was opened.
    """

    def __init__(self, root: Path, manifest: Manifest, entries: _Entries, blocklist: Blocklist) -> None:
        self.root = root
        self.manifest = manifest
        self.blocklist = blocklist
        self._entries = entries

    @classmethod
    def open(cls, root: Path, version: str | None = None) -> "Table":
        """Open a version, after making sure that it is whole.

        Sizes of all files and hashes of those that serving reads are compared with the manifest: under a
        second for a million entries.

        Parameters
        ----------
        root
            The table's folder.
        version
            The version; None for the current one.

        Raises
        ------
        UnknownVersion
            There is no such version.
        TableUnreadable
            Nothing was published yet, or the version is incomplete, damaged, or of a newer format.
        """
        layout = Layout(root)
        if version is None:
            version = layout.current_version()
            if version is None:
                raise TableUnreadable(f"no table at {root} yet; make one with `selflearn learn rewrites`")
        elif version not in layout.names():
            raise UnknownVersion(f"{root} has no version {version!r}; see `selflearn table versions`")
        folder = layout.version(version)
        try:
            manifest = read_manifest(folder)
            _verify(folder, manifest)
        except OSError as error:
            raise TableUnreadable(f"cannot read {folder}: {error}") from error
        return cls(root, manifest, _entries(folder / ENTRIES), Blocklist.read(root))

    def with_blocklist(self, blocklist: Blocklist) -> "Table":
        """Return the same version under another blocklist."""
        return Table(self.root, self.manifest, self._entries, blocklist)

    @property
    def version(self) -> str:
        """The version's name."""
        return self.manifest.version

    def __len__(self) -> int:
        return self.manifest.entries

    def __iter__(self) -> Iterator[Rewrite]:
        """Go over all entries, in the order of their keys, which is the same in every version."""
        for value in self.values():
            yield self._judged(value)

    def pairs(self) -> Iterator[tuple[bytes, bytes]]:
        """Go over keys and encoded entries, as they lie in the file."""
        with self._entries.environment.begin() as reading, reading.cursor() as cursor:
            yield from cursor

    def values(self) -> Iterator[bytes]:
        """Go over encoded entries, as they lie in the file: without regard to the blocklist."""
        for _, value in self.pairs():
            yield value

    def find(self, query: RewriteQuery) -> Rewrite | None:
        """Return the entry for a request, or None. One that must not be served says so in `blocked`.

        An entry holds for the question after which it was learned and for no other: what a short answer means
        is the question's doing (docs/decisions.md, 7).
        """
        with self._entries.environment.begin() as reading:
            value = reading.get(key_of(query.tenant_id, query.asked, query.utterance))
        return None if value is None else self._judged(value)

    def lookup(self, utterance: str, asked: str | None = None, tenant_id: str = "default") -> Rewrite | None:
        """Return the rewrite to serve for a request, or None.

        Parameters
        ----------
        utterance
            The request, normalised or not.
        asked
            Name of the slot that the assistant had asked for.
        tenant_id
            Whose table answers.
        """
        rewrite = self.find(RewriteQuery(utterance, asked, tenant_id=tenant_id))
        return None if rewrite is None or rewrite.blocked is not None else rewrite

    def attachment(self, name: str, tenant_id: str = "default") -> Path | None:
        """Return the path of a file that was published beside a tenant's entries; None where there is none."""
        inside = self.manifest.attachments.get(tenant_id, {}).get(name)
        return None if inside is None else Layout(self.root).version(self.version) / inside

    def _judged(self, value: bytes) -> Rewrite:
        rewrite = Rewrite.model_validate_json(value)
        reason = self.blocklist.reason(rewrite)
        return rewrite if reason is None else rewrite.model_copy(update={"blocked": reason})


def _verify(folder: Path, manifest: Manifest) -> None:
    """Compare the files with the manifest; those that only people read by their size alone."""
    if manifest.version != folder.name:
        raise TableUnreadable(f"{folder} holds the manifest of {manifest.version}; publish again")
    if ENTRIES not in manifest.files:
        raise TableUnreadable(f"the manifest of {folder} names no {ENTRIES}; publish again")
    for name, expected in manifest.files.items():
        path = folder / name
        if not path.is_file():
            raise TableUnreadable(
                f"{folder} is incomplete: {name} is missing; "
                "restore another version with `selflearn table restore`, or publish again"
            )
        same = path.stat().st_size == expected.bytes and (name == PARQUET or file_record(path) == expected)
        if not same:
            raise TableUnreadable(
                f"{path} is damaged: it is not what was published; "
                "restore another version with `selflearn table restore`, or publish again"
            )
