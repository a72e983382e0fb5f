"""A command run as a process of its own, with what it took."""

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from evaluation.errors import BenchFailed

__all__ = ["Cost", "run"]

_SHOWN = 2000


class Cost(NamedTuple):
    """What a process took: wall clock and processor seconds, peak resident memory in MB, and what it printed."""

    seconds: float
    cpu_seconds: float
    peak_memory_mb: float
    output: str


def run(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Cost:
    """Run a command to its end.

    Parameters
    ----------
    command
        Program and arguments.
    environment
        Variables beside those of this process.

    Returns
    -------
    Cost
        As the operating system accounts it, for this process alone.

    Raises
    ------
    BenchFailed
        If it ends with anything but 0.
    """
    began = time.perf_counter()
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, **(environment or {})},
    )
    assert process.stdout is not None
    output = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise BenchFailed(command, process.returncode, output[-_SHOWN:])
    # Linux counts resident memory in KiB.
    return Cost(time.perf_counter() - began, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, output)
