"""Peak memory of processes that run at the same time."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

__all__ = ["Peak", "watched"]

#: Seconds between two looks.
_EVERY = 0.2


class Peak:
    """The most that all processes below this one held together, resident, so far; what they share counts for each."""

    def __init__(self) -> None:
        self.mb = 0.0

    def look(self) -> None:
        """Look at all of them once."""
        resident = sum(map(_resident, _below(os.getpid())))
        self.mb = max(self.mb, resident * os.sysconf("SC_PAGE_SIZE") / 2**20)


@contextmanager
def watched() -> Iterator[Peak]:
    """Watch the processes below this one while the block runs."""
    peak, done = Peak(), Event()

    def watch() -> None:
        while not done.wait(_EVERY):
            peak.look()

    thread = Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        done.set()
        thread.join()


def _below(process: int) -> list[int]:
    """Processes that this one started, and those that they did. One may end while we look."""
    try:
        children = [
            int(child)
            for task in Path(f"/proc/{process}/task").iterdir()
            for child in (task / "children").read_text().split()
        ]
    except OSError:
        return []
    return [*children, *(below for child in children for below in _below(child))]


def _resident(process: int) -> int:
    """Resident pages of a process; 0 where it is gone."""
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0
