"""Bytes become a record or a reason; nothing else ever comes out."""

import contextlib
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.errors import AbsurdTime, MalformedRecord, OversizedRecord, RecordError, UnknownSchemaVersion
from streams.parsing import ParseLimits, parse
from streams.records import RECORDS, DeadLetter, Signal, Turn

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
GOOD = {
    "turn_id": "t1",
    "customer_id": "c1",
    "time": "2026-03-01T11:59:00+01:00",
    "utterance": "play halo",
    "asr": [{"text": "play halo", "score": -0.5}],
    "nlu": [{"intent": "play", "slots": [{"name": "song", "value": "halo"}]}],
    "response": {"status": "ok", "ended": "2026-03-01T11:00:00Z"},
}


def raw(**changes):
    return json.dumps({**GOOD, **changes}).encode()


def test_a_good_record_comes_through_in_utc():
    turn = parse(Turn, raw(), now=NOW)
    assert turn.time == datetime(2026, 3, 1, 10, 59, tzinfo=UTC)
    assert turn.time.tzinfo is UTC
    assert turn.asr[0].score == -0.5


def test_unknown_fields_are_kept_at_every_depth_null_included():
    turn = parse(Turn, raw(mood="calm", empty=None, device={"type": "tv", "wattage": 7}), now=NOW)
    written = json.loads(turn.model_dump_json())
    assert (written["mood"], written["device"]["wattage"]) == ("calm", 7)
    assert "empty" in written


@pytest.mark.parametrize("minor", ["1.0", "1.7", "1.99", "01.2"])
def test_every_minor_version_of_ours_is_read(minor):
    assert parse(Turn, raw(schema_version=minor), now=NOW).schema_version == minor


@pytest.mark.parametrize("version", ["0.9", "2.0", "10.0", "999999999999.0"])
def test_other_major_versions_are_refused_whatever_their_fields(version):
    with pytest.raises(UnknownSchemaVersion, match="Upgrade"):
        parse(Turn, json.dumps({"schema_version": version, "turn": 1}).encode(), now=NOW)


@pytest.mark.parametrize(
    "bad",
    [
        b"",
        b"null",
        b"[]",
        b'"text"',
        b"17",
        b"{",
        raw()[:-1],
        raw() + b"}",
        b"\xff\xfe" + raw(),
        raw().replace(b"play halo", b"play \xc3\x28"),
        raw().replace(b'"play halo"', b'"\\ud800"', 1),
        raw().replace(b"-0.5", b"NaN"),
        raw().replace(b"-0.5", b"Infinity"),
        raw().replace(b"-0.5", b"1e999"),
        raw().replace(b"-0.5", b"9" * 5000),
        raw(extra="DEEP").replace(b'"DEEP"', b"[" * 500 + b"]" * 500),
        raw(extra="DEEP").replace(b'"DEEP"', b'{"a":' * 5000 + b"1" + b"}" * 5000),
        raw(turn_id=""),
        raw(turn_id=None),
        raw(turn_id="x" * 513),
        raw(customer_id=17),
        raw(utterance=["play"]),
        raw(utterance=None),
        raw(time=1767225600),
        raw(time="2026-01-01T00:00:00"),
        raw(time="2026-02-30T00:00:00Z"),
        raw(wake_score="0.5"),
        raw(wake_score=1.5),
        raw(asr={"text": "x"}),
        raw(response={"status": "fine"}),
        raw(schema_version="one"),
        raw(schema_version=1.0),
        raw(tenant_id=""),
        json.dumps({key: value for key, value in GOOD.items() if key != "utterance"}).encode(),
    ],
    ids=lambda bad: repr(bad[:40]),
)
def test_what_is_malformed_is_refused(bad):
    with pytest.raises(MalformedRecord) as refused:
        parse(Turn, bad, now=NOW)
    assert len(refused.value.detail) < 500


@pytest.mark.parametrize(
    "changes",
    [
        {"time": "1999-12-31T23:59:59Z"},
        {"time": "1970-01-01T00:00:00Z"},
        {"time": "2026-03-02T12:00:01Z"},
        {"time": "0001-01-01T00:00:00+14:00"},
        {"time": "9999-12-31T23:59:59-14:00"},
        {"response": {"ended": "2126-03-01T12:00:00Z"}},
    ],
)
def test_absurd_times_are_refused(changes):
    with pytest.raises(AbsurdTime):
        parse(Turn, raw(**changes), now=NOW)


def test_limits_of_time_can_be_set():
    wide = ParseLimits(earliest=datetime(1990, 1, 1, tzinfo=UTC), ahead=timedelta(days=3))
    assert parse(Turn, raw(time="1995-01-01T00:00:00Z"), now=NOW, limits=wide)
    assert parse(Turn, raw(time="2026-03-04T11:00:00Z"), now=NOW, limits=wide)
    assert parse(Turn, raw(time="2026-03-02T12:00:00Z"), now=NOW), "a day ahead is not more than a day"


def test_an_oversized_utterance_or_record_is_refused():
    assert parse(Turn, raw(utterance="a" * 10_000), now=NOW)
    for bad in (
        raw(utterance="a" * 10_001),
        raw(utterance="é" * 1_000_000),
        raw(note="a" * 1_000_000),
        b"a" * 1_000_001,
    ):
        with pytest.raises(OversizedRecord):
            parse(Turn, bad, now=NOW)


def test_every_record_comes_back_as_it_was_written():
    letter = DeadLetter(
        time=NOW, reason="malformed", detail="no", source="s", partition="0", offset=0, original="eA=="
    )
    assert parse(DeadLetter, letter.model_dump_json().encode(), now=NOW) == letter
    signal = Signal.model_validate(
        {"signal_id": "s", "turn_id": "t", "customer_id": "c", "time": NOW, "kind": "rating", "value": 0.5}
    )
    assert parse(Signal, signal.model_dump_json().encode(), now=NOW) == signal


@given(data=st.data())
def test_mutated_bytes_become_a_record_or_a_reason(data):
    mutated = bytearray(raw())
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(mutated) - 1))
        match data.draw(st.sampled_from(["replace", "cut", "repeat", "insert"])):
            case "replace":
                mutated[at] = data.draw(st.integers(0, 255))
            case "cut":
                del mutated[at : at + data.draw(st.integers(1, 9))]
            case "repeat":
                mutated[at:at] = mutated[at : at + data.draw(st.integers(1, 9))]
            case "insert":
                token = st.sampled_from(
                    [b"NaN", b"\x00", b'"', b"{", b"[", b"\\u", b"-", b"1e9", b"null", b","]
                )
                mutated[at:at] = data.draw(token)
        if not mutated:
            break
    with contextlib.suppress(RecordError):
        turn = parse(Turn, bytes(mutated), now=NOW)
        assert parse(Turn, turn.model_dump_json().encode(), now=NOW) == turn


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(
    record=st.sampled_from(RECORDS),
    fields=st.data(),
)
def test_any_json_becomes_a_record_or_a_reason(record, fields):
    names = st.sampled_from([*record.model_fields, "new"])
    made = fields.draw(st.dictionaries(names, json_values, max_size=8))
    with contextlib.suppress(RecordError):
        kept = parse(record, json.dumps(made).encode(), now=NOW)
        assert parse(record, kept.model_dump_json().encode(), now=NOW) == kept
