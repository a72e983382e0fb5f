"""The worker: read, parse, hand on; flush what was made, then commit what was read."""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Event
from typing import NamedTuple

from streams.dead_letters import dead_letter
from streams.errors import RecordError, SourceError
from streams.filter import RecordFilter
from streams.hot import FastLane
from streams.parsing import LIMITS, ParseLimits, parse
from streams.records import Record
from streams.sinks.base import ColumnSink, Sink
from streams.sources.base import Entry, Source

__all__ = ["Parser", "Worker", "WorkerCounts"]

#: Entries of one poll, and seconds that it waits: between two polls `until` is looked at.
_ENTRIES_AT_ONCE = 1000
_PATIENCE = 0.5

#: Makes records of an entry; raises RecordError where it cannot.
Parser = Callable[[Entry], Sequence[Record]]


@dataclass(slots=True)
class WorkerCounts:
    """What a worker has done so far.

    Attributes
    ----------
    read : int
        Entries that came.
    kept : int
        Records that went to the sink.
    refused : Counter of str
        Entries that went to the dead letters, by reason.
    commits : int
        How often everything made was flushed and everything read was committed.
    """

    read: int = 0
    kept: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    commits: int = 0


class Worker:
    """Brings records from a source to a sink, and what does not parse to the dead letters.

    Turns and signals that hold nothing but what this release knows take the fast lane (`streams.hot`) into a sink
    that takes columns. Everything else goes the slow way: parsed, and refused, one by one.

    Both sinks are flushed before the offset is committed, so a worker that dies loses nothing: it reads some
    entries again, and the archive reads their copies once. A failed flush commits nothing and ends the run.

    Parameters
    ----------
    source
        Where entries come from.
    records
        Kinds of record to expect; the topic tells which an entry is. With one kind, every entry is of it.
    sink
        Where records go.
    dead_letters
        Where refused entries go, as DeadLetter records.
    commit_entries, commit_seconds
        Flush and commit after so many entries, and at the latest after so long.
    limits
        What is too long, too early or too late.
    on_progress
        Called with the counts after every batch that was read, as to move a progress bar.
    parser
        Makes records of an entry where `parse` does not do, as for foreign logs
        (`streams.mapping.Mapping.parser`). An entry of which one record is refused is refused whole.
    privacy
        Takes out of records what is not to be kept, before they go to the sink. Dead letters keep what came.

    Examples
    --------
    >>> from streams.records import Turn
    >>> from streams.sinks import ListSink
    >>> from streams.sources import ListSource
    >>> worker = Worker(ListSource([b"not JSON"]), [Turn], ListSink(), letters := ListSink())
    >>> worker.run().refused
    Counter({'malformed': 1})
    >>> letters.records[0].offset
    0
    """

    def __init__(
        self,
        source: Source,
        records: Sequence[type[Record]],
        sink: Sink,
        dead_letters: Sink,
        *,
        commit_entries: int = 250_000,
        commit_seconds: float = 30.0,
        limits: ParseLimits = LIMITS,
        on_progress: Callable[[WorkerCounts], None] | None = None,
        parser: Parser | None = None,
        privacy: RecordFilter | None = None,
    ) -> None:
        self.counts = WorkerCounts()
        self._source = source
        self._sink = sink
        self._dead_letters = dead_letters
        self._commit_entries = commit_entries
        self._commit_seconds = commit_seconds
        self._on_progress = on_progress
        self._parser = parser or _parser_of(records, limits)
        self._privacy = privacy
        self._lane = (
            _Lane(FastLane(records, limits, privacy), sink)
            if parser is None and isinstance(sink, ColumnSink)
            else None
        )
        self._uncommitted = 0
        self._last_commit = time.monotonic()
        source.before_revoked(self.finish)

    def run(self, until: Event | None = None) -> WorkerCounts:
        """Work until the source is exhausted, or `until` is set; then flush and commit once more.

        Raises
        ------
        SinkError
            Something could not be flushed; nothing was committed since the last good flush.
        SourceError
            The source cannot be read. What had been read is flushed and committed.
        """
        while not self._source.exhausted and not (until is not None and until.is_set()):
            self._work(self._poll())
            if self._is_time():
                self.finish()
        self.finish()
        return self.counts

    def finish(self) -> None:
        """Flush what was made, then commit what was read.

        Raises
        ------
        SinkError
            Nothing was committed.
        """
        if self._uncommitted:
            self._sink.flush()
            self._dead_letters.flush()
            self._source.commit()
            self._uncommitted = 0
            self.counts.commits += 1
        self._last_commit = time.monotonic()

    def _poll(self) -> list[Entry]:
        try:
            return self._source.poll(min(_ENTRIES_AT_ONCE, self._commit_entries), timeout=_PATIENCE)
        except SourceError:
            self.finish()
            raise

    def _work(self, entries: list[Entry]) -> None:
        self._work_slowly(entries if self._lane is None else self._work_fast(self._lane, entries))
        self._uncommitted += len(entries)
        self.counts.read += len(entries)
        if self._on_progress is not None and entries:
            self._on_progress(self.counts)

    def _work_fast(self, lane: "_Lane", entries: list[Entry]) -> list[Entry]:
        taken = lane.fast.take(entries)
        for record_type, columns in taken.columns:
            lane.sink.write_columns(record_type, columns)
            self.counts.kept += columns.num_rows
        return taken.left

    def _work_slowly(self, entries: list[Entry]) -> None:
        good: list[Record] = []
        bad: list[Record] = []
        for entry in entries:
            try:
                good.extend(self._parser(entry))
            except RecordError as error:
                bad.append(dead_letter(entry, error))
                self.counts.refused[error.reason] += 1
        if self._privacy is not None:
            good = [self._privacy.filtered(record) for record in good]
        self._sink.write(good)
        self._dead_letters.write(bad)
        self.counts.kept += len(good)

    def _is_time(self) -> bool:
        return (
            self._uncommitted >= self._commit_entries
            or time.monotonic() - self._last_commit >= self._commit_seconds
        )


class _Lane(NamedTuple):
    fast: FastLane
    sink: ColumnSink


def _parser_of(records: Sequence[type[Record]], limits: ParseLimits) -> Parser:
    by_topic: Mapping[str, type[Record]] = {record.topic: record for record in records}

    def parser(entry: Entry) -> Sequence[Record]:
        record_type = records[0] if len(records) == 1 else by_topic.get(entry.source)
        if record_type is None:
            raise SourceError(
                f"{entry.partition} of {entry.source} holds none of {', '.join(sorted(by_topic))}; "
                "leave the topic out, or name its record"
            )
        return (parse(record_type, entry.raw, limits=limits),)

    return parser
