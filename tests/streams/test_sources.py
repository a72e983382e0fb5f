"""Sources over folders: order, offsets, growing files, broken files."""

import gzip
import json
import threading
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from streams.errors import SourceError
from streams.parsing import parse
from streams.records import Signal, Turn
from streams.sinks import JsonlSink, ParquetSink
from streams.sources import FolderSource, ListSource


def all_of(source, at_once=3):
    entries = []
    while not source.exhausted:
        entries += source.poll(at_once, 0)
    return entries


def raws(source):
    return [entry.raw for entry in all_of(source)]


def test_files_in_order_with_the_byte_at_which_each_line_begins(tmp_path):
    (tmp_path / "b.jsonl").write_bytes(b"3\r\n\n  \n44\n5")
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(b"1\n2\n"))
    (tmp_path / "notes.txt").write_bytes(b"not a log")
    (tmp_path / ".hidden.jsonl").write_bytes(b"9\n")
    found = [(entry.partition, entry.offset, entry.raw) for entry in all_of(FolderSource(tmp_path))]
    assert found == [
        ("a.jsonl.gz", 0, b"1"),
        ("a.jsonl.gz", 2, b"2"),
        ("b.jsonl", 0, b"3"),
        ("b.jsonl", 7, b"44"),
        ("b.jsonl", 10, b"5"),
    ]


def test_the_topic_is_told_by_folder_or_file_and_others_are_left_alone(tmp_path):
    for name in (
        "dialogue.signals/x.jsonl",
        "dialogue.turns.jsonl",
        "selflearn.labels/x.jsonl",
        "day1/y.jsonl",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"{name}\n")
    found = {entry.partition: entry.source for entry in all_of(FolderSource(tmp_path))}
    assert found == {
        "day1/y.jsonl": "dialogue.turns",
        "dialogue.signals/x.jsonl": "dialogue.signals",
        "dialogue.turns.jsonl": "dialogue.turns",
    }


def test_one_file_whatever_it_is_called(tmp_path):
    (tmp_path / "log.txt").write_text("1\n2\n")
    assert raws(FolderSource(tmp_path / "log.txt")) == [b"1", b"2"]


@pytest.mark.parametrize("committed", range(8))
def test_a_new_source_goes_on_after_what_was_committed(tmp_path, committed):
    (tmp_path / "a.jsonl").write_bytes(b"0\n1\n2\n")
    (tmp_path / "b.jsonl.gz").write_bytes(gzip.compress(b"3\n4\n"))
    pq.write_table(pa.table({"record": ["5", "6", "7"]}), tmp_path / "c.parquet", row_group_size=2)
    state = tmp_path / "state" / "offsets.json"
    first = FolderSource(tmp_path, state=state)
    for _ in range(committed):
        first.poll(1, 0)
    first.commit()
    first.poll(3, 0)  # read, never committed
    assert raws(FolderSource(tmp_path, state=state)) == [str(i).encode() for i in range(committed, 8)]


def test_without_a_state_a_new_source_begins_anew(tmp_path):
    (tmp_path / "a.jsonl").write_bytes(b"0\n")
    source = FolderSource(tmp_path)
    assert raws(source) == [b"0"]
    source.commit()
    assert raws(FolderSource(tmp_path)) == [b"0"]


def test_a_growing_file_is_followed_line_by_whole_line(tmp_path):
    log = tmp_path / "a.jsonl"
    log.write_bytes(b"1\n2")
    source = FolderSource(tmp_path, tail=True)
    assert [entry.raw for entry in source.poll(9, 0)] == [b"1"]
    assert source.poll(9, 0) == []
    with log.open("ab") as file:
        file.write(b"2\n3\n")
    assert [(entry.raw, entry.offset) for entry in source.poll(9, 0)] == [(b"22", 2), (b"3", 5)]
    (tmp_path / "b.jsonl").write_bytes(b"4\n")
    assert [entry.raw for entry in source.poll(9, 0)] == [b"4"]
    assert not source.exhausted


def test_polling_waits_for_what_comes(tmp_path):
    source = FolderSource(tmp_path, tail=True)
    timer = threading.Timer(0.3, lambda: (tmp_path / "late.jsonl").write_bytes(b"1\n"))
    timer.start()
    assert [entry.raw for entry in source.poll(9, 30)] == [b"1"]
    timer.join()


def test_a_compressed_file_that_is_still_written_gives_its_whole_lines(tmp_path):
    whole = gzip.compress(b"".join(b"%d-%s\n" % (i, str(hash(str(i))).encode()) for i in range(20_000)))
    (tmp_path / "a.jsonl.gz").write_bytes(whole[:-4000])
    source = FolderSource(tmp_path, tail=True)
    first = source.poll(100_000, 0)
    (tmp_path / "a.jsonl.gz").write_bytes(whole)
    rest = source.poll(100_000, 0)
    assert first
    assert rest
    assert len({entry.raw for entry in first + rest}) == len(first + rest) == 20_000


def test_a_file_that_ends_in_the_middle_gives_what_it_has_and_then_says_so(tmp_path):
    whole = gzip.compress(b"".join(b"%d-%s\n" % (i, str(hash(str(i))).encode()) for i in range(20_000)))
    (tmp_path / "a.jsonl.gz").write_bytes(whole[:-4000])
    source = FolderSource(tmp_path, state=tmp_path / "state.json")
    entries = source.poll(100_000, 0)
    source.commit()
    with pytest.raises(SourceError, match=r"a\.jsonl\.gz"):
        source.poll(100_000, 0)
    (tmp_path / "a.jsonl.gz").write_bytes(whole)
    assert len(entries) + len(all_of(FolderSource(tmp_path, state=tmp_path / "state.json"), 10_000)) == 20_000


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.jsonl.gz", b"not gzip"),
        ("a.parquet", b"PAR1 no"),
        ("a.parquet", b""),
        ("a.jsonl.gz", b"\x1f\x8b\x08\x00" + b"\xff" * 30),
    ],
)
def test_a_file_that_is_not_what_its_name_says(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SourceError, match=r"a\."):
        all_of(FolderSource(tmp_path))


def test_a_file_that_shrank_is_an_error_and_not_silence(tmp_path):
    log = tmp_path / "a.jsonl"
    log.write_bytes(b"1\n2\n3\n")
    source = FolderSource(tmp_path, state=tmp_path / "s.json", tail=True)
    source.poll(9, 0)
    source.commit()
    log.write_bytes(b"1\n")
    for again in (source, FolderSource(tmp_path, state=tmp_path / "s.json")):
        with pytest.raises(SourceError, match="shorter"):
            again.poll(9, 0)


def test_nothing_to_read_is_said(tmp_path):
    with pytest.raises(SourceError, match="nowhere"):
        FolderSource(tmp_path / "nowhere")
    with pytest.raises(SourceError, match="jsonl"):
        FolderSource(tmp_path)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"a.jsonl": "x"}', '{"a.jsonl": -1}'])
def test_offsets_that_cannot_be_read_are_an_error_and_not_a_new_beginning(tmp_path, content):
    (tmp_path / "a.jsonl").write_bytes(b"1\n")
    (tmp_path / "s.json").write_text(content)
    with pytest.raises(SourceError, match=r"s\.json"):
        FolderSource(tmp_path, state=tmp_path / "s.json")


def test_a_line_without_end_takes_bounded_memory(tmp_path, monkeypatch):
    monkeypatch.setattr("streams.sources.lines.LONGEST_LINE", 100)
    (tmp_path / "a.jsonl").write_bytes(b"1\n" + b"x" * 1050 + b"\n2\n")
    found = [(entry.raw, entry.offset) for entry in all_of(FolderSource(tmp_path))]
    assert found == [(b"1", 0), (b"x" * 100, 2), (b"2", 1053)]


TURN = Turn(
    turn_id="t",
    customer_id="c",
    time=datetime(2026, 1, 1, tzinfo=UTC),
    utterance="x",
    versions={"asr": "1"},
    new=1,
)
SIGNAL = Signal(signal_id="s", turn_id="t", customer_id="c", time=TURN.time, kind="rating", value=1.0)


@pytest.mark.parametrize("sink", [JsonlSink, ParquetSink, lambda folder: JsonlSink(folder, compress=True)])
def test_what_a_sink_wrote_a_source_reads(tmp_path, sink):
    sink = sink(tmp_path)
    sink.write([TURN, SIGNAL])
    assert not list(tmp_path.rglob("*.*")), "nothing is there before the flush"
    sink.flush()
    sink.write([TURN])
    sink.close()
    sink.flush()
    types = {Turn.topic: Turn, Signal.topic: Signal}
    read = [parse(types[entry.source], entry.raw) for entry in all_of(FolderSource(tmp_path))]
    assert read == [SIGNAL, TURN]


def test_parquet_with_a_column_per_field(tmp_path):
    row = {
        "turn_id": "t",
        "customer_id": "c",
        "time": datetime(2026, 1, 1),
        "utterance": "x",
        "home_id": None,
        "asr": [{"text": "x", "score": None}],
    }
    other = {**row, "turn_id": "u", "home_id": "h", "asr": None}
    pq.write_table(pa.Table.from_pylist([row, other]), tmp_path / "turns.parquet")
    first, second = (parse(Turn, entry.raw) for entry in all_of(FolderSource(tmp_path)))
    assert (first.turn_id, first.home_id, first.asr[0].text) == ("t", None, "x")
    assert first.time == datetime(2026, 1, 1, tzinfo=UTC)
    assert (second.home_id, second.asr) == ("h", ())


def test_a_list_is_a_source():
    source = ListSource([TURN, b"junk"])
    first, second = source.poll(1), source.poll(9)
    assert json.loads(first[0].raw)["turn_id"] == "t"
    assert (second[0].raw, second[0].offset) == (b"junk", 1)
    assert source.committed == 0
    source.commit()
    assert source.committed == 2
    assert source.exhausted


def test_close_stops_reading(tmp_path):
    (tmp_path / "a.jsonl").write_bytes(b"1\n2\n")
    source = FolderSource(tmp_path, tail=True)
    source.close()
    assert source.exhausted
    assert source.poll(1, 0) == []
