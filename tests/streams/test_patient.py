"""A full disk: the worker waits, reads no more, commits nothing, and goes on when there is room."""

import logging
import threading
import time
from datetime import UTC, datetime
from uuid import uuid4

import duckdb
import pytest

from streams.archive import Archive
from streams.disk import Patience
from streams.errors import NoRoom, SinkError
from streams.kafka import create_topics
from streams.records import Turn
from streams.sinks import JsonlSink, KafkaSink, ListSink
from streams.sinks.base import ColumnSink
from streams.sinks.patient import PatientSink, patient
from streams.sources import FolderSource, KafkaSource, ListSource
from streams.sources.patient import PatientSource
from streams.worker import Worker

TURNS = [
    Turn(turn_id=str(i), customer_id="c", time=datetime(2026, 1, 5, tzinfo=UTC), utterance="play halo")
    for i in range(5)
]


class Crowded(ListSink):
    """Has no room for the first flushes."""

    def __init__(self, refusals, error=NoRoom):
        super().__init__()
        self.refusals, self.error = refusals, error

    def flush(self):
        if self.refusals:
            self.refusals -= 1
            raise self.error("full")
        super().flush()


def patience(**options):
    return Patience(pause=0.001, **options)


def test_a_flush_is_tried_until_there_is_room_and_then_committed(caplog):
    source, sink, told = ListSource(TURNS), Crowded(3), []
    with caplog.at_level(logging.WARNING):
        counts = Worker(
            source, [Turn], PatientSink(sink, patience(on_wait=told.append)), ListSink(), commit_entries=2
        ).run()
    assert [turn.turn_id for turn in sink.records] == [turn.turn_id for turn in TURNS]
    assert (counts.commits, source.committed) == (3, 5)
    assert told == ["full", "full", "full", None]
    assert [record.levelname for record in caplog.records] == [
        "WARNING",
        "WARNING",
    ]  # it says so once, not thrice


def test_nothing_is_read_or_committed_while_there_is_no_room():
    source, stop, seen = PatientSource(ListSource(TURNS), patience()), threading.Event(), []

    def look(why):
        seen.append((why, source.uncommitted))
        if len(seen) == 4:
            stop.set()

    sink = PatientSink(Crowded(10**9), patience(until=stop, on_wait=look))
    with pytest.raises(NoRoom):
        Worker(source, [Turn], sink, ListSink(), commit_entries=2).run(stop)
    assert seen == [("full", 2)] * 4


def test_what_was_not_committed_comes_again_after_an_end_in_the_middle_of_waiting(tmp_path):
    (tmp_path / "log").mkdir()
    (tmp_path / "log" / "a.jsonl").write_text("".join(turn.model_dump_json() + "\n" for turn in TURNS))
    stop = threading.Event()
    stop.set()

    def work(sink, until=None):
        source = FolderSource(tmp_path / "log", state=tmp_path / "state.json")
        return Worker(source, [Turn], PatientSink(sink, patience(until=until)), ListSink()).run().read

    with pytest.raises(NoRoom):
        work(Crowded(1), stop)
    assert work(again := Crowded(0)) == 5
    assert len(again.records) == 5


def test_other_faults_are_not_waited_for():
    with pytest.raises(SinkError, match="full"):
        Worker(ListSource(TURNS), [Turn], PatientSink(Crowded(1, SinkError), patience()), ListSink()).run()


def test_a_commit_for_which_there_is_no_room_is_tried_again():
    class Crammed(ListSource):
        refusals = 2

        def commit(self):
            if self.refusals:
                self.refusals -= 1
                raise NoRoom("full")
            super().commit()

    inner = Crammed(TURNS)
    source = PatientSource(inner, patience())
    Worker(source, [Turn], ListSink(), ListSink()).run()
    assert (inner.committed, inner.refusals, source.uncommitted) == (5, 0, 0)


def test_a_sink_of_files_keeps_what_it_had_no_room_for(tmp_path):
    """Real files, no room made for them by a file where a folder should be; then the way is free."""
    blocked = tmp_path / "dead"
    blocked.write_text("in the way")
    sink = JsonlSink(blocked)
    sink.write(TURNS)
    with pytest.raises(SinkError):
        sink.flush()
    blocked.unlink()
    sink.flush()
    (part,) = blocked.rglob("*.jsonl")
    assert len(part.read_text().splitlines()) == 5


def test_a_sink_that_takes_columns_goes_on_taking_them_and_another_does_not(tmp_path):
    archive = Archive(tmp_path)
    assert isinstance(patient(archive.sink(), patience()), ColumnSink) == isinstance(
        archive.sink(), ColumnSink
    )
    assert not isinstance(patient(ListSink(), patience()), ColumnSink)


@pytest.mark.kafka
def test_a_member_that_waits_too_long_loses_its_partitions_and_comes_back(kafka_broker, tmp_path):
    """It waits for room beyond `max_poll_interval_ms`; another reads the same, and the archive has each once."""
    create_topics(kafka_broker.settings, partitions=4)
    hasty = {"max_poll_interval_ms": 2000, "session_timeout_ms": 6000, "heartbeat_interval_ms": 500}
    settings = kafka_broker.settings.model_copy(update={"consumer": hasty})
    name, archive, stop, room = (
        uuid4().hex,
        Archive(tmp_path / "archive"),
        threading.Event(),
        threading.Event(),
    )

    class Crammed:
        """An archive's sink on a disk that is full until there is room."""

        def __init__(self):
            self._sink = archive.sink()

        def write(self, records):
            self._sink.write(records)

        def flush(self):
            if not room.is_set():
                raise NoRoom("full")
            self._sink.flush()

    def send(count, prefix):
        sink = KafkaSink(kafka_broker.settings)
        names = [{"turn_id": f"{name}-{prefix}-{i}", "customer_id": f"c{i}"} for i in range(count)]
        sink.write([TURNS[0].model_copy(update=ids) for ids in names])
        sink.flush()
        sink.close()

    def found():
        if not archive.root.is_dir():
            return []
        ids = archive.turns(duckdb.connect()).select("turn_id").fetchall()
        return [one for (one,) in ids if one.startswith(name)]

    def work(sink, until):
        source = KafkaSource([Turn.topic], name, settings)
        try:
            Worker(source, [Turn], sink, ListSink(), commit_entries=50, commit_seconds=0.5).run(until)
        finally:
            source.close()

    send(200, "before")
    first = threading.Thread(target=work, args=(PatientSink(Crammed(), Patience(pause=0.1)), stop))
    first.start()
    time.sleep(3)
    stop_second = threading.Event()
    second = threading.Thread(target=work, args=(archive.sink(), stop_second))
    second.start()
    wait_until(lambda: len(found()) == 200)  # the second was given what the first could not keep
    room.set()
    stop_second.set()
    second.join()
    send(100, "after")
    wait_until(lambda: len(found()) == 300)  # … and the first is back in the group
    stop.set()
    first.join()
    assert len(set(found())) == 300


def wait_until(true, seconds=60.0):
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.1)
