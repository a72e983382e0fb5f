"""Upgrading: what an older release wrote becomes what this one writes, step by step, and may be interrupted."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from rewrite_offline.table import FORMAT_VERSION as TABLE_FORMAT
from rewrite_offline.table import current_version, exclusive, versions
from rewrite_offline.table.layout import Layout
from rewrite_offline.table.manifest import read_manifest
from selflearn.errors import StoreTooNew
from selflearn.privacy import record_filter
from selflearn.settings import Settings
from selflearn.steps import Step
from selflearn.upkeep.backing_up import backup
from streams.archive.layout import FORMAT_VERSION as ARCHIVE_FORMAT
from streams.archive.layout import stored_buckets, stored_format, write_card
from streams.archive.refiltering import Refiltered, refilter

__all__ = ["Format", "Upgraded", "formats", "upgrade"]

#: Seconds to wait for a run of learning: it reads what is rewritten.
_PATIENCE = 5.0


@dataclass(frozen=True, slots=True)
class Format:
    """The format of one part of the data folder.

    Attributes
    ----------
    found
        What it has; None where there is none of it.
    newest
        What this release writes.
    """

    found: str | None
    newest: str

    @property
    def is_old(self) -> bool:
        """Whether there is something to upgrade."""
        return self.found is not None and self.found != self.newest


@dataclass(frozen=True, slots=True)
class Upgraded:
    """What an upgrade did.

    Attributes
    ----------
    before
        The formats that were found.
    backup
        Where everything is as it was before; None where there was nothing to do, or no backup was wanted.
    archive
        What was filtered; None where the archive was new enough.
    caught
        What was taken out of it, by kind.
    """

    before: Mapping[str, Format]
    backup: Path | None
    archive: Refiltered | None
    caught: Mapping[str, int]


def formats(settings: Settings) -> dict[str, Format]:
    """Tell the format of the archive, of the table and of the store.

    Raises
    ------
    SourceError, TableUnreadable, StoreTooNew
        A newer release wrote it, or it cannot be read.
    """
    archive = stored_format(settings.archive_folder)
    return {
        "archive": Format(None if archive is None else str(archive), str(ARCHIVE_FORMAT)),
        "table": Format(_table(settings.table_folder), str(TABLE_FORMAT)),
        **_store(settings),
    }


def upgrade(
    settings: Settings,
    *,
    backup_to: Path | None,
    again: bool = False,
    step: Step = lambda what, share: None,
) -> Upgraded:
    """Bring everything to the newest formats.

    | part | step | what it does |
    | --- | --- | --- |
    | archive | 1 → 2 | every record goes through the filter that is set; format 1 had none |
    | table | none yet | it has had one format |
    | store | each migration | as opening it does |

    Every file is written beside the old one and takes its place by a rename; the card is written last. Killed at
    any moment, it goes on where it is run again. End workers and servers of the older release before.

    Parameters
    ----------
    settings
        Where everything is, and the filter.
    backup_to
        Where to back it up before anything is changed; None: nowhere.
    again
        Filter the archive although its format is new: after the filter was turned on, or another one chosen.
    step
        Told how far it is.

    Raises
    ------
    SourceError, TableUnreadable, StoreTooNew
        A newer release wrote it, or it cannot be read.
    BackupError
        The backup cannot be made.
    SinkError
        The archive cannot be written; what is done stays.
    TableLocked
        A backup, another upgrade or learning is at work.
    """
    before = formats(settings)
    filtering = before["archive"].is_old or (again and before["archive"].found is not None)
    if not filtering and not any(one.is_old for one in before.values()):
        return Upgraded(before, None, None, {})
    if backup_to is not None:
        backup(settings, backup_to, without_store=settings.store.url is not None, step=step)
    done: Refiltered | None = None
    caught: dict[str, int] = {}
    with (
        exclusive(settings.state_folder / "upkeep.lock"),
        exclusive(settings.state_folder / "learn.lock", _PATIENCE),
    ):
        if filtering:
            done, caught = _filter_archive(settings, step)
        if "store" in before and before["store"].is_old:
            from selflearn.store import Store

            step("upgrading the store", None)
            Store.open(settings.store, settings.data_folder).close()
    return Upgraded(before, backup_to, done, caught)


def _filter_archive(settings: Settings, step: Step) -> tuple[Refiltered, dict[str, int]]:
    root = settings.archive_folder
    privacy = record_filter(settings.privacy)
    done = Refiltered(0, 0, 0, 0)
    if privacy is not None:
        done = refilter(root, privacy, lambda share: step("filtering the archive", share))
    write_card(root, stored_buckets(root, None))
    return done, {} if privacy is None else dict(privacy.caught)


def _table(root: Path) -> str | None:
    """The oldest format among the versions; the one that is served must be readable."""
    current = current_version(root)
    if current is not None:
        read_manifest(Layout(root).version(current))
    found = [one.manifest.format_version for one in versions(root) if one.manifest is not None]
    return str(min(found)) if found else None


def _store(settings: Settings) -> dict[str, Format]:
    """The format of SQLite's store; PostgreSQL's is upgraded by whatever opens it first."""
    path = settings.state_folder / "selflearn.db"
    if settings.store.url is not None or not path.exists():
        return {}
    from selflearn.store.migrating import HEAD

    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            found = connection.execute("SELECT version_num FROM alembic_version").fetchone()[0]
    except (sqlite3.OperationalError, TypeError):
        found = "none"
    if found != "none" and found > HEAD:
        raise StoreTooNew(found, HEAD)
    return {"store": Format(found, HEAD)}
