"""The versions of a table: which there are, how two differ, and going back to one."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import orjson

from rewrite_offline.errors import TableError, TableUnreadable
from rewrite_offline.table.durable import exclusive, write_durably
from rewrite_offline.table.layout import Layout
from rewrite_offline.table.manifest import Manifest, read_manifest
from rewrite_offline.table.reading import Table
from streams.records import Rewrite

__all__ = [
    "Change",
    "TableDiff",
    "VersionInfo",
    "current_version",
    "diff",
    "history",
    "prune",
    "restore",
    "switch",
    "versions",
]

_PATIENCE = 30.0


@dataclass(frozen=True, slots=True)
class VersionInfo:
    """One version: its manifest, or what is wrong with it."""

    version: str
    current: bool
    manifest: Manifest | None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One request whose rewrite is another, or is believed more or less."""

    before: Rewrite
    after: Rewrite


@dataclass(slots=True)
class TableDiff:
    """How a version differs from an older one."""

    old: str
    new: str
    added: list[Rewrite] = field(default_factory=list)
    removed: list[Rewrite] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    unchanged: int = 0


def current_version(root: Path) -> str | None:
    """Return the name of the version that is served; None where nothing was published.

    Raises
    ------
    TableUnreadable
        The file that names it is damaged.
    """
    return Layout(root).current_version()


def versions(root: Path) -> list[VersionInfo]:
    """Return all versions, newest first, damaged ones included."""
    layout = Layout(root)
    try:
        current = layout.current_version()
    except TableUnreadable:
        # The list is what a person needs to mend just that.
        current = None
    found = []
    for name in reversed(layout.names()):
        try:
            found.append(VersionInfo(name, name == current, read_manifest(layout.version(name))))
        except TableUnreadable as error:
            found.append(VersionInfo(name, name == current, None, str(error)))
    return found


def diff(root: Path, old: str, new: str | None = None) -> TableDiff:
    """Compare two versions, entry by entry.

    Parameters
    ----------
    root
        The table's folder.
    old, new
        The versions; `new` None for the current one. A change is another target, another win probability,
        or a block set or lifted.

    Raises
    ------
    TableError
        A version is unknown or cannot be read.
    """
    older, newer = Table.open(root, old), Table.open(root, new)
    found = TableDiff(older.version, newer.version)
    # Both go through the same order of keys, so they merge like two sorted lists.
    left, right = older.pairs(), newer.pairs()
    before, after = next(left, None), next(right, None)
    while before is not None or after is not None:
        if after is None or (before is not None and before[0] < after[0]):
            assert before is not None
            found.removed.append(Rewrite.model_validate_json(before[1]))
            before = next(left, None)
        elif before is None or after[0] < before[0]:
            found.added.append(Rewrite.model_validate_json(after[1]))
            after = next(right, None)
        else:
            change = Change(Rewrite.model_validate_json(before[1]), Rewrite.model_validate_json(after[1]))
            if _says(change.before) == _says(change.after):
                found.unchanged += 1
            else:
                found.changed.append(change)
            before, after = next(left, None), next(right, None)
    return found


def _says(rewrite: Rewrite) -> tuple[str, float, bool]:
    return rewrite.target, rewrite.win_probability, rewrite.blocked is not None


def restore(root: Path, version: str) -> Manifest:
    """Make an older version the current one again; servers pick it up as they do a new one.

    Returns
    -------
    Manifest
        What is served now.

    Raises
    ------
    UnknownVersion
        There is no such version.
    TableUnreadable
        It is damaged; what is current stays.
    """
    layout = Layout(root)
    with exclusive(layout.lock, _PATIENCE):
        table = Table.open(root, version)
        switch(layout, version, action="restore", now=datetime.now(UTC))
    return table.manifest


def prune(root: Path, keep: int) -> list[str]:
    """Remove old versions, and return their names.

    Whoever still reads one goes on reading it: the disk lets go of a file when nobody has it open.

    Parameters
    ----------
    root
        The table's folder.
    keep
        How many of the newest to keep, one at least; the current one is kept whatever its age.

    Raises
    ------
    TableError
        `keep` is less than one.
    TableUnreadable
        It is not known which version is current.
    """
    if keep < 1:
        raise TableError(f"cannot keep {keep} versions; the current one always stays")
    layout = Layout(root)
    with exclusive(layout.lock, _PATIENCE):
        current = layout.current_version()
        gone = [name for name in layout.names()[:-keep] if name != current]
        for name in gone:
            # Hidden first, so that nobody takes a half-removed version for a damaged one.
            hidden = layout.versions / f".gone-{name}"
            layout.version(name).rename(hidden)
            shutil.rmtree(hidden)
    return gone


def switch(layout: Layout, version: str, *, action: str, now: datetime) -> None:
    """Make a complete version the current one, and write down that it was done. Under the lock only."""
    try:
        before = layout.current_version()
    except TableUnreadable:
        before = None
    write_durably(layout.current, f"{version}\n".encode())
    line = {"time": now.isoformat(), "action": action, "version": version, "previous": before}
    with layout.history.open("ab") as stream:
        stream.write(orjson.dumps(line) + b"\n")
        stream.flush()
        os.fsync(stream.fileno())


def history(root: Path) -> Iterator[dict[str, str | None]]:
    """Go over the switches of `current`, oldest first: time, action, version, previous version."""
    path = Layout(root).history
    if path.exists():
        with path.open("rb") as stream:
            for line in stream:
                yield orjson.loads(line)
