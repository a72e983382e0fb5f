"""The log of decisions: why each request was rewritten or not, written off the request's path."""

import os
import queue
import secrets
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from logging import getLogger
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import orjson

from streams.records import Decision, Record

if TYPE_CHECKING:  # sinks need the extra `learn`, which serving does without
    from streams.sinks import Sink

__all__ = ["DecisionFiles", "DecisionLog"]

_log = getLogger(__name__)


class DecisionFiles:
    """A sink into `folder/selflearn.decisions/*.jsonl`, one file an hour and process, growing line by line.

    A `FolderSource` over the folder reads, and tails, them.

    Parameters
    ----------
    folder
        Made with the first flush.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = Path(folder) / Decision.topic
        self._lines: list[bytes] = []
        self._hour = ""
        self._file: BinaryIO | None = None

    def write(self, records: Sequence[Record]) -> None:
        """Take decisions."""
        self._lines += [orjson.dumps(record.model_dump(mode="json")) + b"\n" for record in records]

    def flush(self) -> None:
        """Append what was taken; only whole lines reach the file."""
        if not self._lines:
            return
        hour = datetime.now(UTC).strftime("%Y-%m-%dT%H")
        if self._file is None or hour != self._hour:
            self.close_file()
            self._folder.mkdir(parents=True, exist_ok=True)
            name = f"{hour}-{os.getpid()}-{secrets.token_hex(3)}.jsonl"
            self._file, self._hour = (self._folder / name).open("ab", buffering=0), hour
        self._file.write(b"".join(self._lines))
        self._lines.clear()

    def close_file(self) -> None:
        """Close the file of the hour."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def close(self) -> None:
        """Drop what was not flushed, and close the file."""
        self._lines.clear()
        self.close_file()


class DecisionLog:
    """Takes decisions at once and writes them in a thread of its own.

    A request never waits for the log: where the queue is full, or the sink fails, decisions are dropped and
    counted.

    Parameters
    ----------
    sink
        Where decisions go.
    capacity
        Decisions that may wait to be written.
    every
        Seconds between two flushes.
    """

    def __init__(self, sink: "Sink | DecisionFiles", *, capacity: int = 10_000, every: float = 0.5) -> None:
        self.dropped = 0
        self._sink = sink
        self._every = every
        self._queue: queue.Queue[Decision] = queue.Queue(capacity)
        self._closing = threading.Event()
        self._starting = threading.Lock()
        self._writer: threading.Thread | None = None

    def record(self, decision: Decision) -> None:
        """Take a decision, or count it as dropped."""
        if self._writer is None:
            self._start()
        try:
            self._queue.put_nowait(decision)
        except queue.Full:
            self.dropped += 1

    def close(self) -> None:
        """Write what waits, and end."""
        self._closing.set()
        if self._writer is not None:
            self._writer.join()
            self._writer = None
        self._sink.close()

    def _start(self) -> None:
        # With the first decision, so that a server may fork its workers before.
        with self._starting:
            if self._writer is None and not self._closing.is_set():
                self._writer = threading.Thread(target=self._work, name="decision-log", daemon=True)
                self._writer.start()

    def _work(self) -> None:
        while not self._closing.is_set():
            self._closing.wait(self._every)
            self._drain()
        self._drain()

    def _drain(self) -> None:
        waiting: list[Decision] = []
        while True:
            try:
                waiting.append(self._queue.get_nowait())
            except queue.Empty:
                break
        if waiting:
            try:
                self._sink.write(waiting)
                self._sink.flush()
            except Exception:
                self.dropped += len(waiting)
                _log.exception("%d decisions could not be written", len(waiting))
