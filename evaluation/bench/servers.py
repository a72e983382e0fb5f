"""Servers as processes of their own, for the time of a benchmark."""

import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from evaluation.errors import BenchFailed

__all__ = ["Server", "serving"]

_PATIENCE = 60.0


class Server:
    """A server process that answers."""

    def __init__(self, process: "subprocess.Popen[bytes]", port: int) -> None:
        self.port = port
        self._process = process

    def cpu_seconds(self) -> float:
        """Processor time that the process has taken so far, all threads, its own and the system's for it."""
        # After the name, which may hold anything: fields 14 and 15 of proc(5).
        fields = (
            Path(f"/proc/{self._process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        )
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident_mb(self) -> float:
        """Memory of the process, pages of the mapped table that it touched included."""
        for line in Path(f"/proc/{self._process.pid}/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        raise BenchFailed(["/proc"], 1, "the server is gone")


@contextmanager
def serving(command: Sequence[str], log: Path) -> Iterator[Server]:
    """Run a server until the block ends.

    Parameters
    ----------
    command
        Program and arguments; a free port is added as the last.
    log
        Where its output goes.

    Raises
    ------
    BenchFailed
        It did not come up.
    """
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    with log.open("wb") as output:
        process = subprocess.Popen([*command, str(port)], stdout=output, stderr=output, env=dict(os.environ))
    try:
        _wait(port, process, log, command)
        yield Server(process, port)
    finally:
        process.terminate()
        process.wait(_PATIENCE)


def _wait(port: int, process: "subprocess.Popen[bytes]", log: Path, command: Sequence[str]) -> None:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until and process.poll() is None:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/openapi.json", timeout=5).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise BenchFailed(command, process.poll() or 1, log.read_text(errors="replace")[-2000:])
