"""Worlds from corpora: what is read, what is counted, and that what is made is a world."""

import gzip
import json
import re
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.errors import CannotWriteWorld, CorpusMissing, CorpusUnreadable
from simulator.world import SHIPPED, load_world
from simulator.world.from_corpus import CORPORA, made_from, write_world
from simulator.world.from_corpus.making import _fitted_tail
from simulator.world.from_corpus.requests import as_heard
from simulator.world.grammar import sayable
from simulator.world.schema import IntentKind


def _gzip(path, text):
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(gzip.compress(text.encode()))


@pytest.fixture
def snips(tmp_path):
    """A corpus in small, marked as SNIPS is."""
    rows = [
        [("Play ", None), ("R&B", "genre"), (" by ", None), ("AC/DC", "artist"), ("'s band", None)],
        [("play ", None), ("r&b", "genre")],
        [("play ", None), ("jazz", "genre"), (" and ", None), ("blues", "genre"), (" please.", None)],
        [("Play music", None)],
        [("...", None)],
    ]
    data = [[{"text": t} if e is None else {"text": t, "entity": e} for t, e in row] for row in rows]
    lines = [json.dumps({"intent": "PlayMusic", "data": row}) for row in data]
    lines += [json.dumps({"intent": "GetWeather", "data": [{"text": "Rain at 5 p.m. in 2016?"}]})]
    _gzip(tmp_path / "snips" / "snips_train.jsonl.gz", "\n".join(lines) + "\n")
    return tmp_path / "snips"


def test_slots_are_cut_out_and_counted(snips, tmp_path):
    tables = made_from("snips", snips)
    weather, play = tables["intents"]
    assert weather["wordings"] == [{"say": "rain at five pm in two thousand sixteen", "weight": 1}]
    assert {wording["say"] for wording in play["wordings"]} == {
        "play {genre} by {artist} s band",
        "play {genre}",
        "play {genre} and blues please",  # named twice: the second stays as it was said
        "play music",
    }
    assert [wording["weight"] for wording in play["wordings"]] == [1.0, 0.5, 0.3333, 0.25]
    assert play["wordings"][0]["say"] == "play music"  # all occur once: the short ones are usual
    assert (play["kind"], play["share"]) == ("play", 4)
    assert play["slots"] == play["asks"] == ["genre"]  # three of four say it
    assert play["optional"] == {"artist": 0.25}
    assert tables["slots"]["genre"]["items"] == ["r and b", "jazz"]
    write_world(tables, tmp_path / "w.toml", "a note")
    world = load_world(tmp_path / "w.toml")
    assert world.intent("chat/thank").kind is IntentKind.CHAT
    assert world.file.homes == load_world("household").file.homes


def test_out_of_scope_is_what_nobody_can_serve(tmp_path):
    data = {"train": [["freeze my card", "freeze"]], "val": [], "oos_train": [["who won", "oos"]]}
    _gzip(tmp_path / "clinc150" / "domains.json.gz", json.dumps({"banking": ["freeze"]}))
    _gzip(tmp_path / "clinc150" / "data_full.json.gz", json.dumps({**data, "oos_val": [["hm hm", "oos"]]}))
    tables = made_from("clinc150", tmp_path / "clinc150")
    assert [(intent["name"], intent["kind"]) for intent in tables["intents"]] == [
        ("banking/freeze", "do"),
        ("beyond/out_of_scope", "unsupported"),
    ]
    assert len(tables["intents"][1]["wordings"]) == 2


def test_marks_of_hwu_and_slurp(tmp_path):
    rows = [
        {"scenario": "alarm", "intent": "set", "annotation": "wake me at [time : five am] [date : today]"},
        {"scenario": "general", "intent": "praise", "annotation": "well done"},
    ]
    _gzip(tmp_path / "hwu64" / "hwu64_folds.jsonl.gz", "\n".join(map(json.dumps, rows)))
    alarm, praise = made_from("hwu64", tmp_path / "hwu64")["intents"]
    assert alarm["wordings"][0]["say"] == "wake me at {time} {date}"
    assert praise["kind"] == "chat"
    row = {"scenario": "alarm", "action": "set", "intent": "x", "sentence_annotation": "at [time : five]"}
    _gzip(tmp_path / "slurp" / "devel.jsonl.gz", json.dumps(row))
    assert made_from("slurp", tmp_path / "slurp")["intents"][0]["name"] == "alarm/set"


@pytest.mark.parametrize("name", CORPORA)
def test_a_corpus_that_is_not_there_or_damaged(tmp_path, name):
    with pytest.raises(CorpusMissing, match="SELFLEARN_DATA"):
        made_from(name, tmp_path)
    for file in ("domains.json", "data_full.json", "hwu64_folds.jsonl", "devel.jsonl", "snips_train.jsonl"):
        _gzip(tmp_path / f"{file}.gz", '{"half":')
    with pytest.raises(CorpusUnreadable, match="fetch it anew"):
        made_from(name, tmp_path)
    for path in tmp_path.iterdir():
        path.write_bytes(path.read_bytes()[:-12])
    with pytest.raises(CorpusUnreadable):
        made_from(name, tmp_path)


@pytest.mark.parametrize("name", CORPORA)
def test_a_whole_corpus_makes_a_world_and_always_the_same(name, corpora, tmp_path):
    if not (corpora / name).is_dir():
        pytest.skip(f"no {name} among the public corpora")
    tables = made_from(name, corpora / name)
    write_world(tables, tmp_path / "w.toml", "a note")
    world = load_world(tmp_path / "w.toml")
    assert made_from(name, corpora / name) == tables
    for intent in world.file.intents:
        assert all(
            sayable(way.text.replace("{", "").replace("}", "")) for way in world.phrasings(intent.name)
        )
    asked = [intent for intent in world.file.intents if intent.asks]
    assert asked or name == "clinc150"
    assert any(i.kind is IntentKind.UNSUPPORTED for i in world.file.intents) == (name != "snips")


@given(st.text(max_size=30))
def test_whatever_is_heard_can_be_said(text):
    heard = as_heard(text)
    assert as_heard(heard) == heard
    assert not heard or sayable(heard) or not heard.isascii()


@pytest.mark.parametrize(
    ("written", "heard"),
    [
        ("It's 5:30 a.m.", "it's five thirty am"),
        ("$50 & 7%", "dollars fifty and seven percent"),
        ("in 1999", "in one thousand nine hundred ninety nine"),
        ("call 0123", "call zero one two three"),
        ("room 101", "room one hundred one"),
        ("l’été", "l'été"),
        ("'quoted' words", "quoted words"),
    ],
)
def test_what_is_written_is_heard_as(written, heard):
    assert as_heard(written) == heard


@given(st.integers(0, 60), st.integers(2, 40))
def test_the_tail_of_counts_is_found(step, size):
    tail = step / 20
    counts = [round(1e6 * (rank + 2) ** -tail) for rank in range(size)]
    found = _fitted_tail(counts)
    assert found == pytest.approx(tail, abs=0.051) or min(counts) < 50


def test_a_world_that_cannot_be_written(tmp_path):
    with pytest.raises(CannotWriteWorld, match="cannot be written"):
        write_world({"name": "w", "days": inf}, tmp_path / "none" / "w.toml", "")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", SHIPPED)
def test_no_shipped_wording_is_a_corpus_s(name, corpora):
    """Short commands are anybody's; what is longer is our own."""
    taken = {
        _bare(wording["say"])
        for corpus in CORPORA
        if (corpora / corpus).is_dir()
        for intent in made_from(corpus, corpora / corpus)["intents"]
        for wording in intent["wordings"]
    }
    if not taken:
        pytest.skip("no corpus that worlds are made from")
    world = load_world(name)
    texts = {_bare(way.text) for intent in world.file.intents for way in world.phrasings(intent.name)}
    assert len(texts & taken) <= 0.06 * len(texts)
    long = {text for text in texts if len(text.split()) > 6}
    assert len(long) > 50
    assert len(long & taken) <= 0.01 * len(long)


def _bare(text):
    """A text whose slots have no names: what was said around them."""
    return re.sub(r"\{\w+\}", "{}", text)
