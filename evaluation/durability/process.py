"""Processes of the product, as a scheduler would start them: watched, told to end, and killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from evaluation.errors import TrialFailed

__all__ = ["Process", "product", "wait_until"]

_PATIENCE = 240.0


@dataclass
class Process:
    """A process that runs now, and the file that holds what it says."""

    command: Sequence[str]
    said_at: Path
    _process: "subprocess.Popen[bytes]"

    @classmethod
    def start(cls, command: Sequence[str], said_at: Path, **options: Any) -> "Process":
        """Start a command; what it prints goes to the end of a file."""
        said_at.parent.mkdir(parents=True, exist_ok=True)
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}
        with said_at.open("ab") as said:
            running = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, env=environment, **options
            )
        return cls(command, said_at, running)

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def kill(self) -> bool:
        """Kill it with SIGKILL; tell whether it was still running."""
        was_running = self.running
        self._process.kill()
        self._process.wait()
        return was_running

    def end(self) -> int:
        """Tell it to end with SIGTERM, and give its exit code."""
        if self.running:
            self._process.send_signal(signal.SIGTERM)
        return self.wait()

    def wait(self, patience: float = _PATIENCE) -> int:
        """Wait so many seconds until it ends by itself, and give its exit code.

        Raises
        ------
        TrialFailed
            It does not end.
        """
        try:
            return self._process.wait(patience)
        except subprocess.TimeoutExpired as error:
            self.kill()
            raise TrialFailed(
                f"`{' '.join(self.command)}` does not end; it said: {self.said()[-500:]}"
            ) from error

    def done(self, patience: float = _PATIENCE) -> None:
        """Wait so many seconds until it ends by itself, and well.

        Raises
        ------
        TrialFailed
            It ended otherwise.
        """
        code = self.wait(patience)
        if code:
            raise TrialFailed(f"`{' '.join(self.command)}` ended with {code}; it said: {self.said()[-2000:]}")

    def said(self) -> str:
        """Everything that was said so far."""
        return self.said_at.read_text(errors="replace")


def product(folder: Path, arguments: Sequence[str], settings: Mapping[str, object]) -> list[str]:
    """Return the command that runs the product's CLI over `folder / "data"`.

    Parameters
    ----------
    folder
        The trial's folder.
    arguments
        What to run.
    settings
        By name, as `ingest.commit_entries`; a mapping becomes a table.
    """
    told = {"data_folder": str(folder / "data"), **settings}
    overrides = [word for name, value in told.items() for word in ("--set", f"{name}={_toml(value)}")]
    return [sys.executable, "-m", "selflearn.cli", *overrides, *arguments]


def _toml(value: object) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name} = {_toml(inner)}" for name, inner in value.items()) + "}"
    return orjson.dumps(value).decode()


def wait_until(true: Callable[[], bool], *, whom: Process | None = None, pause: float = 0.002) -> bool:
    """Wait until something is true, or a process has ended; tell whether it became true.

    Raises
    ------
    TrialFailed
        It never does.
    """
    until = time.monotonic() + _PATIENCE
    while not true():
        if whom is not None and not whom.running:
            return true()
        if time.monotonic() > until:
            said = "" if whom is None else f"; it said: {whom.said()[-500:]}"
            raise TrialFailed(f"what was waited for did not happen within {_PATIENCE:.0f} s{said}")
        time.sleep(pause)
    return True
