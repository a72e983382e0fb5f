"""The fast lane's law: what it takes, `parse` takes, and the archive's row is the one that the slow way files."""

import json
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from streams.archive import Archive
from streams.archive.columns import KINDS
from streams.errors import RecordError
from streams.hot import FastLane
from streams.parsing import LIMITS, ParseLimits, parse
from streams.privacy import RecordFilter
from streams.records import Decision, Signal, Turn
from streams.sinks import ListSink
from streams.sources import Entry, FolderSource, ListSource
from streams.worker import Worker

NOW = datetime.now(UTC).replace(microsecond=0)

TURN = {
    "schema_version": "1.0",
    "tenant_id": "acme",
    "turn_id": "t1",
    "customer_id": "Zoë",
    "home_id": "h",
    "device_id": "d",
    "session_id": None,
    "request_id": "r",
    "time": "2026-01-01T10:00:00.25Z",
    "utc_offset_minutes": -300,
    "locale": "en-US",
    "utterance": "play halo",
    "device": {"type": "speaker", "screen": False, "place": "kitchen", "state": {"volume": 3, "on": True}},
    "ambient": {"activity": "cooking", "sensors": {"noise": 0.25, "lamp": "on", "door": None}},
    "context": {"asked": "song", "prompt": "Which song?"},
    "wake_score": 0.5,
    "asr": [{"text": "play halo", "score": -0.5}, {"text": "play hello"}],
    "nlu": [
        {"domain": "music", "intent": "play", "slots": [{"name": "song", "value": "halo"}], "confidence": 1},
        {"confidence": 0.25},
    ],
    "entities": [{"slot": "song", "value": "halo", "entity_id": "song:1", "score": 7}],
    "response": {
        "text": "Playing.",
        "status": "ok",
        "action": "play",
        "result": "x",
        "items": ["a", "b"],
        "asked": "more",
        "ended": "2026-01-01T11:00:03.5+01:00",
    },
    "rewrite": {"request_id": "r", "original_utterance": "play hallo"},
    "versions": {"asr": "7"},
    "traces": {
        "asr": "fine",
        "nlu": {"confidence": 0.5, "second": None, "rejected": False, "by": {"é": ["a", 0.5]}},
    },
    "audio": "ref",
}
PLAIN = {"turn_id": "t", "customer_id": "c", "time": "2026-01-01T10:00:00Z", "utterance": ""}
SIGNAL = {
    "signal_id": "s",
    "turn_id": "t",
    "customer_id": "c",
    "time": "2026-01-01T10:00:00Z",
    "kind": "rating",
    "value": 1,
    "text": "é",
}


def entries(raws, record=Turn):
    return [Entry(raw, record.topic, "0", offset) for offset, raw in enumerate(raws)]


def as_json(fields):
    return json.dumps(fields, ensure_ascii=False).encode()


def rows(batches, record):
    return pa.Table.from_batches(batches, KINDS[record].schema).to_pylist()


def slow_rows(raws, record, privacy=None, limits=LIMITS):
    records = [parse(record, raw, now=NOW, limits=limits) for raw in raws]
    if privacy is not None:
        records = [privacy.filtered(one) for one in records]
    kind = KINDS[record]
    return pa.Table.from_pylist([kind.row(one) for one in records], schema=kind.schema).to_pylist()


def assert_law(raws, record=Turn, limits=LIMITS):
    """Whatever the lane takes is what the slow way would have made of it. Gives how much was taken."""
    lane = FastLane([record], limits)
    given = entries(raws, record)
    taken = lane.take(given)
    left = {entry.offset for entry in taken.left}
    assert len(left) == len(taken.left), "an entry was left twice"
    accepted = [raw for offset, raw in enumerate(raws) if offset not in left]
    fast = rows([columns for _, columns in taken.columns], record)
    slow = slow_rows(accepted, record, limits=limits)  # raises where the lane took too much
    assert len(fast) == len(slow) == len(accepted)
    for one, other in zip(fast, slow, strict=True):
        assert record.model_validate_json(one.pop("record")) == record.model_validate_json(
            other.pop("record")
        )
        assert one == other
    return len(accepted)


@pytest.mark.parametrize(("fields", "record"), [(TURN, Turn), (PLAIN, Turn), (SIGNAL, Signal)])
def test_what_we_know_is_taken(fields, record):
    assert assert_law([as_json(fields)] * 3, record) == 3
    assert assert_law([as_json({name: fields[name] for name in reversed(fields)})], record) == 1


def test_many_are_taken_in_their_order():
    raws = [as_json(PLAIN | {"turn_id": f"t{number}"}) for number in range(1100)]
    lane = FastLane([Turn], LIMITS)
    fast = rows([columns for _, columns in lane.take(entries(raws)).columns], Turn)
    assert [row["turn_id"] for row in fast] == [f"t{number}" for number in range(1100)]


@pytest.mark.parametrize(
    "changes",
    [
        {"new_field": 1},
        {"device": {"colour": "red"}},
        {"schema_version": "1.1"},
        {"schema_version": "2.0"},
        {"traces": {"asr": {"deep": {"deeper": {"deepest": 1}}}}},
        {"traces": {"asr": {"deep": 2**70}}},
        {"traces": {"asr": [{}]}},
        {"device": {"state": {"deep": {"deeper": 1}}}},
        {"traces": {"asr": 2**70}},
        {"utterance": "a" * 10_001},
        {"time": "2026-02-30T00:00:00Z"},
        {"time": "2026-01-01 10:00:00Z"},
        {"time": "2026-01-01T10:00:00"},
        {"time": "2026-01-01T10:00:00.1234567Z"},
        {"time": "1999-12-31T23:59:59.999999Z"},
        {"time": (NOW + timedelta(days=2)).isoformat()},
        {"response": {"ended": (NOW + timedelta(days=2)).isoformat()}},
        {"response": {"ended": "soon"}},
        {"turn_id": "x" * 513},
        {"wake_score": 2},
    ],
)
def test_what_is_new_or_doubtful_goes_the_slow_way_and_its_neighbours_do_not(changes):
    doubtful = as_json(PLAIN | changes)
    taken = FastLane([Turn], LIMITS).take(entries([as_json(PLAIN), doubtful, as_json(TURN)]))
    assert doubtful in [entry.raw for entry in taken.left]
    assert assert_law([as_json(PLAIN), doubtful, as_json(TURN)]) <= 2


def test_limits_are_kept():
    early = ParseLimits(earliest=datetime(1990, 1, 1, tzinfo=UTC))
    assert assert_law([as_json(PLAIN | {"time": "1995-01-01T00:00:00Z"})], limits=early) == 1
    assert assert_law([as_json(TURN)], limits=ParseLimits(record_bytes=100)) == 0
    assert assert_law([as_json(TURN)], limits=ParseLimits(utterance_chars=8)) == 0
    assert assert_law([as_json(TURN)], limits=ParseLimits(utterance_chars=9)) == 1


def test_a_key_that_stands_twice_is_filed_once():
    raw = as_json(PLAIN)[:-1] + b', "utterance": "second"}'
    (_, columns), *_ = FastLane([Turn], LIMITS).take(entries([raw])).columns
    assert_law([raw])
    assert columns["utterance"].to_pylist() == ["second"]
    assert columns["record"].to_pylist()[0].count("utterance") == 1


TEXTS = st.text(max_size=12) | st.sampled_from(
    ["", "\x00", "🎵", "play halo", '"', "\\", "\ud7ff", "x" * 512]
)
SCORES = st.none() | st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**70), 2**70)
NAMED = st.dictionaries(
    TEXTS, TEXTS | SCORES | st.booleans() | st.lists(st.integers(), max_size=1), max_size=2
)
MOMENTS = st.one_of(
    st.datetimes(datetime(1998, 1, 1), NOW.replace(tzinfo=None) + timedelta(days=3)).flatmap(
        lambda moment: st.sampled_from(
            ["Z", "z", "+00:00", "-05:30", "+14:00", "+23:59", "+24:00", "+0100", ""]
        ).map(lambda zone: moment.isoformat() + zone)
    ),
    st.from_regex(
        r"\A(20[0-9]{2}|0000|9999)-[0-9]{2}-[0-3][0-9][Tt _][0-2][0-9]:[0-6][0-9](:[0-6][0-9](\.[0-9]{0,9})?)?"
        r"(Z|[+-][0-9]{2}:?[0-9]{2})?\Z"
    ),
)


def part(**fields):
    return st.none() | st.fixed_dictionaries({}, optional=fields)


def items(**fields):
    return st.lists(st.fixed_dictionaries(fields.pop("needed", {}), optional=fields), max_size=3)


SLOTS = items(needed={"name": TEXTS, "value": TEXTS})
TURNS = st.fixed_dictionaries(
    {"turn_id": TEXTS, "customer_id": TEXTS, "time": MOMENTS, "utterance": TEXTS},
    optional={
        "schema_version": st.sampled_from(["1.0", "1.1", "01.0", "١.٠", "2.0", "1"]),
        "tenant_id": TEXTS,
        "home_id": st.none() | TEXTS,
        "session_id": st.none() | TEXTS,
        "utc_offset_minutes": st.none() | st.integers(-970, 970) | st.just(60.0),
        "locale": st.none() | TEXTS,
        "device": part(type=TEXTS, screen=st.booleans() | st.just(1), place=TEXTS, state=NAMED),
        "ambient": part(activity=TEXTS, sensors=NAMED),
        "context": part(asked=TEXTS, prompt=TEXTS),
        "wake_score": SCORES,
        "asr": items(needed={"text": TEXTS}, score=SCORES),
        "nlu": items(domain=TEXTS, intent=TEXTS, slots=SLOTS, confidence=st.floats(-0.25, 1.25)),
        "entities": items(needed={"slot": TEXTS, "value": TEXTS}, entity_id=st.none() | TEXTS, score=SCORES),
        "response": part(
            text=TEXTS,
            status=st.sampled_from(["ok", "error", "fine", None]),
            items=st.lists(TEXTS),
            ended=MOMENTS,
        ),
        "rewrite": part(request_id=TEXTS, original_utterance=TEXTS),
        "versions": st.dictionaries(TEXTS, TEXTS, max_size=2),
        "traces": st.dictionaries(
            TEXTS, st.dictionaries(TEXTS, NAMED, max_size=1) | NAMED | TEXTS, max_size=2
        ),
        "unknown": NAMED,
    },
)
SIGNALS = st.fixed_dictionaries(
    {"signal_id": TEXTS, "turn_id": TEXTS, "customer_id": TEXTS, "time": MOMENTS},
    optional={
        "kind": st.sampled_from(["rating", "helped", "item_chosen", "guess"]),
        "value": SCORES | st.text(),
        "text": st.none() | TEXTS,
    },
)


@settings(max_examples=150, deadline=None)
@given(st.lists(TURNS, min_size=1, max_size=6))
@example([PLAIN | {"asr": [{"text": "x", "score": -0.0}]}])
def test_any_turns_keep_the_law(turns):
    assert_law([json.dumps(turn, ensure_ascii=len(turn) % 2 == 0).encode() for turn in turns])


@settings(max_examples=75, deadline=None)
@given(st.lists(SIGNALS, min_size=1, max_size=6))
def test_any_signals_keep_the_law(signals):
    assert_law([as_json(signal) for signal in signals], Signal)


TOKENS = [
    b"NaN", b"\x00", b'"', b"{", b"[", b"}", b"]", b"\\u", b"\\ud800", b"-", b"1e9", b"1e999", b"null", b",", b":",
    b"\n", b" ", b"\xff", b"\xef\xbb\xbf", b"true", b"0", b"00", b".5", b"\\", b'"utterance":"again",', b'"x":1,',
]  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_mutated_records_keep_the_law(data):
    record, fields = data.draw(st.sampled_from([(Turn, TURN), (Turn, PLAIN), (Signal, SIGNAL)]))
    mutated = bytearray(as_json(fields))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(mutated)))
        match data.draw(st.sampled_from(["replace", "cut", "repeat", "insert"])):
            case "replace":
                mutated[at : at + 1] = bytes([data.draw(st.integers(0, 255))])
            case "cut":
                del mutated[at : at + data.draw(st.integers(1, 9))]
            case "repeat":
                mutated[at:at] = mutated[at : at + data.draw(st.integers(1, 30))]
            case "insert":
                mutated[at:at] = data.draw(st.sampled_from(TOKENS))
    assert_law([as_json(fields), bytes(mutated)], record)


def test_every_byte_of_a_record_taken_out_or_changed_keeps_the_law():
    whole = as_json(TURN)
    less = [whole[:at] + whole[at + 1 :] for at in range(len(whole))]
    other = [whole[:at] + b"9" + whole[at + 1 :] for at in range(len(whole))]
    assert assert_law([*less, *other]) > 300


HOUSEHOLD = Path(__file__).parents[2] / "selflearn" / "quickstart" / "household"


@pytest.mark.parametrize("record", [Turn, Signal])
def test_a_log_of_a_household_is_taken_whole(record):
    source = FolderSource(HOUSEHOLD)
    raws = [entry.raw for entry in source.poll(10**6) if entry.source == record.topic][::25]
    assert len(raws) > 20
    assert assert_law(raws, record) == len(raws)


class Vowels:
    """A filter that takes every `u` out of what is said."""

    def __init__(self):
        self.caught = Counter()
        self.asked = []

    def suspects(self, texts):
        texts = list(texts)
        self.asked += texts
        return any("u" in text for text in texts)

    def filtered(self, record):
        if "u" not in record.utterance:
            return record
        self.caught["u"] += 1
        return record.model_copy(update={"utterance": record.utterance.replace("u", "_")})


def test_what_a_filter_suspects_goes_through_it_and_each_text_is_looked_at_once():
    said = ["up", "play", "up", "down", "play"] * 100
    source = ListSource(
        [as_json(PLAIN | {"turn_id": f"t{i}", "utterance": text}) for i, text in enumerate(said)]
    )
    privacy = Vowels()
    taken = FastLane([Turn], LIMITS, privacy).take(source.poll(1000))
    assert len(taken.left) == 200
    assert max(Counter(privacy.asked).values()) <= 2  # once among others, once alone


WORDY = [
    {"utterance": "call 415 555 2671"},
    {"asr": [{"text": "x"}, {"text": "call 415 555 2671"}]},
    {
        "nlu": [
            {},
            {
                "intent": "call",
                "slots": [{"name": "a", "value": "b"}, {"name": "n", "value": "415 555 2671"}],
            },
        ]
    },
    {"nlu": [{"intent": "call 415 555 2671"}]},
    {"entities": [{"slot": "who", "value": "ann@example.com"}]},
    {"context": {"prompt": "is it ann@example.com?"}},
    {"context": {"asked": "ann@example.com"}},
    {"response": {"text": "I call 415 555 2671"}},
    {"response": {"result": "ann@example.com"}},
    {"response": {"action": "ann@example.com"}},
    {"response": {"asked": "ann@example.com"}},
    {"response": {"items": ["a", "ann@example.com"]}},
    {"rewrite": {"request_id": "r", "original_utterance": "ann@example.com"}},
    {"device": {"place": "ann@example.com"}},
    {"device": {"type": "ann@example.com"}},
    {"device": {"state": {"a": 1, "user": "ann@example.com"}}},
    {"device": {"state": {"ann@example.com": True}}},
    {"ambient": {"activity": "mailing ann@example.com"}},
    {"ambient": {"sensors": {"screen": "ann@example.com"}}},
    {"traces": {"nlu": "ann@example.com"}},
    {"traces": {"nlu": {"heard": "ann@example.com"}}},
    {"traces": {"entity": {"who": {"second": ["ann@example.com", 0.5]}}}},
    {"traces": {"entity": {"who": {"a": 1, "ann@example.com": 1}}}},
]


@pytest.mark.parametrize("changes", [*WORDY, {"utterance": "play halo"}], ids=lambda one: str(one)[:40])
def test_behind_the_filter_both_lanes_file_the_same(tmp_path, changes):
    raws = [
        as_json(PLAIN),
        as_json(PLAIN | {"turn_id": "u"} | changes),
        as_json(SIGNAL | {"text": "a@example.com"}),
    ]
    archive = Archive(tmp_path)
    source = ListSource(raws[:2])
    sink = archive.sink()
    Worker(source, [Turn], sink, ListSink(), privacy=RecordFilter()).run()
    sink.close()
    relation = archive.turns(duckdb.connect()).order("turn_id")
    found = [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]
    expected = slow_rows(raws[:2], Turn, RecordFilter())
    for one, other in zip(found, expected, strict=True):
        assert Turn.model_validate_json(one.pop("record")) == Turn.model_validate_json(other.pop("record"))
        assert one == other
    if changes in WORDY:
        assert not re.search(r"ann@|555", str(found))


def test_signals_that_a_filter_suspects_are_left():
    signal = as_json(SIGNAL | {"kind": "correction", "text": "ann@example.com"})
    taken = FastLane([Signal], LIMITS, RecordFilter()).take(entries([signal, as_json(SIGNAL)], Signal))
    assert [entry.raw for entry in taken.left] == [signal]


@pytest.mark.parametrize("record", [Turn, Signal])
def test_every_field_of_a_record_is_one_that_the_lane_knows(record):
    """A field that is new in a record is to be thought of here: as a column, and as words."""
    fields = TURN if record is Turn else SIGNAL
    optional = set() if record is Turn else {"schema_version", "tenant_id"}
    assert set(record.model_fields) == set(fields) | optional


def test_kinds_without_a_lane_and_unknown_topics_are_left():
    lane = FastLane([Turn, Decision], LIMITS)
    given = [Entry(as_json(PLAIN), topic, "0", 0) for topic in (Decision.topic, "elsewhere", Turn.topic)]
    taken = lane.take(given)
    assert taken.left == given[:2]
    assert [record for record, _ in taken.columns] == [Turn]


def test_a_worker_files_both_lanes_and_letters_what_is_neither(tmp_path):
    good = [
        as_json(PLAIN | {"turn_id": f"t{number}"} | ({"new": 1} if number % 3 else {}))
        for number in range(90)
    ]
    raws = [raw for one in good for raw in (one, b"no")]
    archive, letters = Archive(tmp_path), ListSink()
    sink = archive.sink()
    counts = Worker(ListSource(raws), [Turn, Signal], sink, letters, commit_entries=50).run()
    sink.close()
    assert (counts.read, counts.kept, counts.refused) == (180, 90, {"malformed": 90})
    assert len(letters.records) == 90
    found = archive.turns(duckdb.connect()).select("turn_id").fetchall()
    assert sorted(found) == sorted((f"t{number}",) for number in range(90))


def test_a_refused_record_is_refused_for_the_reason_that_the_parser_gives():
    for raw in (
        b"{",
        as_json(PLAIN | {"schema_version": "2.0"}),
        as_json(PLAIN | {"utterance": "a" * 10_001}),
    ):
        (left,) = FastLane([Turn], LIMITS).take(entries([raw])).left
        with pytest.raises(RecordError):
            parse(Turn, left.raw)
