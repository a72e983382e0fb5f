"""Foreign logs: what a mapping makes of them, what it refuses, and what the check says would be lost."""

import gzip
import json
import re
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.errors import MalformedRecord, MappingError, RecordError, SourceError
from streams.mapping import Mapping, check_mapping, log_source
from streams.mapping.paths import LogPath, Scope
from streams.records import Interpretation, Signal, SignalKind, Slot, Turn
from streams.sinks import ListSink
from streams.sources import Entry
from streams.worker import Worker

TOML = """
[turn]
turn_id = "{conversation.id}-{n}"
customer_id = "user"
session_id = "conversation.id"
time = { path = "at", format = "epoch_ms" }
utterance = "asr.nbest[0].text"
tenant_id = { constant = "acme" }
locale = { path = "lang", values = { en = "en-GB" }, otherwise = "und" }

[turn.asr]
each = "asr.nbest"
text = "text"
score = "logprob"

[turn.nlu]
each = "nlu"
domain = "^.skill"
intent = "name"
confidence = "score"
[turn.nlu.slots]
each = "entities"
name = "type"
value = "value"

[turn.response]
text = "reply"
status = { path = "outcome", values = { "0" = "ok", "7" = "no_result" } }

[turn.versions]
asr = "asr.model"

[[signals]]
kind = "interrupted"
when = "bargein"

[[signals]]
kind = "rating"
value = { path = "thumbs", values = { up = 1.0, down = 0.0 } }
"""

ENTRY = {
    "conversation": {"id": "k9"},
    "n": 3,
    "user": 1007,
    "at": 1767225600500,
    "lang": "en",
    "skill": "music",
    "asr": {
        "model": "a1",
        "nbest": [{"text": "play halo", "logprob": -0.1, "words": 2}, {"text": "play hello"}],
    },
    "nlu": [
        {
            "name": "play",
            "score": 0.8,
            "entities": [{"type": "song", "value": "halo"}, {"type": "year", "value": 2008}],
        }
    ],
    "reply": "Here is Halo",
    "outcome": 0,
    "bargein": "TRUE",
    "thumbs": "down",
    "energy": {"level": 4},
}


def entry(raw, partition="log.jsonl", offset=0):
    return Entry(raw, "dialogue.turns", partition, offset)


@pytest.fixture
def mapping(tmp_path):
    path = tmp_path / "log.toml"
    path.write_text(TOML)
    return Mapping.load(path)


def turn_table(**changes):
    table = {"turn_id": "id", "customer_id": "who", "utterance": "said", "time": "at"}
    return {"turn": {**table, **changes}}


def test_every_kind_of_field_comes_through(mapping):
    turn, interrupted, rating = mapping.records(ENTRY)
    assert turn.turn_id == "k9-3"
    assert turn.customer_id == "1007"
    assert turn.tenant_id == "acme"
    assert turn.time == datetime(2026, 1, 1, 0, 0, 0, 500_000, tzinfo=UTC)
    assert turn.utterance == "play halo"
    assert turn.locale == "en-GB"
    assert [(heard.text, heard.score) for heard in turn.asr] == [("play halo", -0.1), ("play hello", None)]
    assert turn.nlu == (
        Interpretation(
            domain="music",
            intent="play",
            slots=(Slot(name="song", value="halo"), Slot(name="year", value="2008")),
            confidence=0.8,
        ),
    )
    assert (turn.response.text, turn.response.status) == ("Here is Halo", "ok")
    assert turn.versions == {"asr": "a1"}
    assert (interrupted.kind, interrupted.turn_id, interrupted.tenant_id) == (
        SignalKind.INTERRUPTED,
        "k9-3",
        "acme",
    )
    assert (rating.kind, rating.value, rating.time) == (SignalKind.RATING, 0.0, turn.time)
    assert interrupted.signal_id != rating.signal_id


@pytest.mark.parametrize("no", [None, False, 0, "", "no", "False", " 0 "])
def test_a_signal_is_there_only_where_its_field_says_so(mapping, no):
    kinds = [
        record.kind for record in mapping.records({**ENTRY, "bargein": no}) if isinstance(record, Signal)
    ]
    assert kinds == [SignalKind.RATING]


def test_a_dialogue_of_several_turns():
    mapping = Mapping(
        {
            "log": {"each": "turns"},
            **turn_table(
                turn_id="{^.call}/{@index}", customer_id="^.caller", utterance="text", time="^.start"
            ),
        }
    )
    turns = mapping.records(
        {"call": "c", "caller": "z", "start": "2026-01-01T00:00:00Z", "turns": [{"text": "a"}, {"text": "b"}]}
    )
    assert [(turn.turn_id, turn.customer_id, turn.utterance) for turn in turns] == [
        ("c/0", "z", "a"),
        ("c/1", "z", "b"),
    ]


def test_slots_written_as_an_object():
    mapping = Mapping(
        turn_table(
            nlu={"each": "nlu", "intent": "i", "slots": {"each": "args.*", "name": "key", "value": "value"}}
        )
    )
    log = {
        "id": "1",
        "who": "a",
        "said": "x",
        "at": "2026-01-01T00:00:00Z",
        "nlu": {"i": "play", "args": {"song": "halo"}},
    }
    assert mapping.apply(log).nlu[0].slots == (Slot(name="song", value="halo"),)
    assert check_mapping(mapping, [entry(json.dumps(log).encode())]).lost == []


@pytest.mark.parametrize(
    ("spec", "value"),
    [
        ({"path": "at", "format": "epoch_s"}, 1767268800),
        ({"path": "at", "format": "epoch_s"}, "1767268800.0"),
        ({"path": "at", "format": "epoch_us"}, 1767268800_000_000),
        ({"path": "at", "format": "%d.%m.%Y %H:%M", "zone": "Europe/Berlin"}, "01.01.2026 13:00"),
        ({"path": "at", "zone": "UTC"}, "2026-01-01 12:00:00"),
        ("at", "2026-01-01T14:00:00+02:00"),
    ],
)
def test_times(spec, value):
    mapping = Mapping(turn_table(time=spec))
    assert mapping.apply({"id": "1", "who": "a", "said": "x", "at": value}).time == datetime(
        2026, 1, 1, 12, tzinfo=UTC
    )


@pytest.mark.parametrize(
    "value", ["yesterday", "2026-01-01T00:00:00", 1767268800, [], {}, "", None, 1e300, "9" * 400]
)
def test_what_is_no_time_is_refused(value):
    for spec in ("at", {"path": "at", "format": "epoch_s"}, {"path": "at", "format": "%Y", "zone": "UTC"}):
        if (spec, value) in [(spec, 1767268800)] and spec != "at":
            continue
        with pytest.raises(RecordError):
            Mapping(turn_table(time=spec)).apply({"id": "1", "who": "a", "said": "x", "at": value})


def test_an_id_made_from_the_content_is_the_same_in_every_run_and_tells_entries_apart():
    mapping = Mapping(turn_table(turn_id="@hash"))
    log = {"who": "a", "said": "x", "at": "2026-01-01T00:00:00Z"}
    again = dict(reversed(log.items()))
    assert mapping.apply(log).turn_id == mapping.apply(again).turn_id
    assert mapping.apply(log).turn_id != mapping.apply({**log, "said": "y"}).turn_id


@pytest.mark.parametrize(
    ("tables", "says"),
    [
        ({}, "turn"),
        ({"turn": {"turn_id": "a"}}, "customer_id, time, utterance"),
        (turn_table(colour="c"), "colour"),
        (turn_table(response="r"), r"\[turn.response\]"),
        (turn_table(asr={"text": "t"}), "each"),
        (turn_table(turn_id="a[x]"), "no path"),
        (turn_table(turn_id="a[0]b"), "no path"),
        (turn_table(turn_id="^.a"), "leaves 1 lists"),
        (turn_table(time={"path": "a", "format": "epoch"}), "epoch_s"),
        (turn_table(time={"path": "a", "zone": "Mars/Base"}), "Mars"),
        (turn_table(locale={"path": "a", "format": "iso"}), "no time"),
        (turn_table(locale={"path": "a", "constant": "b"}), "one of"),
        (turn_table(locale={"pth": "a"}), "pth"),
        ({**turn_table(), "sigals": []}, "sigals"),
        ({**turn_table(), "signals": [{"kind": "rating"}]}, "when"),
        ({**turn_table(), "log": {"delimiter": "ab"}}, "delimiter"),
    ],
)
def test_a_wrong_mapping_says_what_is_wrong(tables, says):
    with pytest.raises(MappingError, match=says):
        Mapping(tables)


def test_a_mapping_file_that_is_not_there_or_no_toml(tmp_path):
    with pytest.raises(MappingError, match="nowhere"):
        Mapping.load(tmp_path / "nowhere.toml")
    (tmp_path / "bad.toml").write_text("[turn")
    with pytest.raises(MappingError, match=r"bad\.toml"):
        Mapping.load(tmp_path / "bad.toml")


def test_the_check_says_what_is_lost_refused_repeated_and_filled(mapping):
    raws = [json.dumps(ENTRY), json.dumps(ENTRY), json.dumps({**ENTRY, "n": 4, "at": "soon"}), "{"]
    report = check_mapping(mapping, [entry(raw.encode(), offset=i) for i, raw in enumerate(raws)])
    assert (report.entries, report.accepted, report.turns, report.signals) == (4, 2, 2, 4)
    assert report.refused == {"malformed": 2}
    assert {place.offset for place, _ in report.refusals} == {2, 3}
    assert [(lost.path, lost.entries, lost.example) for lost in report.lost] == [
        ("asr.nbest[].words", 3, "2"),
        ("energy.level", 3, "4"),
    ]
    assert report.repeated_ids == 1
    assert report.filled["turn.asr[].score"] == 2
    assert not report.fits
    assert check_mapping(mapping, [entry(raws[0].encode())]).fits


def test_csv_rows_with_quotes_newlines_and_another_delimiter(tmp_path):
    (tmp_path / "log.csv").write_bytes(
        '\ufeffid;who;said;at;score\r\n1;a;"play; ""halo""\nnow";2026-01-01T00:00:00Z;0.5\r\n\r\n'
        "2;b;stop;2026-01-01T00:00:01Z;\r\n"
        "3;c\r\n".encode()
    )
    mapping = Mapping({"log": {"delimiter": ";"}, **turn_table(wake_score="score")})
    sink, letters = ListSink(), ListSink()
    counts = Worker(log_source(tmp_path), [Turn], sink, letters, parser=mapping.parser()).run()
    assert [(turn.utterance, turn.wake_score) for turn in sink.records] == [
        ('play; "halo"\nnow', 0.5),
        ("stop", None),
    ]
    assert counts.refused == {"malformed": 1}
    assert "delimiter" in letters.records[0].detail


def test_csv_goes_on_where_it_was_committed(tmp_path):
    log = tmp_path / "log.tsv"
    log.write_text("id\tsaid\n1\ta\n2\tb\n")
    source = log_source(log, state=tmp_path / "state.json", tail=True)
    assert [one.raw for one in source.poll(1, 0)] == [b"id\tsaid\n1\ta"]
    source.commit()
    with log.open("a") as file:
        file.write("3\tc\n4")
    again = log_source(log, state=tmp_path / "state.json", tail=True)
    assert [one.raw for one in again.poll(9, 0)] == [b"id\tsaid\n2\tb", b"id\tsaid\n3\tc"]


def test_whole_json_files_plain_and_compressed(tmp_path):
    (tmp_path / "a.json").write_text('[{"x": 1}, {"x": 2}]')
    (tmp_path / "b.json.gz").write_bytes(gzip.compress(b'{"x": 3}'))
    assert [json.loads(one.raw)["x"] for one in log_source(tmp_path).poll(9, 0)] == [1, 2, 3]
    (tmp_path / "c.json").write_text('{"x": 1}\n{"x": 2}')
    with pytest.raises(SourceError, match="jsonl"):
        log_source(tmp_path / "c.json").poll(9, 0)


def test_one_bad_turn_refuses_its_whole_dialogue():
    mapping = Mapping({"log": {"each": "t"}, **turn_table()})
    good = {"id": "1", "who": "a", "said": "x", "at": "2026-01-01T00:00:00Z"}
    with pytest.raises(MalformedRecord):
        mapping.records({"t": [good, {**good, "said": None}]})


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*ENTRY, "text", "id"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(changes=st.dictionaries(st.sampled_from(list(ENTRY)), json_values, max_size=4))
def test_whatever_a_log_holds_becomes_records_or_a_reason(changes):
    mapping = Mapping(tomllib.loads(TOML))
    raw = json.dumps({**ENTRY, **changes}).encode()
    report = check_mapping(mapping, [entry(raw)])
    assert report.accepted + sum(report.refused.values()) == 1


def test_deep_nesting_is_refused(mapping):
    raw = b'{"user":' + b"[" * 900 + b"]" * 900 + b"}"
    assert check_mapping(mapping, [entry(raw)]).refused == {"malformed": 1}


@given(st.text(max_size=30))
def test_any_text_is_a_path_or_refused(text):
    try:
        path = LogPath.read(text)
    except MappingError:
        return
    path.follow(Scope(ENTRY))


def test_the_mapping_in_the_documentation_does_what_it_says():
    text = (Path(__file__).parents[2] / "docs" / "mapping.md").read_text(encoding="utf-8")
    log, tables = (re.search(rf"```{kind}\n(.*?)```", text, re.S)[1] for kind in ("json", "toml"))
    mapping = Mapping(tomllib.loads(tables))
    report = check_mapping(mapping, [entry(log.encode())])
    assert report.fits
    assert report.lost == []
    assert [record.kind for record in mapping.records(json.loads(log))[1:]] == [SignalKind.INTERRUPTED]
    assert report.examples[0].nlu[0].key == "music/play(song=halo)"
