"""Processes beside a worker's own: nothing is lost, nothing stands in the archive twice, whoever dies."""

import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from multiprocessing import active_children
from pathlib import Path

import duckdb
import pytest

from streams import worker
from streams.archive import Archive
from streams.errors import NoRoom, SinkError
from streams.hot import Beside, FastLane
from streams.parsing import LIMITS
from streams.records import Signal, Turn
from streams.sinks import ListSink
from streams.sinks.together import TogetherSink
from streams.sources import Entry, FolderSource, ListSource
from streams.worker import Worker
from tests.streams.test_hot import PLAIN, as_json


@dataclass(frozen=True)
class Filer:
    root: Path

    def __call__(self):
        return FastLane([Turn, Signal], LIMITS), Archive(self.root).sink()


class Full:
    """A sink on a disk that is full until the file `room` is there."""

    def __init__(self, root):
        self._sink, self._room = Archive(root).sink(), root / "room"

    def write_columns(self, record_type, columns):
        self._sink.write_columns(record_type, columns)

    def flush(self):
        if not self._room.exists():
            raise NoRoom("the disk is full")
        self._sink.flush()

    def close(self):
        self._sink.close()


@dataclass(frozen=True)
class FullFiler(Filer):
    def __call__(self):
        return FastLane([Turn], LIMITS), Full(self.root)


def turns(count, start=0):
    return [as_json(PLAIN | {"turn_id": f"t{number}"}) for number in range(start, start + count)]


def entries(raws):
    return [Entry(raw, Turn.topic, "0", offset) for offset, raw in enumerate(raws)]


def turn_ids(root):
    with duckdb.connect() as connection:
        return Counter(name for (name,) in Archive(root).turns(connection).select("turn_id").fetchall())


def begun(filer, count=1):
    """Processes that take what they are offered."""
    beside = Beside(filer, count)
    beside.start()
    while not beside.offer(entries(turns(1))):
        time.sleep(0.01)
    return beside


def offer_for_ever(beside):
    while True:
        beside.offer(entries(turns(1)))


def flush(beside):
    beside.begin_flush()
    beside.finish_flush()


def test_nothing_is_taken_before_they_begin_and_no_process_takes_nothing(tmp_path):
    beside = Beside(Filer(tmp_path), 1)
    assert not beside.offer(entries(turns(1)))
    none = Beside(Filer(tmp_path), 0)
    none.start()
    assert not none.offer(entries(turns(1)))
    flush(none)
    assert none.done(everything=True) == (0, [])


def test_what_is_handed_over_is_filed_and_what_the_lane_leaves_comes_back(tmp_path):
    beside = begun(Filer(tmp_path))
    given = entries([*turns(10, 1), b"no", as_json(PLAIN | {"new": 1})])
    try:
        assert beside.offer(given)
        assert beside.done(everything=True) == (11, given[10:])
        assert beside.done(everything=True) == (0, [])
        flush(beside)
        assert turn_ids(tmp_path) == Counter(f"t{number}" for number in range(11))
    finally:
        beside.close()


def test_what_was_not_flushed_is_dropped(tmp_path):
    beside = begun(Filer(tmp_path))
    beside.done(everything=True)
    beside.close()
    assert not list(tmp_path.rglob("*.parquet"))


def test_a_full_disk_is_told_and_the_flush_may_be_tried_again(tmp_path):
    beside = begun(FullFiler(tmp_path))
    try:
        for _ in range(2):
            with pytest.raises(NoRoom):
                flush(beside)
        (tmp_path / "room").touch()
        flush(beside)
        assert turn_ids(tmp_path) == {"t0": 1}
    finally:
        beside.close()


def test_the_death_of_a_process_is_an_error(tmp_path):
    beside = begun(Filer(tmp_path))
    beside.done(everything=True)
    (child,) = active_children()
    child.kill()
    with pytest.raises(SinkError, match="died"):
        offer_for_ever(beside)
    beside.close()


def test_a_worker_and_two_processes_make_one_archive(tmp_path, monkeypatch):
    """Good ones, bad ones and slow ones, from the first entry to the last, with commits between."""
    monkeypatch.setattr(worker, "_MANY", 1000)
    monkeypatch.setattr(worker, "_ENTRIES_AT_ONCE", 100)
    raws = turns(30_000)
    raws[::500] = [b"no"] * 60
    raws[1::500] = [as_json(PLAIN | {"turn_id": f"s{number}", "new": 1}) for number in range(60)]
    source, letters = ListSource(raws), ListSink()
    beside = begun(Filer(tmp_path), 2)
    assert beside.done(everything=True) == (1, [])
    sink = TogetherSink(Archive(tmp_path).sink(), beside)
    offered, taken = beside.offer, []
    monkeypatch.setattr(beside, "offer", lambda some: taken.append(offered(some)) or taken[-1])
    counts = Worker(source, [Turn], sink, letters, commit_entries=8000, beside=beside).run()
    sink.close()
    assert (counts.read, counts.kept, counts.refused) == (30_000, 29_940, {"malformed": 60})
    assert len(letters.records) == 60
    assert source.committed == 30_000
    assert any(taken)
    found = turn_ids(tmp_path)
    assert len(found) == 29_941  # with the one that was offered until they had begun
    assert set(found.values()) == {1}


_SCRIPT = """
import sys
from pathlib import Path
from streams import worker
from streams.archive import Archive
from streams.hot import Beside
from streams.records import Signal, Turn
from streams.sinks import JsonlSink
from streams.sinks.together import TogetherSink
from streams.sources import FolderSource
from tests.streams.test_beside import Filer

if __name__ == "__main__":
    log, root = map(Path, sys.argv[1:])
    worker._MANY = 100
    beside = Beside(Filer(root / "archive"), 1)
    beside.start()
    while not beside._processes[0].ready:
        beside._processes[0].listen(wait=True)
    sink = TogetherSink(Archive(root / "archive").sink(), beside)
    source = FolderSource(log, state=root / "offsets.json")
    letters = JsonlSink(root / "letters")
    print(beside._processes[0]._process.pid, flush=True)
    done = worker.Worker(source, [Turn, Signal], sink, letters, commit_entries=2000, beside=beside).run()
    sink.close()
    print(done.read, flush=True)
"""


def ended(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    stat = Path(f"/proc/{pid}/stat")  # one that nobody has asked for its exit code is still listed
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] == "Z"


@pytest.mark.slow
@pytest.mark.parametrize("victim", ["worker", "process"])
@pytest.mark.parametrize("after", [0.0, 0.05, 0.15, 0.3])
def test_killed_at_any_time_and_begun_again_everything_is_there_once(tmp_path, victim, after):
    (tmp_path / "log").mkdir()
    (tmp_path / "log" / "dialogue.turns.jsonl").write_bytes(b"\n".join(turns(20_000)) + b"\n")
    (tmp_path / "run.py").write_text(_SCRIPT)
    command = [sys.executable, str(tmp_path / "run.py"), str(tmp_path / "log"), str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    said = []
    for kill in (True, False):
        running = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
        )
        beside = int(running.stdout.readline())
        if kill:
            time.sleep(after)
            os.kill(running.pid if victim == "worker" else beside, signal.SIGKILL)
        said.append(running.stdout.read())
        running.wait()
        # Nobody is left behind: without its worker a process ends.
        until = time.monotonic() + 20
        while not ended(beside) and time.monotonic() < until:
            time.sleep(0.01)
        assert ended(beside)
    assert re.fullmatch(r"\d+\n", said[1])
    found = turn_ids(tmp_path / "archive")
    assert len(found) == 20_000
    assert set(found.values()) == {1}
    assert not FolderSource(tmp_path / "log", state=tmp_path / "offsets.json").poll(1)
