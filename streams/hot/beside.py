"""Processes beside a worker's own: they take entries to the archive while it reads on."""

import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import count
from multiprocessing import get_context
from multiprocessing.connection import Connection
from queue import SimpleQueue
from threading import Thread
from typing import NamedTuple

from streams.errors import NoRoom, SinkError
from streams.hot.lane import FastLane
from streams.sinks.base import ColumnSink
from streams.sources.base import Entry

__all__ = ["Beside", "Filer"]

#: Portions of entries that a process has in hand: one that it works on, and the next ones, so that it never waits.
_AT_ONCE = 3
#: Seconds that a process gets to end by itself once nobody hands it anything any more.
_PATIENCE = 10.0

#: Makes the lane and the sink of one process. It is sent there, so it is a function of a module or an object of a
#: class of one.
Filer = Callable[[], tuple[FastLane, ColumnSink]]


class Beside:
    """Processes with a fast lane and an archive's sink each, to which a worker hands what it has no time for.

    What they were handed is safe once `finish_flush` has returned, and what the lane did not take comes back. When
    one of them dies, `SinkError` says so; when the worker dies, they end. They are spawned: a script that uses them
    keeps its work under `if __name__ == "__main__"`.

    Parameters
    ----------
    filer
        Makes lane and sink in each process.
    count
        How many processes; they begin with `start`.
    """

    def __init__(self, filer: Filer, count: int) -> None:
        self._filer = filer
        self._count = count
        self._processes: list[_Process] = []

    def start(self) -> None:
        """Begin the processes, if they have not begun. It takes them a second; until then they take nothing."""
        if not self._processes:
            self._processes = [_Process(self._filer) for _ in range(self._count)]

    def offer(self, entries: Sequence[Entry]) -> bool:
        """Hand entries to the process that has least in hand; False where none takes more.

        Raises
        ------
        SinkError
            A process has died.
        """
        for one in self._processes:
            one.listen()
        free = [one for one in self._processes if one.ready and len(one.handed) < _AT_ONCE]
        if not free:
            return False
        min(free, key=lambda one: len(one.handed)).hand(entries)
        return True

    def done(self, *, everything: bool = False) -> tuple[int, list[Entry]]:
        """Tell what was done since the last time: how many were kept, and which have to go the slow way.

        Parameters
        ----------
        everything
            Wait for all that was handed over.

        Raises
        ------
        SinkError
            A process has died.
        """
        kept, left = 0, []
        for one in self._processes:
            while everything and one.handed:
                one.listen(wait=True)
            kept += one.kept
            left += one.left
            one.kept, one.left = 0, []
        return kept, left

    def begin_flush(self) -> None:
        """Let all processes bring what they took to its place."""
        for one in self._processes:
            one.begin_flush()

    def finish_flush(self) -> None:
        """Wait until everything is in its place.

        Raises
        ------
        SinkError
            Some of it is not, or a process has died.
        NoRoom
            Some of it is not because a disk is full; both may be called again.
        """
        failures = [error for one in self._processes if (error := one.finish_flush()) is not None]
        if failures:
            # What can be waited for is told only where nothing else is wrong.
            raise min(failures, key=lambda error: isinstance(error, NoRoom))

    def close(self) -> None:
        """End the processes; what was not flushed is dropped."""
        for one in self._processes:
            one.leave()
        for one in self._processes:
            one.end()
        self._processes = []


class _Handed(NamedTuple):
    number: int
    raws: list[bytes]
    topics: list[str]


class _Flush(NamedTuple):
    """Bring everything to its place."""


class _End(NamedTuple):
    """Nobody hands anything any more."""


class _Ready(NamedTuple):
    """Something may be handed over."""


class _Filed(NamedTuple):
    number: int
    kept: int
    left: list[int]


class _Flushed(NamedTuple):
    failure: SinkError | None


class _Process:
    """One process, seen from the worker's."""

    def __init__(self, filer: Filer) -> None:
        context = get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=_work, args=(filer, theirs), name="filing", daemon=True)
        self._process.start()
        theirs.close()
        self._numbers = count()
        self._flushing = False
        self._failure: SinkError | None = None
        self.ready = False
        self.handed: dict[int, Sequence[Entry]] = {}
        self.kept = 0
        self.left: list[Entry] = []

    def hand(self, entries: Sequence[Entry]) -> None:
        number = next(self._numbers)
        self.handed[number] = entries
        self._send(_Handed(number, [entry.raw for entry in entries], [entry.source for entry in entries]))

    def listen(self, *, wait: bool = False) -> None:
        """Hear what it has said; or wait until it says something."""
        try:
            while self._connection.poll(None if wait else 0.0):
                self._hear(self._connection.recv())
                wait = False
        except (EOFError, OSError) as error:
            raise self._died() from error

    def begin_flush(self) -> None:
        if self.ready and not self._flushing:
            self._flushing = True
            self._send(_Flush())

    def finish_flush(self) -> SinkError | None:
        while self._flushing:
            self.listen(wait=True)
        return self._failure

    def leave(self) -> None:
        self._connection.close()

    def end(self) -> None:
        self._process.join(_PATIENCE)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()

    def _hear(self, message: object) -> None:
        match message:
            case _Filed(number, kept, left):
                entries = self.handed.pop(number)
                self.kept += kept
                self.left += [entries[place] for place in left]
            case _Flushed(failure):
                self._flushing, self._failure = False, failure
            case _Ready():
                self.ready = True

    def _send(self, message: object) -> None:
        try:
            self._connection.send(message)
        except OSError as error:
            raise self._died() from error

    def _died(self) -> SinkError:
        self._process.join(_PATIENCE)
        return SinkError(
            f"a process that files records has died (exit code {self._process.exitcode}); what was not committed "
            "comes again with the next run"
        )


def _work(filer: Filer, connection: Connection) -> None:
    """Do what is asked, until nobody asks any more."""
    # A signal to all processes is for the worker: it ends us when everything is flushed and committed.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    lane, sink = filer()
    asked: SimpleQueue[object] = SimpleQueue()
    Thread(target=_listen, args=(connection, asked), daemon=True).start()
    try:
        with suppress(OSError):  # the worker is gone: nobody wants to hear
            connection.send(_Ready())
            while not isinstance(message := asked.get(), _End):
                connection.send(_answer(message, lane, sink))
    finally:
        sink.close()


def _listen(connection: Connection, asked: "SimpleQueue[object]") -> None:
    """Take what is asked from the connection at once: whoever asks does not wait."""
    with suppress(EOFError, OSError):
        while True:
            asked.put(connection.recv())
    asked.put(_End())


def _answer(message: object, lane: FastLane, sink: ColumnSink) -> _Filed | _Flushed:
    match message:
        case _Handed(number, raws, topics):
            columns, left = lane.columns_of(raws, topics)
            for record_type, batch in columns:
                with suppress(SinkError):  # it is in hand, and the flush will tell
                    sink.write_columns(record_type, batch)
            return _Filed(number, len(raws) - len(left), left)
    try:
        sink.flush()
    except SinkError as failure:
        return _Flushed(failure)
    return _Flushed(None)
