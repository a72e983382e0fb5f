"""The worker: flush, then commit; what is bad goes to the dead letters and nothing stops."""

import threading
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.dead_letters import KEPT_BYTES, dead_letter, original_of, remove_old
from streams.errors import MalformedRecord, OversizedRecord, SinkError, SourceError
from streams.parsing import ParseLimits
from streams.records import DeadLetter, Signal, Turn
from streams.sinks import JsonlSink, ListSink
from streams.sources import Entry, FolderSource, ListSource
from streams.worker import Worker

NOW = datetime.now(UTC).replace(microsecond=0)


def turn(name, **changes):
    return Turn(
        turn_id=name, customer_id="c", time=NOW - timedelta(hours=1), utterance="play halo"
    ).model_copy(update=changes)


def raw(name, **changes):
    return turn(name, **changes).model_dump_json().encode()


#: One of every kind of bad record, with the reason that it is refused for.
BAD = {
    b"{not json": "malformed",
    b"\xff\xfe\x00": "malformed",
    b"[]": "malformed",
    raw("x").replace(b'"play halo"', b"NaN"): "malformed",
    raw("x").replace(b'"play halo"', b'"\\udc00"'): "malformed",
    raw("x").replace(b'"play halo"', b"17"): "malformed",
    raw("x").replace(b'"utterance"', b'"uterance"'): "malformed",
    raw("x", traces={"deep": "DEEP"}).replace(b'"DEEP"', b"[" * 5000 + b"]" * 5000): "malformed",
    raw("x", schema_version="7.0"): "unknown_schema_version",
    raw("x", time=datetime(1999, 1, 1, tzinfo=UTC)): "absurd_time",
    raw("x", time=NOW + timedelta(days=2)): "absurd_time",
    raw("x", utterance="a" * 1_000_000): "oversized",
    raw("x", utterance="é" * 10_001): "oversized",
    raw("x", locale="a" * 1_000_000): "oversized",
}


class Log:
    """Notes what happens, in order."""

    def __init__(self):
        self.happened = []


class NotingSink(ListSink):
    def __init__(self, log, name, *, fails=False):
        super().__init__()
        self._log, self._name, self._fails = log, name, fails

    def flush(self):
        self._log.happened.append(f"flush {self._name}")
        if self._fails:
            raise SinkError("the disk is full")
        super().flush()


class NotingSource(ListSource):
    def __init__(self, log, items):
        super().__init__(items)
        self._log = log

    def commit(self):
        self._log.happened.append("commit")
        super().commit()


def test_sinks_are_flushed_and_then_the_offset_is_committed():
    log = Log()
    source = NotingSource(log, [turn(str(i)) for i in range(5)])
    sink = NotingSink(log, "sink")
    counts = Worker(source, [Turn], sink, NotingSink(log, "letters"), commit_entries=2).run()
    assert log.happened == ["flush sink", "flush letters", "commit"] * 3
    assert (counts.read, counts.kept, counts.commits, source.committed) == (5, 5, 3, 5)
    assert [one.turn_id for one in sink.records] == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize("failing", ["sink", "letters"])
def test_a_failed_flush_commits_nothing_and_ends_the_run(failing):
    log = Log()
    source = NotingSource(log, [turn("a"), b"junk"])
    worker = Worker(
        source,
        [Turn],
        NotingSink(log, "sink", fails=failing == "sink"),
        NotingSink(log, "letters", fails=failing == "letters"),
    )
    with pytest.raises(SinkError):
        worker.run()
    assert "commit" not in log.happened
    assert source.committed == 0


def test_every_kind_of_bad_record_among_good_ones(tmp_path):
    lines = []
    for i, bad in enumerate(BAD):
        lines += [raw(f"good-{i}"), bad]
    (tmp_path / "log").mkdir()
    (tmp_path / "log" / "a.jsonl").write_bytes(b"\n".join(lines))
    begins = {line: sum(len(before) + 1 for before in lines[:place]) for place, line in enumerate(lines)}

    sink, letters = ListSink(), JsonlSink(tmp_path / "dead")
    counts = Worker(FolderSource(tmp_path / "log"), [Turn, Signal], sink, letters).run()

    assert [one.turn_id for one in sink.records] == [f"good-{i}" for i in range(len(BAD))]
    assert counts.refused == Counter(BAD.values())
    dead = ListSink()
    Worker(
        FolderSource(tmp_path / "dead", topics=[DeadLetter.topic]),
        [DeadLetter],
        dead,
        ListSink(),
        limits=ParseLimits(record_bytes=16_000_000),
    ).run()
    assert [original_of(letter) for letter in dead.records] == list(BAD)
    for letter, (bad, reason) in zip(dead.records, BAD.items(), strict=True):
        assert (letter.reason, letter.offset) == (reason, begins[bad])
        assert (letter.source, letter.partition) == ("dialogue.turns", "a.jsonl")


def test_an_endless_record_is_kept_in_part_and_its_letter_says_so():
    letter = dead_letter(Entry(b"x" * (KEPT_BYTES + 5), "t", "0", 0), OversizedRecord("too long"))
    assert original_of(letter) == b"x" * KEPT_BYTES
    assert str(KEPT_BYTES + 5) in letter.detail


def test_old_dead_letters_are_removed(tmp_path):
    letters = JsonlSink(tmp_path)
    Worker(ListSource([b"junk"]), [Turn], ListSink(), letters).run()
    assert remove_old(tmp_path, timedelta(days=14)) == 0
    assert remove_old(tmp_path, timedelta(days=14), now=datetime.now(UTC) + timedelta(days=15)) == 1
    assert not list(tmp_path.rglob("part-*"))


def test_turns_and_signals_by_topic(tmp_path):
    signal = Signal(signal_id="s", turn_id="a", customer_id="c", time=NOW, kind="rating", value=1.0)
    sink = ListSink()
    Worker(ListSource([turn("a"), signal]), [Turn, Signal], sink, ListSink()).run()
    assert [type(record) for record in sink.records] == [Turn, Signal]


def test_a_topic_that_was_not_asked_for_is_an_error_and_commits_nothing():
    source = ListSource([turn("a")], topic="elsewhere")
    with pytest.raises(SourceError, match=r"dialogue\.turns"):
        Worker(ListSource([b"{}"], topic="elsewhere"), [Turn, Signal], ListSink(), ListSink()).run()
    assert source.committed == 0


def test_a_source_that_breaks_keeps_what_came_before(tmp_path):
    (tmp_path / "a.jsonl").write_bytes(raw("a") + b"\n")
    (tmp_path / "b.jsonl.gz").write_bytes(b"broken")
    sink = ListSink()
    state = tmp_path / "state.json"
    with pytest.raises(SourceError, match=r"b\.jsonl"):
        Worker(FolderSource(tmp_path, state=state), [Turn], sink, ListSink()).run()
    assert [one.turn_id for one in sink.records] == ["a"]
    assert FolderSource(tmp_path / "a.jsonl").poll(9, 0)
    assert "a.jsonl" in state.read_text()


def test_a_stop_ends_a_tailing_worker_with_everything_committed(tmp_path):
    (tmp_path / "a.jsonl").write_bytes(raw("a") + b"\n")
    stop, sink = threading.Event(), ListSink()
    worker = Worker(
        FolderSource(tmp_path, tail=True, state=tmp_path / "s.json"),
        [Turn],
        sink,
        ListSink(),
        on_progress=lambda counts: stop.set(),
    )
    assert worker.run(until=stop).kept == 1
    assert [one.turn_id for one in sink.records] == ["a"]
    assert FolderSource(tmp_path, tail=True, state=tmp_path / "s.json").poll(9, 0) == []


def test_time_alone_brings_a_commit():
    source, sink = ListSource([turn("a"), turn("b")]), ListSink()
    Worker(source, [Turn], sink, ListSink(), commit_entries=1000, commit_seconds=0.0).run()
    assert source.committed == 2


def test_a_parser_may_make_several_records_of_an_entry_or_none():
    def parser(entry):
        if entry.raw == b"bad":
            raise MalformedRecord("bad")
        return [turn(name) for name in entry.raw.decode()]

    sink, letters = ListSink(), ListSink()
    counts = Worker(ListSource([b"ab", b"bad", b""]), [Turn], sink, letters, parser=parser).run()
    assert [one.turn_id for one in sink.records] == ["a", "b"]
    assert (counts.read, counts.kept, counts.refused) == (3, 2, {"malformed": 1})


@given(st.binary(max_size=200), st.integers(0, 2**40))
def test_a_dead_letter_keeps_any_bytes(content, offset):
    letter = dead_letter(Entry(content, "t", "0", offset), MalformedRecord("no"), now=NOW)
    assert original_of(DeadLetter.model_validate_json(letter.model_dump_json())) == content
    assert letter.offset == offset


@given(st.lists(st.sampled_from([*BAD, *(raw(f"g{i}") for i in range(9))]), max_size=12), st.integers(1, 5))
def test_every_entry_is_either_kept_or_a_dead_letter(entries, commit_entries):
    source, sink, letters = ListSource(entries), ListSink(), ListSink()
    counts = Worker(source, [Turn], sink, letters, commit_entries=commit_entries).run()
    assert [original_of(letter) for letter in letters.records] == [one for one in entries if one in BAD]
    assert len(sink.records) == counts.kept == sum(one not in BAD for one in entries)
    assert source.committed == counts.read == len(entries)
