"""The disk is full: the worker says so, waits, and goes on when there is room; or it is ended while it waits."""

import random
import resource
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from evaluation.durability.kept import compared, parts
from evaluation.durability.process import Process, product, wait_until
from evaluation.durability.sent import made, write_files
from evaluation.durability.trials import Outcome, Trials, summed
from evaluation.durability.worker import COMMIT_ENTRIES, letters_in

__all__ = ["full_disk"]

_TURNS = 2_000
_ENOUGH = 512 * 1024 * 1024
_PAGE = 4096


class _Disk(Protocol):
    """A place with little room, in which there can be more."""

    how: str

    def options(self) -> dict[str, Any]:
        """How a process has to be started to have that little room."""

    def make_room(self, worker: Process) -> None:
        """Make room while the worker waits."""


class _Mounted:
    """A file system in memory, mounted small and made larger."""

    how = "tmpfs"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def options(self) -> dict[str, Any]:
        return {}

    def make_room(self, worker: Process) -> None:
        _run("mount", "-o", f"remount,size={_ENOUGH}", str(self._folder))


class _Limited:
    """A limit on the length of the files that the process may write; the kernel refuses what is beyond (EFBIG)."""

    how = "file size limit"

    def __init__(self, limit: int) -> None:
        self._limit = limit

    def options(self) -> dict[str, Any]:
        hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
        return {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (self._limit, hard))}

    def make_room(self, worker: Process) -> None:
        hard = resource.prlimit(worker.pid, resource.RLIMIT_FSIZE)[1]
        resource.prlimit(worker.pid, resource.RLIMIT_FSIZE, (hard, hard))


def full_disk(trials: Trials, runs: int, turns: int = _TURNS) -> dict[str, Any]:
    """Let a worker fill a small disk; then make room while it waits, or end it, or kill it, and start it again.

    The disk is a tmpfs, where this process may mount one (root may), else a limit on the length of files.
    """
    sent = made(turns, trials.seed)
    log = trials.folder / f"{trials.name}-log"
    write_files(sent, log)
    wanted = _undisturbed(trials.folder / f"{trials.name}-undisturbed", log)

    def trial(number: int, dice: random.Random, folder: Path) -> Outcome:
        disk_folder = folder / "data"
        disk_folder.mkdir()
        with _small_disk(disk_folder, dice, wanted) as disk:
            command = _ingest(folder, log)
            worker = Process.start(command, folder / "said.txt", **disk.options())
            said_so = wait_until(lambda: "there is no room for" in worker.said(), whom=worker)
            reached = len(parts(disk_folder))
            time.sleep(dice.uniform(0.3, 1.0))
            stood_still = len(parts(disk_folder)) == reached
            code = None
            how = ("room", "ended", "killed")[number % 3]
            if how == "killed":
                worker.kill()
            if how == "ended":
                code = worker.end()
            if how == "room":
                disk.make_room(worker)
                code = worker.wait()
            elif disk.how == "tmpfs":
                disk.make_room(worker)
            if how != "room":
                Process.start(command, folder / "said.txt").done()
            kept = compared(sent, disk_folder / "archive", letters_in(disk_folder / "dead-letters"))
        return {
            "kills": int(how == "killed"),
            "said_that_it_is_full": int(said_so),
            "stopped": int(stood_still and worker.said().count("there is no room for") >= 1),
            "went_on_by_itself": int(how == "room" and code == 0),
            "ended_in_good_order": int(how == "ended" and code == 0),
            "tmpfs": int(disk.how == "tmpfs"),
            **kept.figures(),
        }

    outcomes = trials.each(runs, trial, question={"turns": turns})
    found = summed(outcomes)
    mounted = found.pop("tmpfs", 0)
    return {"runs": runs, "means": "tmpfs" if mounted == runs else "file size limit", **found}


def _ingest(folder: Path, log: Path) -> list[str]:
    settings = {"ingest.commit_entries": COMMIT_ENTRIES, "ingest.try_again": 0.2}
    return product(folder, ["ingest", str(log), "--json"], settings)


def _undisturbed(folder: Path, log: Path) -> int:
    """Bytes on a disk, in pages, of everything that a worker writes that has enough room."""
    shutil.rmtree(folder, ignore_errors=True)
    Process.start(_ingest(folder, log), folder / "said.txt").done()
    return sum(
        -(-path.stat().st_size // _PAGE) * _PAGE for path in (folder / "data").rglob("*") if path.is_file()
    )


@contextmanager
def _small_disk(folder: Path, dice: random.Random, wanted: int) -> Iterator[_Disk]:
    """Give a disk with too little room for everything: for a twentieth of it to nine tenths."""
    size = dice.randrange(wanted // 20, wanted * 9 // 10)
    try:
        _run("mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder))
    except (OSError, subprocess.CalledProcessError):
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        yield _Limited(dice.randrange(1_000, 8_000))
        return
    try:
        yield _Mounted(folder)
    finally:
        _run("umount", "--lazy", str(folder))


def _run(*command: str) -> None:
    if shutil.which(command[0]) is None:
        raise OSError(f"there is no {command[0]} here")
    subprocess.run(command, check=True, capture_output=True)
