"""Malformed records among good ones, through the real ingestion; and that the judge is awake."""

import json

import pytest

from evaluation.broker import broker_command
from evaluation.malformed import GENERATED, KINDS, measure_malformed
from evaluation.malformed.judging import _holds, judged
from evaluation.malformed.mixture import mixture
from evaluation.malformed.oracle import Oracle
from evaluation.malformed.sending import through_files, through_kafka
from streams.errors import RecordError
from streams.parsing import parse
from streams.records import Signal, Turn

GOOD = {"turn_id": "t", "customer_id": "c", "time": "2026-01-05T10:00:00Z", "utterance": "play halo"}


def raw(**changes):
    return json.dumps({**GOOD, **changes}).encode()


def test_every_malformed_record_is_refused_with_a_reason_and_every_good_one_kept(tmp_path):
    lines = list(mixture(600, 3, lines=True))
    verdict = judged(through_files(lines, tmp_path))
    assert (verdict.mismatches, verdict.examples) == ({}, [])
    assert verdict.malformed == verdict.in_dead_letters == 600
    assert verdict.good == verdict.kept > 200
    often = {kind for kind, (_, weight) in KINDS.items() if weight >= 1}
    assert verdict.kinds.keys() >= {*often, *GENERATED, "good"}
    assert {reason for row in verdict.kinds.values() for reason in row["reasons"]} >= {
        "malformed",
        "unknown_schema_version",
        "absurd_time",
    }


@pytest.mark.kafka
def test_the_same_through_a_broker(tmp_path):
    if broker_command() is None:
        pytest.skip("no Kafka broker: set KAFKA_HOME to a Kafka distribution, and install Java 17")
    lines = list(mixture(200, 3, lines=False))
    verdict = judged(through_kafka(lines, tmp_path))
    assert (verdict.mismatches, verdict.examples) == ({}, [])
    assert (verdict.malformed, verdict.kept) == (verdict.in_dead_letters, verdict.good)


@pytest.mark.slow
@pytest.mark.kafka
def test_a_hundred_thousand(tmp_path):
    answer = measure_malformed(100_000, 7, tmp_path, lambda what, share: None)
    assert (answer["mismatches"], answer["examples"]) == (0, [])
    assert answer["malformed"] == answer["in_dead_letters"] >= 100_000
    assert answer["good"] == answer["kept"]


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (raw(), None),
        (raw(later="a field of a newer writer"), None),
        (b"  " + raw() + b"\t", None),
        (raw()[:-1] + b',"utterance":"stop"}', None),
        (raw(time="2026-01-05T10:00:00.5+01:00"), None),
        (raw(time="2026-01-05t10:00:00,25z"), None),
        (raw(schema_version="1.7"), None),
        (raw()[:-1], "no JSON"),
        (b"\xef\xbb\xbf" + raw(), "no JSON"),
        (raw(later="@").replace(b'"@"', b"NaN"), "no JSON"),
        (raw(later="@").replace(b'"@"', b"1e999"), "no JSON"),
        (raw(later="@").replace(b"@", b"\\ud800"), "no JSON"),
        (b"[]", "no object"),
        (raw(later="@").replace(b'"@"', b"[" * 500 + b"]" * 500), "too deep"),
        (raw(utterance=17), "not of the schema"),
        (raw(turn_id=""), "not of the schema"),
        (raw(schema_version="2.0"), "another version"),
        (raw(time="2026-01-05T10:00:00"), "no time"),
        (raw(time="1999-12-31T00:00:00Z"), "absurd time"),
        (raw(utterance="a" * 10_001), "too many words"),
        (raw(locale="a" * 1_000_000), "too many bytes"),
    ],
)
def test_the_oracle_and_the_parser_agree(content, fault):
    assert Oracle(Turn).fault(content) == fault
    if fault is None:
        parse(Turn, content)
    else:
        with pytest.raises(RecordError):
            parse(Turn, content)


def test_the_judge_sees_what_is_missing_changed_and_kept_by_mistake(tmp_path):
    lines = list(mixture(60, 3, lines=True))
    arrived = through_files(lines, tmp_path)
    assert not judged(arrived).mismatches

    letter, *others = arrived.letters
    arrived.letters = others
    assert judged(arrived).mismatches == {"malformed_one_not_refused": 1}
    arrived.letters = [letter.model_copy(update={"original": "AAAA"}), *others]
    assert judged(arrived).mismatches == {"bytes_changed": 1}
    arrived.letters = [letter, letter, *others]
    assert judged(arrived).mismatches == {"letter_repeated": 1}

    arrived.letters = [letter, *others]
    place, line = next((place, line) for place, line in arrived.sent.items() if line.kind == "good")
    changed = line.raw.replace(b'"customer_id":"c', b'"customer_id":"d')
    assert line.topic in (Turn.topic, Signal.topic)
    arrived.sent = {**arrived.sent, place: line._replace(raw=changed)}
    assert judged(arrived).mismatches == {"good_one_not_kept_as_it_was": 1}
    arrived.sent = {**arrived.sent, place: line._replace(fault="said to be bad")}
    assert judged(arrived).mismatches == {"malformed_one_not_refused": 1, "kept_without_being_good": 1}


def test_only_lists_that_are_empty_by_default_may_be_left_out():
    assert _holds({"utterance": "a"}, {"utterance": "a", "asr": []})
    assert _holds({"response": {}}, {"response": {"items": []}})
    assert not _holds({}, {"asr": [{"text": "a"}]})
    assert not _holds({"traces": {}}, {"traces": {"entity": {}}})
    assert not _holds({"traces": {}}, {"traces": {"asr_steps": []}})
