"""A backup: all that cannot be made again, whole and consistent while workers and servers go on."""

import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Literal

from rewrite_offline.errors import TableUnreadable
from rewrite_offline.table import current_version, exclusive
from rewrite_offline.table.durable import sync
from rewrite_offline.table.layout import MANIFEST, Layout
from selflearn.errors import BackupError, NoInput
from selflearn.settings import Settings
from selflearn.steps import Step
from selflearn.upkeep.contents import Contents, read_contents
from selflearn.upkeep.copying import Copies

__all__ = ["BackedUp", "backup"]

_STORE = "state/selflearn.db"
_Store = Literal["sqlite", "elsewhere", "none"]
#: A table may be published while it is copied; nobody publishes that often.
_ROUNDS = 20


@dataclass(frozen=True, slots=True)
class BackedUp:
    """What a backup did.

    Attributes
    ----------
    folder
        Where it is.
    contents
        What is in it.
    linked
        Files that had not changed since the earlier backup, and share the disk with it.
    """

    folder: Path
    contents: Contents
    linked: int


def backup(
    settings: Settings,
    folder: Path,
    *,
    since: Path | None = None,
    without_store: bool = False,
    step: Step = lambda what, share: None,
) -> BackedUp:
    """Copy the data folder, consistent while ingestion, learning and servers go on.

    How far sources were read is copied first and the archive last, so the archive of the backup holds all that
    its offsets say was read. What was read meanwhile is in it as well, comes again, and counts once. The store is
    copied by SQLite's own online backup; of files that grow, the whole lines; of the table, versions that are
    complete, and `current` only once the version that it names is there.

    Parameters
    ----------
    settings
        Where the data is.
    folder
        The backup; it appears at once when it is whole. It must not be there yet, or be empty.
    since
        An earlier backup on the same disk: what has not changed since is linked, not copied.
    without_store
        Leave out a store that is in PostgreSQL.
    step
        Told how far it is.

    Raises
    ------
    NoInput
        There is no data folder.
    BackupError
        Something is at `folder` already, the store is in PostgreSQL, or a file cannot be read or written.
    TableLocked
        Another backup, or an upgrade, is at work.
    """
    if not settings.data_folder.is_dir():
        raise NoInput(f"there is no data folder {settings.data_folder}")
    if settings.store.url is not None and not without_store:
        raise BackupError(
            "the store is in PostgreSQL: back it up with pg_dump right after this, and say --without-store"
        )
    folder = folder.absolute()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BackupError(
            f"there is something at {folder} already; name a new folder, as with the date in it"
        )
    earlier = None if since is None else read_contents(since)
    draft = folder.with_name(f".{folder.name}.unfinished")
    created = datetime.now(UTC)
    with exclusive(settings.state_folder / "upkeep.lock"):
        try:
            shutil.rmtree(draft, ignore_errors=True)
            draft.mkdir(parents=True, mode=0o700)
            copies = Copies(draft, {} if earlier is None else earlier.files, since, step)
            store = _copy(settings, copies)
            contents = Contents(
                created=created,
                selflearn=version_of("selflearn"),
                store=store,
                files=dict(sorted(copies.files.items())),
            )
            contents.write(draft)
            step("waiting for the disk", None)
            os.sync()
            draft.rename(folder)
            sync(folder.parent)
        except (OSError, sqlite3.Error) as error:
            raise BackupError(f"the backup could not be made: {error}; nothing is left of it") from error
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    return BackedUp(folder, contents, copies.linked)


def _copy(settings: Settings, copies: Copies) -> _Store:
    # Offsets first, what they speak of last.
    for path in sorted(settings.state_folder.glob("*.json")):
        copies.file(path, f"state/{path.name}")
    store = _store(settings, copies)
    _table(settings.table_folder, copies)
    for name, folder in (
        ("decisions/selflearn.decisions", settings.decision_folder / "selflearn.decisions"),
        ("feedback", settings.data_folder / "feedback"),
    ):
        copies.folder(folder, name, growing=True)
    copies.folder(settings.dead_letter_folder, "dead-letters")
    copies.folder(settings.archive_folder, "archive")
    return store


def _store(settings: Settings, copies: Copies) -> _Store:
    path = settings.data_folder / _STORE
    if settings.store.url is not None:
        return "elsewhere"
    if not path.exists():
        return "none"

    def online(target: Path) -> None:
        with closing(sqlite3.connect(path)) as reading, closing(sqlite3.connect(target)) as writing:
            reading.backup(writing)
            # One file, as it was at one moment: nothing beside it to forget.
            writing.execute("PRAGMA journal_mode = DELETE")

    copies.made(_STORE, online)
    return "sqlite"


def _table(root: Path, copies: Copies) -> None:
    layout = Layout(root)
    whole: set[str] = set()
    for _ in range(_ROUNDS):
        for name in layout.names():
            if name not in whole and _version(layout, name, copies):
                whole.add(name)
        current = _current(root)
        if current is None or current in whole:
            break
    else:
        raise BackupError(f"the table at {root} changes faster than it can be copied; wait, and try again")
    for path in (layout.blocklist, layout.history):
        if path.exists():
            (copies.lines if path == layout.history else copies.file)(path, f"table/{path.name}")
    if current is not None:
        copies.made("table/current", lambda target: _written(target, current))


def _current(root: Path) -> str | None:
    try:
        return current_version(root)
    except TableUnreadable as error:
        raise BackupError(f"{error}; a backup would hold no table that can be served") from error


def _version(layout: Layout, name: str, copies: Copies) -> bool:
    """Copy a version whole, or not at all where it is pruned meanwhile."""
    folder = layout.version(name)
    copies.folder(folder, f"table/versions/{name}")
    if (folder / MANIFEST).exists():
        return True
    copies.forget(f"table/versions/{name}")
    return False


def _written(target: Path, current: str) -> None:
    target.write_text(f"{current}\n")
