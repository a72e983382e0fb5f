"""Worlds: what is shipped, what hangs on the day, what is taken from another world, what the NLU has seen."""

import json
import re
import tomllib
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.world import SHIPPED, load_world
from simulator.world.grammar import sayable
from simulator.world.merging import merged
from simulator.world.reading import world_path
from simulator.world.schema import DriftKind, IntentKind
from simulator.world.taking import taken

#: What the shipped worlds are, on every machine; a change of a world is a change here.
DIGESTS = {
    "household": "0ed6fda65972d6c2",
    "household-closing": "3ad0ee770e039776",
    "household-small": "675b207b93e89207",
    "restaurant-line": "d4fc81e0ed32ca1c",
}


@pytest.mark.parametrize("name", DIGESTS)
def test_a_shipped_world_is_the_same_everywhere(name):
    world = load_world(name)
    assert world.file.name == name
    assert world.digest[:16] == DIGESTS[name]
    assert load_world(str(world_path(name))) == world  # by its path as by its name


def test_four_worlds_are_shipped():
    assert (
        set(SHIPPED)
        == {"household", "household-closing", "household-small", "restaurant-line"}
        == set(DIGESTS)
    )


def test_the_household_is_as_rich_as_it_is_said_to_be():
    world = load_world("household")
    kinds = Counter(intent.kind for intent in world.file.intents)
    assert sum(kinds.values()) - kinds[IntentKind.CHAT] - kinds[IntentKind.UNSUPPORTED] >= 90
    assert kinds[IntentKind.UNSUPPORTED] >= 8
    sizes = {slot: len(world.items(slot, 30)) for slot in world.file.slots}
    assert sizes["song"] >= 500
    assert sizes["artist"] >= 150
    assert sizes["film"] >= 150
    assert sizes["contact"] >= 120
    assert {"joan baxter", "john baxter"} <= {item.name for item in world.items("contact", 0)}
    phrasings = [len(world.phrasings(intent.name)) for intent in world.file.intents]
    assert sum(phrasings) > 10_000
    assert sorted(phrasings)[len(phrasings) // 2] >= 50
    assert {event.kind for event in world.file.drift} == set(DriftKind)
    assert any(intent.means_by_state for intent in world.file.intents)
    songs = Counter(item.name for item in world.items("song", 30))
    assert sum(times > 1 for times in songs.values()) >= 10  # the same title by two artists


@pytest.mark.parametrize("name", SHIPPED)
def test_usual_words_and_other_words_are_both_there(name):
    """Some ways to say a request share no word of weight with the most usual one."""
    world = load_world(name)
    found = 0
    for intent in world.file.intents:
        usual, *others = sorted(world.phrasings(intent.name), key=lambda way: -way.weight)
        found += any(not (_content(usual.text) & _content(way.text)) for way in others)
    assert found > len(world.file.intents) / 3


def _content(text):
    return {word for word in re.sub(r"\{\w+\}", "", text).split() if len(word) > 3}


@pytest.mark.parametrize("name", SHIPPED)
def test_everything_that_is_said_is_written_as_asr_writes(name):
    world = load_world(name)
    for intent in world.file.intents:
        ways = world.phrasings(intent.name)
        assert len({way.text for way in ways}) == len(ways)
        for way in ways:
            assert sayable(way.text.replace("{", "").replace("}", ""))
            assert way.weight >= 0.0
            assert way.slots <= {*intent.slots, *intent.optional}
            assert way.wording in {wording.say for wording in intent.wordings}


@pytest.mark.parametrize("name", SHIPPED)
def test_the_nlu_has_seen_the_usual_and_not_the_new(name):
    world = load_world(name)
    by_chance = []
    for intent in world.file.intents:
        ways = world.phrasings(intent.name)
        usual = max(intent.wordings, key=lambda wording: wording.weight)
        assert usual.seen is False or all(way.seen for way in ways if way.wording == usual.say)
        assert not any(way.seen for way in ways if way.from_day > 0)
        known = {way.wording for way in ways if way.seen}
        new = {way.wording for way in ways if way.from_day > 0}
        for wording in intent.wordings:
            if wording.seen is not None:
                assert (wording.say in known) == wording.seen
            elif wording is not usual and wording.say not in new:
                by_chance.append(wording.say in known)
    assert sum(by_chance) / len(by_chance) == pytest.approx(world.file.assistant.seen, abs=0.1)


def test_what_is_seen_hangs_on_nothing_but_the_words(tmp_path):
    """Another intent, another order, another weight: what was trained on stays so."""
    world = load_world("household")
    path = tmp_path / "w.toml"
    path.write_text(
        'name = "other"\nextends = "household"\n[[intents]]\nname = "fun/riddle"\nwordings = ["a riddle"]\n'
    )
    other = load_world(path)
    for intent in world.file.intents:
        assert other.phrasings(intent.name) == world.phrasings(intent.name)


def test_weights_of_a_wording_are_shared_by_its_texts():
    world = load_world("household")
    for intent in world.file.intents:
        whole = sum(wording.weight for wording in intent.wordings)
        assert sum(way.weight for way in world.phrasings(intent.name)) == pytest.approx(whole)


@pytest.mark.parametrize("name", SHIPPED)
def test_items_come_and_go_by_the_drift_script(name):
    world = load_world(name)
    for slot, table in world.file.slots.items():
        for event in world.file.drift:
            if event.kind is not DriftKind.ITEM or event.slot != slot:
                continue
            before = {item.name: item for item in world.items(slot, event.day - 1)}
            after = {item.name: item for item in world.items(slot, event.day)}
            if event.available:
                assert event.about not in before
                assert event.about in after
            else:
                assert before[event.about].available
                assert not after[event.about].available
        last = world.items(slot, world.file.days)
        assert [item.name for item in last] == [item.name for item in table.items]


def test_an_item_is_there_from_its_day_on(tmp_path):
    path = tmp_path / "w.toml"
    path.write_text(
        'name = "w"\n[homes]\ndevices = [{ name = "speaker" }]\n[slots.song]\n'
        'items = ["a", { name = "b", from_day = 3 }, { name = "c", available = false }]\n'
        '[[intents]]\nname = "music/play"\nslots = ["song"]\nwordings = ["play {song}"]\n'
        '[[drift]]\nday = 5\nkind = "item"\nslot = "song"\nabout = "a"\navailable = false\n'
        '[[drift]]\nday = 4\nkind = "slang"\nabout = "play {song}"\n'
    )
    world = load_world(path)
    names = [[(item.name, item.available) for item in world.items("song", day)] for day in (0, 2, 3, 5, 9)]
    assert names[0] == names[1] == [("a", True), ("c", False)]
    assert names[2] == [("a", True), ("b", True), ("c", False)]
    assert names[3] == names[4] == [("a", False), ("b", True), ("c", False)]
    assert world.phrasings("music/play")[0].from_day == 4


def test_the_small_household_is_a_part_of_the_household():
    whole, small = load_world("household"), load_world("household-small")
    assert small.file.assistant == whole.file.assistant
    assert small.file.homes == whole.file.homes
    assert len(small.file.intents) == len(small.file.take.intents)
    for intent in small.file.intents:
        assert small.phrasings(intent.name)[0].text == whole.phrasings(intent.name)[0].text
    for slot, table in small.file.slots.items():
        names = {item.name for item in whole.file.slots[slot].items}
        assert {item.name for item in table.items} <= names
        assert len(table.items) >= min(small.file.take.items, len(names))


raw = st.recursive(
    st.integers(),
    lambda inner: st.dictionaries(st.sampled_from("abcd"), inner, min_size=1, max_size=3),
    max_leaves=8,
).filter(lambda value: isinstance(value, dict))
intent = st.fixed_dictionaries({"name": st.sampled_from("xyz"), "k": st.integers()})
named = st.lists(intent, unique_by=lambda each: each["name"])


@given(raw, raw, named, named)
def test_tables_merge_and_intents_replace_by_name(base, own, old, new):
    found, origins = merged({**base, "intents": old}, {**own, "intents": new})
    assert {i["name"]: i for i in found["intents"]} == {i["name"]: i for i in [*old, *new]}
    assert [i["name"] for i in found["intents"][: len(old)]] == [i["name"] for i in old]
    for intent, origin in zip(found["intents"], origins, strict=True):
        assert intent == (
            old[[i["name"] for i in old].index(intent["name"])] if origin is None else new[origin]
        )
    expected = _flat(base)
    for path, value in _flat(own).items():
        expected = {p: v for p, v in expected.items() if p[: len(path)] != path and path[: len(p)] != p}
        expected[path] = value
    assert _flat({key: value for key, value in found.items() if key != "intents"}) == expected


def _flat(value, path=()):
    if not isinstance(value, dict):
        return {path: value}
    found = {}
    for key, inner in value.items():
        found |= _flat(inner, (*path, key))
    return found


@settings(max_examples=8)
@given(st.data())
def test_whatever_is_taken_of_the_household_holds_together(tmp_path_factory, data):
    base = tomllib.loads(world_path("household").read_text())
    names = [intent["name"] for intent in base["intents"]]
    some = data.draw(st.lists(st.sampled_from(names), min_size=1, max_size=12, unique=True))
    items = data.draw(st.one_of(st.none(), st.integers(1, 30)))
    # Something that people want, and searches: what they have found may be asked about.
    some = list(dict.fromkeys([*some, "lights/on", "food/find", "kitchen/recipe"]))
    path = tmp_path_factory.mktemp("taken") / "w.toml"
    limit = "" if items is None else f"items = {items}\n"
    path.write_text(f'name = "part"\nextends = "household"\n[take]\nintents = {json.dumps(some)}\n{limit}')
    cut = taken(base, some, items)
    world = load_world(path)
    assert {intent.name for intent in world.file.intents} == set(some) == {i["name"] for i in cut["intents"]}
