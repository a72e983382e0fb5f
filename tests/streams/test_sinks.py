"""A flush that finds no room loses nothing: half files are gone, and the same flush may be tried again."""

import json
import resource
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from streams.archive import Archive, ArchiveSink
from streams.errors import NoRoom, SinkError
from streams.records import Turn
from streams.sinks import JsonlSink, ParquetSink
from streams.sources import FolderSource

START = datetime(2026, 1, 1, tzinfo=UTC)
TURNS = [
    Turn(
        turn_id=f"t{number}",
        customer_id=f"c{number % 20}",
        time=START + timedelta(minutes=number),
        utterance=f"say {number * 7919}",
    )
    for number in range(2000)
]


@contextmanager
def room_for(longest):
    """No file may become longer than so many bytes: the kernel refuses what is more, as on a full disk."""
    former, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (longest, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (former, hard))


def archived(folder):
    turns = Archive(folder).turns(duckdb.connect()).select("turn_id").fetchall()
    return sorted(name for (name,) in turns)


def in_files(folder):
    source = FolderSource(folder)
    entries = []
    while not source.exhausted:
        entries += source.poll(1000, 0)
    return sorted(json.loads(entry.raw)["turn_id"] for entry in entries)


@pytest.mark.parametrize("longest", [0, 10, 1000, 4000])
@pytest.mark.parametrize(
    ("sink_over", "found"), [(ArchiveSink, archived), (JsonlSink, in_files), (ParquetSink, in_files)]
)
def test_what_found_no_room_is_there_after_the_next_flush(tmp_path, sink_over, found, longest):
    sink = sink_over(tmp_path / "out")
    sink.write(TURNS)
    for _ in range(2):
        with room_for(longest), pytest.raises(NoRoom, match="make room"):
            sink.flush()
        assert not [path for path in tmp_path.rglob("*") if path.name.endswith(".tmp")]
    more = TURNS[0].model_copy(update={"turn_id": "later"})
    sink.write([more])
    sink.flush()
    sink.flush()
    assert found(tmp_path / "out") == sorted(turn.turn_id for turn in [*TURNS, more])


def test_parts_that_found_room_and_parts_that_did_not_are_each_read_once(tmp_path):
    sink = ArchiveSink(tmp_path)
    # One customer has much to say, and its part alone is too long.
    long = [turn.model_copy(update={"customer_id": "x", "turn_id": f"x{turn.turn_id}"}) for turn in TURNS]
    sink.write([*TURNS, *long])
    with room_for(20_000), pytest.raises(NoRoom):
        sink.flush()
    before = len(list(tmp_path.rglob("part-*.parquet")))
    assert before
    sink.flush()
    assert len(list(tmp_path.rglob("part-*.parquet"))) > before
    assert archived(tmp_path) == sorted(turn.turn_id for turn in [*TURNS, *long])


def test_portions_that_are_filed_before_the_flush_are_all_there_and_the_first_copy_counts(
    tmp_path, monkeypatch
):
    monkeypatch.setattr("streams.archive.sink._PORTION_ROWS", 50)
    monkeypatch.setattr("streams.archive.sink._ROWS_IN_HAND", 7)
    sink = ArchiveSink(tmp_path)
    for start in range(0, 400, 25):
        sink.write(TURNS[start : start + 25])
    sink.write([turn.model_copy(update={"utterance": "later"}) for turn in TURNS[:400]])
    assert list(tmp_path.rglob("part-*.parquet")), "nothing was filed before the flush"
    sink.flush()
    sink.close()
    assert archived(tmp_path) == sorted(turn.turn_id for turn in TURNS[:400])
    said = Archive(tmp_path).turns(duckdb.connect()).select("utterance").distinct().fetchall()
    assert ("later",) not in said
    names = [path.name for path in tmp_path.rglob("part-*.parquet")]
    assert len(set(names)) == len(names)


def test_a_portion_that_found_no_room_before_the_flush_is_told_by_it_and_kept(tmp_path, monkeypatch):
    monkeypatch.setattr("streams.archive.sink._PORTION_ROWS", 50)
    monkeypatch.setattr("streams.archive.sink._ROWS_IN_HAND", 7)
    sink = ArchiveSink(tmp_path)
    sink.write(TURNS[:10])
    sink.flush()  # the archive's card has its place
    with room_for(100):
        sink.write(TURNS[10:300])
        with pytest.raises(NoRoom):
            sink.flush()
    sink.write(TURNS[300:400])
    sink.flush()
    assert archived(tmp_path) == sorted(turn.turn_id for turn in TURNS[:400])


def test_offsets_without_room_stay_what_they_were_and_can_be_kept_later(tmp_path):
    for name in ("a.jsonl", "b.jsonl"):
        (tmp_path / name).write_text("1\n2\n")
    state = tmp_path / "state" / "offsets.json"
    source = FolderSource(tmp_path, state=state)
    source.poll(2, 0)
    source.commit()
    source.poll(2, 0)
    with room_for(3), pytest.raises(NoRoom, match=r"offsets\.json"):
        source.commit()
    assert json.loads(state.read_text()) == {"a.jsonl": 4}
    source.commit()
    assert json.loads(state.read_text()) == {"a.jsonl": 4, "b.jsonl": 4}


def test_what_is_no_want_of_room_is_another_error(tmp_path):
    Path(tmp_path / "out").write_text("a file where a folder is wanted")
    for sink_over in (ArchiveSink, JsonlSink, ParquetSink):
        sink = sink_over(tmp_path / "out" / "in")
        sink.write(TURNS[:1])
        with pytest.raises(SinkError) as refused:
            sink.flush()
        assert not isinstance(refused.value, NoRoom)
