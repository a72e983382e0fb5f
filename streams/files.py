"""Files that are there whole or not at all: written beside their place, then renamed into it."""

import errno
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from uuid import uuid4

from streams.errors import NoRoom, SinkError

__all__ = ["cannot_write", "is_full", "part_name", "remove_leftovers", "written_beside"]

_PROCESS = uuid4().hex[:8]
_NUMBER = count()
#: A full disk, a spent quota, and a file that would be longer than it may be.
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@contextmanager
def written_beside(path: Path) -> Iterator[Path]:
    """Give a temporary name to write to; rename it to `path` when the block ends well.

    The content is on disk before the name is, so a crash leaves the old file or the new one. A block that
    fails leaves nothing behind.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{_PROCESS}-{next(_NUMBER)}.tmp")
    try:
        yield beside
        _sync(beside)
        beside.replace(path)
        _sync(path.parent)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def remove_leftovers(folder: Path, *, older_than: float = 3600.0) -> int:
    """Remove what writers that were killed have left under temporary names; it would be there for ever.

    Parameters
    ----------
    folder
        Looked through to any depth; it need not be there.
    older_than
        Seconds since they were written to last: others may still be written.

    Returns
    -------
    int
        How many there were.
    """
    removed = 0
    for left in folder.rglob(".*.tmp"):
        try:
            if left.stat().st_mtime < time.time() - older_than:
                left.unlink()
                removed += 1
        except FileNotFoundError:  # its writer is alive, and has renamed it
            continue
    return removed


def part_name(suffix: str) -> str:
    """Name for a new part file, used by nobody else; names sort by the time they were given."""
    return f"part-{time.time_ns():020d}-{_PROCESS}-{next(_NUMBER):06d}{suffix}"


def cannot_write(path: Path, error: Exception) -> SinkError:
    """Say that a file could not be written; with NoRoom where there was no room for it."""
    if is_full(error):
        return NoRoom(
            f"there is no room for {path}: {error}; make room on its disk, nothing is lost meanwhile"
        )
    return SinkError(f"{path} cannot be written: {error}")


def is_full(error: Exception) -> bool:
    """Whether an error says that the disk, or a quota on it, is full."""
    return isinstance(error, OSError) and error.errno in _FULL


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
