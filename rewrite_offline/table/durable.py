"""Files that are either whole on the disk or not there: write beside, sync, rename."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rewrite_offline.errors import TableLocked
from streams.files import written_beside

__all__ = ["exclusive", "sync", "write_durably"]

_BETWEEN_TRIES = 0.02


def sync(path: Path) -> None:
    """Have the disk hold a file's content, or a folder's list of names."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_durably(path: Path, content: bytes) -> None:
    """Replace a file at once: a reader, or a restart after a crash, finds the old content or the new."""
    with written_beside(path) as beside:
        beside.write_bytes(content)


@contextmanager
def exclusive(lock: Path, wait: float = 0.0) -> Iterator[None]:
    """Be the only one, over all processes of this machine, who works under a lock file.

    The kernel lets go of the lock when its holder dies, so a crash leaves nothing to clean up.

    Parameters
    ----------
    lock
        The lock file; made where it is not there, and left there.
    wait
        Seconds to wait for another holder.

    Raises
    ------
    TableLocked
        Another holds the lock and kept it for that long.
    """
    lock.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        deadline = time.monotonic() + wait
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise TableLocked(
                        f"{lock} is held by another run; let it finish, or end it, and try again"
                    ) from None
                time.sleep(_BETWEEN_TRIES)
        yield
    finally:
        os.close(descriptor)
