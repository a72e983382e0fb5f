"""The archive: every record once, whatever was written how often, and whole after crashes."""

import json
from datetime import UTC, date, datetime, timedelta
from itertools import count

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.archive import Archive
from streams.archive.layout import bucket_of
from streams.errors import SinkError, SourceError
from streams.records import (
    AppliedRewrite,
    AsrHypothesis,
    DialogueContext,
    Interpretation,
    Label,
    Response,
    Signal,
    Slot,
    Turn,
)

START = datetime(2026, 1, 1, 23, 0, tzinfo=UTC)


def turn(number, *, customer="c", tenant="default", **fields):
    return Turn(
        turn_id=f"t{number}",
        tenant_id=tenant,
        customer_id=customer,
        time=START + timedelta(minutes=number),
        utterance=f"say {number}",
        **fields,
    )


def signal(number, **fields):
    return Signal(
        signal_id=f"s{number}", turn_id="t1", customer_id="c", time=START, kind="rating", value=1.0, **fields
    )


def fill(archive, *flushes):
    sink = archive.sink()
    for records in flushes:
        sink.write(records)
        sink.flush()
    sink.close()


@pytest.fixture
def archive(tmp_path):
    return Archive(tmp_path / "archive")


def ids(relation, column="turn_id"):
    return sorted(name for (name,) in relation.select(column).fetchall())


def test_a_row_has_flat_columns_and_the_whole_record(archive):
    rich = turn(
        1,
        home_id="h",
        device_id="d",
        session_id="s",
        locale="en-GB",
        utc_offset_minutes=60,
        context=DialogueContext(asked="food", prompt="What food?"),
        asr=(AsrHypothesis(text="say 1", score=-0.5), AsrHypothesis(text="stay 1")),
        nlu=(Interpretation(domain="d", intent="i", slots=(Slot(name="n", value="v"),), confidence=0.5),),
        response=Response(text="ok", status="no_result", action="play", asked="area", ended=START),
        rewrite=AppliedRewrite(request_id="r", original_utterance="sy 1"),
        mood={"new": [1]},
    )
    fill(archive, [rich])
    relation = archive.turns(duckdb.connect())
    (row,) = (dict(zip(relation.columns, values, strict=True)) for values in relation.fetchall())
    assert row["time"] == datetime(2026, 1, 1, 23, 1)
    assert row["asr"] == [{"text": "say 1", "score": -0.5}, {"text": "stay 1", "score": None}]
    assert row["nlu"] == [
        {"domain": "d", "intent": "i", "slots": [{"name": "n", "value": "v"}], "confidence": 0.5}
    ]
    assert (row["asked"], row["prompt"]) == ("food", "What food?")
    assert (row["response_status"], row["response_action"], row["response_asked"]) == (
        "no_result",
        "play",
        "area",
    )
    assert row["response_ended"] == datetime(2026, 1, 1, 23, 0)
    assert (row["rewrite_request_id"], row["original_utterance"]) == ("r", "sy 1")
    assert json.loads(row["record"])["mood"] == {"new": [1]}
    assert Turn.model_validate_json(row["record"]) == rich


def test_it_is_filed_by_utc_day_and_bucket_of_the_customer(archive):
    fill(archive, [turn(1, customer="ann"), turn(120, customer="ann")], [signal(1)])
    bucket = bucket_of("default", "ann", 16)
    assert {path.parent.relative_to(archive.root).as_posix() for path in archive.root.rglob("*.parquet")} == {
        f"turns/date=2026-01-01/bucket={bucket:02d}",
        f"turns/date=2026-01-02/bucket={bucket:02d}",
        f"signals/date=2026-01-01/bucket={bucket_of('default', 'c', 16):02d}",
    }
    assert archive.days() == [date(2026, 1, 1), date(2026, 1, 2)]
    assert archive.bucket_of("default", "ann") == bucket


def test_a_bucket_is_the_same_in_every_process():
    assert [bucket_of("default", name, 16) for name in ("ann", "bob", "Zoë")] == [4, 15, 5]
    assert bucket_of("ab", "c", 1000) != bucket_of("a", "bc", 1000)


def test_replays_change_nothing(archive):
    turns = [turn(i, customer=f"c{i % 5}") for i in range(50)]
    fill(archive, turns, [signal(1)], turns[:30], [signal(1), signal(2)], turns)
    assert ids(archive.turns(duckdb.connect())) == sorted(one.turn_id for one in turns)
    assert ids(archive.signals(duckdb.connect()), "signal_id") == ["s1", "s2"]


def test_the_same_id_of_two_tenants_is_two_turns(archive):
    fill(archive, [turn(1), turn(1, tenant="other")])
    assert ids(archive.turns(duckdb.connect())) == ["t1", "t1"]
    assert ids(archive.turns(duckdb.connect(), tenant="other")) == ["t1"]
    assert ids(archive.turns(duckdb.connect(), tenant="o'ther")) == []


def test_the_first_copy_counts(archive):
    fill(archive, [turn(1)], [turn(1).model_copy(update={"utterance": "later"})])
    for _ in range(2):
        assert archive.turns(duckdb.connect()).select("utterance").fetchall() == [("say 1",)]
        archive.compact()


def test_ranges_are_half_open_and_span_days(archive):
    fill(archive, [turn(i) for i in range(0, 121, 10)])
    connection = duckdb.connect()
    since, until = START + timedelta(minutes=50), START + timedelta(minutes=70)
    assert ids(archive.turns(connection, since, until)) == ["t50", "t60"]
    assert len(ids(archive.turns(connection, since=since))) == 8
    assert len(ids(archive.turns(connection, until=until))) == 7
    assert ids(archive.turns(connection, until=START)) == []
    with pytest.raises(SourceError, match="zone"):
        archive.turns(connection, since=datetime(2026, 1, 1))


def test_buckets_part_the_customers(archive):
    fill(archive, [turn(i, customer=f"c{i}") for i in range(60)])
    connection = duckdb.connect()
    parts = [ids(archive.turns(connection, bucket=bucket)) for bucket in range(archive.buckets)]
    assert sorted(name for part in parts for name in part) == ids(archive.turns(connection))
    assert sum(bool(part) for part in parts) > 8


def test_compaction_leaves_one_file_per_partition_and_the_same_records(archive):
    turns = [turn(i, customer=f"c{i % 5}") for i in range(50)]
    fill(archive, turns[:20], turns[10:], turns)
    before = archive.turns(duckdb.connect()).order("turn_id").fetchall()
    done = archive.compact()
    assert done.copies_dropped == 60
    assert done.records == 50
    assert archive.turns(duckdb.connect()).order("turn_id").fetchall() == before
    assert all(len(list(folder.glob("*"))) == 1 for folder in archive.root.glob("turns/*/*"))
    assert archive.compact().partitions == 0
    fill(archive, turns)
    assert archive.compact(before=date(2026, 1, 1)).partitions == 0
    assert archive.compact().copies_dropped == 50


def test_a_compaction_that_was_killed_before_it_removed_old_files_does_no_harm(archive, monkeypatch):
    turns = [turn(i) for i in range(20)]
    fill(archive, turns[:10], turns)
    with monkeypatch.context() as patch:
        patch.setattr("pathlib.Path.unlink", _refuse)
        with pytest.raises(SinkError, match="nothing is lost"):
            archive.compact()
    assert ids(archive.turns(duckdb.connect())) == sorted(one.turn_id for one in turns)
    archive.compact()
    assert len(list(archive.root.rglob("*.parquet"))) == 1
    assert ids(archive.turns(duckdb.connect())) == sorted(one.turn_id for one in turns)


def _refuse(*arguments, **options):
    raise OSError("killed")


def test_a_flush_that_fails_half_way_may_be_done_again(archive, monkeypatch):
    turns = [turn(i, customer=f"c{i}") for i in range(40)]
    number = count(1)
    import pyarrow.parquet as pq

    write = pq.write_table

    def full_from_the_third_on(*arguments, **options):
        if next(number) >= 3:
            raise OSError("no space left on device")
        write(*arguments, **options)

    sink = archive.sink()
    sink.write(turns)
    with monkeypatch.context() as patch:
        patch.setattr(pq, "write_table", full_from_the_third_on)
        with pytest.raises(SinkError, match="no space left"):
            sink.flush()
    assert len(list(archive.root.rglob("part-*.parquet"))) == 2
    assert not list(archive.root.rglob("*.tmp"))
    sink.close()
    fill(archive, turns)
    assert ids(archive.turns(duckdb.connect())) == sorted(one.turn_id for one in turns)


def test_what_was_not_flushed_is_not_there(archive):
    fill(archive, [turn(0)])
    sink = archive.sink()
    sink.write([turn(i) for i in range(1, 5000)])
    assert ids(archive.turns(duckdb.connect())) == ["t0"]
    sink.close()
    sink.flush()
    assert ids(archive.turns(duckdb.connect())) == ["t0"]


def test_half_written_files_are_not_read(archive):
    fill(archive, [turn(1)])
    (part,) = archive.root.rglob("*.parquet")
    (part.parent / f".{part.name}.0-0.tmp").write_bytes(b"PAR1 half")
    assert ids(archive.turns(duckdb.connect())) == ["t1"]


def test_no_archive_and_an_empty_one(tmp_path):
    with pytest.raises(SourceError, match="ingest"):
        Archive(tmp_path / "none").turns(duckdb.connect())
    (tmp_path / "empty").mkdir()
    empty = Archive(tmp_path / "empty")
    assert empty.turns(duckdb.connect()).fetchall() == []
    assert empty.signals(duckdb.connect()).columns[:2] == ["tenant_id", "signal_id"]
    assert empty.days() == []


def test_the_number_of_buckets_is_fixed_with_the_first_record(tmp_path):
    archive = Archive(tmp_path / "a", buckets=4)
    fill(archive, [turn(1)])
    assert Archive(tmp_path / "a").buckets == 4
    assert Archive(tmp_path / "a", buckets=4).buckets == 4
    with pytest.raises(SourceError, match="4 buckets, not 8"):
        Archive(tmp_path / "a", buckets=8)
    (tmp_path / "a" / "archive.json").write_text("{")
    with pytest.raises(SourceError, match=r"archive\.json"):
        Archive(tmp_path / "a")


def test_only_turns_and_signals_are_kept(archive):
    label = Label(label_id="l", turn_id="t", time=START, origin="person")
    with pytest.raises(SinkError, match="Label"):
        archive.sink().write([label])


def test_text_of_any_kind_comes_back(archive):
    odd = ["", "\x00", "'; DROP TABLE turns; --", "Zoë 🎵", "\u2028", "a" * 10_000]
    fill(archive, [turn(i).model_copy(update={"utterance": text}) for i, text in enumerate(odd)])
    assert {text for (text,) in archive.turns(duckdb.connect()).select("utterance").fetchall()} == set(odd)


deliveries = st.lists(
    st.lists(st.tuples(st.integers(0, 30), st.sampled_from(["default", "other"])), max_size=12), max_size=6
)


@settings(max_examples=25)
@given(deliveries, st.integers(0, 6))
def test_however_records_are_delivered_each_is_there_once(tmp_path_factory, flushes, compact_after):
    archive = Archive(tmp_path_factory.mktemp("archive"), buckets=2)
    sink = archive.sink()
    for place, delivered in enumerate(flushes):
        sink.write([turn(number * 7, tenant=tenant) for number, tenant in delivered])
        sink.flush()
        if place == compact_after:
            archive.compact()
    expected = sorted({(tenant, f"t{number * 7}") for delivered in flushes for number, tenant in delivered})
    assert sorted(archive.turns(duckdb.connect()).select("tenant_id, turn_id").fetchall()) == expected
