"""Restoring: a data folder as it was, verified before it takes the place of another."""

import os
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rewrite_offline.table.durable import sync
from selflearn.errors import BackupDamaged, BackupError
from selflearn.steps import Step
from selflearn.upkeep.contents import Contents, read_contents
from selflearn.upkeep.copying import Kept, copied, measured

__all__ = ["Restored", "restore", "verify"]


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored.

    Attributes
    ----------
    contents
        What was in the backup.
    folder
        Where it is now.
    former
        Where the data is that was there before; None where there was none.
    """

    contents: Contents
    folder: Path
    former: Path | None


def verify(backup: Path, step: Step = lambda what, share: None) -> Contents:
    """Compare every file of a backup with what was written down when it was made.

    Raises
    ------
    BackupError
        It is no backup, or a newer release made it.
    BackupDamaged
        A file is missing or damaged; it is named.
    """
    contents = read_contents(backup)
    for number, (name, expected) in enumerate(contents.files.items()):
        step("verifying", number / len(contents.files))
        try:
            _compare(backup / name, measured(backup / name), expected)
        except OSError as error:
            raise BackupDamaged(f"{backup / name} cannot be read: {error}; take another backup") from error
    return contents


def restore(
    backup: Path, data_folder: Path, *, force: bool = False, step: Step = lambda what, share: None
) -> Restored:
    """Put a backup in the place of the data folder.

    All is copied beside it and verified as it is copied; only then is the folder renamed into its place. A former
    one is kept under another name. Whatever interrupts it, the data folder is the old one, the new one, or for a
    moment absent.

    Parameters
    ----------
    backup
        As `backup` made it.
    data_folder
        Where to. Nothing may be using it.
    force
        Do it although there is data already.
    step
        Told how far it is.

    Raises
    ------
    BackupError
        It is no backup, a newer release made it, there is data already, or something cannot be written.
    BackupDamaged
        A file is missing or damaged; it is named, and nothing was changed.
    """
    contents = read_contents(backup)
    data_folder = data_folder.resolve()
    inhabited = data_folder.exists() and (not data_folder.is_dir() or any(data_folder.iterdir()))
    if inhabited and not force:
        raise BackupError(
            f"there is data at {data_folder} already; say --force to put it aside, or name another"
        )
    if data_folder.is_mount():
        raise BackupError(
            f"{data_folder} is a mount point and cannot be renamed; restore into a folder in it, and let "
            "data_folder name that one"
        )
    draft = data_folder.with_name(f".{data_folder.name}.restoring")
    former = data_folder.with_name(f"{data_folder.name}.before-{datetime.now(UTC):%Y%m%dT%H%M%S%f}")
    try:
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        for number, (name, expected) in enumerate(contents.files.items()):
            step("restoring", number / len(contents.files))
            _bring(backup / name, draft / name, expected)
        step("waiting for the disk", None)
        os.sync()
        _exchange(draft, data_folder, former if inhabited else None)
    except OSError as error:
        raise BackupError(
            f"the backup could not be restored: {error}; what was there is as it was"
        ) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return Restored(contents, data_folder, former if inhabited else None)


def _exchange(draft: Path, place: Path, former: Path | None) -> None:
    if former is not None:
        place.rename(former)
    try:
        draft.rename(place)
    except OSError:
        if former is not None:
            former.rename(place)
        raise
    sync(place.parent)


def _bring(path: Path, target: Path, expected: Kept) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        found = copied(path, target)
    except FileNotFoundError:
        raise BackupDamaged(f"{path} is missing; take another backup") from None
    _compare(path, found, expected)


def _compare(path: Path, found: Kept, expected: Kept) -> None:
    if (found.bytes, found.sha256) != (expected.bytes, expected.sha256):
        raise BackupDamaged(f"{path} is damaged: it is not what was backed up; take another backup")
