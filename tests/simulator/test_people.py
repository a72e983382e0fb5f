"""Who lives in a world, what they want, and what they say."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from people_world import WORLD, small_world

from simulator.dice import Dice
from simulator.people import (
    Calendar,
    Drift,
    Memory,
    Mood,
    Surroundings,
    Tastes,
    Wishes,
    Words,
    settle,
    style_of,
)
from simulator.people.moods import CLEARER, MORE, OTHER, SAME
from simulator.world import load_world

SEED = 5
DRIFT = """
[[drift]]
day = 2
kind = "item"
about = "late snow"
slot = "song"
share = 0.4

[[drift]]
day = 2
kind = "rare"
about = "any/stop"
share = 0.3
days = 3

[[drift]]
day = 4
kind = "traffic"
factor = 6.0
days = 1

[[drift]]
day = 3
kind = "slang"
about = "spin {song}"
share = 0.5

[[drift]]
day = 1
kind = "device"
about = "phone"
share = 0.5
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return small_world(tmp_path_factory.mktemp("world"))


@pytest.fixture(scope="module")
def changing(tmp_path_factory):
    path = tmp_path_factory.mktemp("changing") / "hut.toml"
    path.write_text(WORLD + DRIFT)
    return load_world(path)


def cast(world):
    drift = Drift(world, SEED)
    tastes = Tastes(world, SEED, drift)
    return drift, tastes, Wishes(world, tastes, drift), Words(world, SEED, drift)


@given(st.integers(1, 60), st.integers(0, 2**40))
@settings(max_examples=25)
def test_homes_hold_as_many_people_as_asked_for_and_are_the_same_for_more(world, count, seed):
    homes = list(settle(world, seed, count))
    people = [customer for home in homes for customer in home.customers]
    assert len({customer.customer_id for customer in people}) == len(people) == count
    assert all(home.listening(0) for home in homes)
    assert list(settle(world, seed, count + 20))[: len(homes) - 1] == homes[:-1]


def test_a_device_is_there_from_the_day_on_which_it_is_bought(changing):
    homes = list(settle(changing, SEED, 200))
    before = sum(len(home.listening(0)) for home in homes)
    after = sum(len(home.listening(1)) for home in homes)
    assert before < after < before + len(homes)
    assert 0.35 < (after - before) / len(homes) < 0.65


def test_favourites_stay_and_are_not_everybodys(world):
    _, tastes, _, _ = cast(world)
    _, again, _, _ = cast(world)
    people = [f"c{number:05}" for number in range(60)]
    first = Counter(tastes.favourites(person, "song")[0].name for person in people)
    assert set(first) == {"red river", "dead river", "green fields"}
    assert all(again.favourites(person, "song") == tastes.favourites(person, "song") for person in people)


def test_who_wants_a_song_and_its_artist_wants_the_artist_of_that_song(world):
    _, _, wishes, _ = cast(world)
    home = next(iter(settle(world, SEED, 1)))
    artists = {item.name: item.of["artist"] for item in world.items("song", 5)}
    seen = 0
    for number in range(300):
        wish = wishes.draw(home.customers[0], 5, (), home.kinds(5), Dice(SEED, number))
        assert set(wish.intent.slots) <= wish.items.keys()
        if {"song", "artist"} <= wish.items.keys():
            seen += 1
            assert wish.items["artist"].name == artists[wish.items["song"].name]
    assert seen > 5


def test_what_goes_on_decides_what_is_wanted_and_what_it_means(world):
    _, _, wishes, _ = cast(world)
    home = next(iter(settle(world, SEED, 1)))

    def drawn(states):
        found = [wishes.draw(home.customers[0], 0, states, (), Dice(SEED, n)) for n in range(600)]
        return Counter(wish.intent.name for wish in found), {(w.intent.name, w.meant) for w in found}

    still, _ = drawn(())
    playing, meanings = drawn(("music",))
    assert still["music/stop"] < 0.1 * playing["music/stop"]
    assert ("any/stop", "music/stop") in meanings


def test_a_changed_wish_differs_in_what_was_changed_and_one_without_values_is_the_same(world):
    _, _, wishes, _ = cast(world)
    customer = next(iter(settle(world, SEED, 1))).customers[0]
    louder = wishes.of(world.intent("volume/up"), customer, 0, (), Dice("louder"))
    assert wishes.other(louder, customer, 0, (), Dice("more")) == louder
    lamp = wishes.of(world.intent("lights/on"), customer, 0, (), Dice("lamp"))
    others = {wishes.other(lamp, customer, 0, (), Dice("more", n)).values["room"] for n in range(40)}
    assert others == {"kitchen", "hall", "attic"}


@given(st.integers(0, 2**40))
@settings(max_examples=60)
def test_only_what_the_assistant_asks_for_is_left_out(world, seed):
    _, _, wishes, words = cast(world)
    customer = next(iter(settle(world, SEED, 1))).customers[0]
    wish = wishes.draw(customer, 0, (), (), Dice(seed))
    said = words.first(wish, customer, Memory(), 0, Dice(seed, "words"))
    named = {slot.name for slot in said.meaning.slots}
    assert set(wish.values) - named <= set(wish.intent.asks)
    for slot in named:
        assert wish.values[slot] in said.text


@given(st.integers(0, 2**40))
@settings(max_examples=60)
def test_who_rephrases_says_the_same_in_words_not_tried_or_says_more(world, seed):
    _, _, wishes, words = cast(world)
    customer = next(iter(settle(world, SEED, 1))).customers[0]
    wish = wishes.draw(customer, 0, (), (), Dice(seed))
    first = words.first(wish, customer, Memory(), 0, Dice(seed, "words"))
    other = words.other(wish, [first.text], 0, Dice(seed, "other"))
    if other is not None:
        assert other.text != first.text
        assert {slot.value for slot in other.meaning.slots} == set(wish.values.values())
    more = words.more(wish, [first.text], 0, Dice(seed, "more"))
    if more is not None:
        whole, said = more
        assert wish.values.items() <= whole.values.items()
        assert said.text != first.text


def test_people_are_used_to_a_wording_and_take_to_what_they_learned(world):
    _, _, wishes, words = cast(world)
    memory = Memory()
    customer = next(iter(settle(world, SEED, 1))).customers[0]
    louder = wishes.of(world.intent("volume/up"), customer, 0, (), Dice("louder"))

    def usual():
        said = [words.first(louder, customer, memory, 0, Dice(n, "words")).text for n in range(200)]
        return Counter(text.split(maxsplit=1)[1] if text.split()[0] in FILLERS else text for text in said)

    before = usual().most_common(1)[0]
    assert before[1] > 100
    other = next(text for text in ("louder", "volume up", "turn it up") if text != before[0])
    memory.learn(customer.customer_id, "volume/up", other)
    assert usual().most_common(1)[0][0] == other
    kept = Memory()
    kept.restore(memory.to_json())
    assert kept.wording(customer.customer_id, "volume/up") == other


FILLERS = {"um", "uh", "okay", "hey", "so", "well"}


def test_what_was_asked_for_lasts_its_time_and_sensors_mostly_show_it(world):
    around = Surroundings(world, Dice("home"), 0)
    morning = 9 * 3600.0
    assert around.on(morning) == ()
    around.switch("music", True, morning, Dice("lasts"))
    assert around.on(morning + 1.0) == ("music",)
    kept = Surroundings(world, Dice("home"), 0)
    kept.restore(around.to_json())
    assert kept.on(morning + 1.0) == ("music",)
    around.switch("music", False, morning + 2.0, Dice("stops"))
    assert around.on(morning + 3.0) == ()
    shown = [around.shown(("music",), hour * 3600.0).sensors.get("level") for hour in range(2000)]
    assert 0.93 < sum(value is True for value in shown) / len(shown) < 0.98
    assert {True, False, None} == set(shown)


def test_states_come_by_the_hours_of_the_home(world):
    for offset in (0, -300):
        around = Surroundings(world, Dice("home", offset), offset)
        on = Counter()
        for day in range(60):
            for hour in range(24):
                at = day * 86_400.0 + hour * 3_600.0 + 60.0
                on[int((at + offset * 60.0) % 86_400.0 // 3_600)] += "guests" in around.on(at)
        assert {hour for hour, count in on.items() if count} == set(range(16, 22))
        assert 0.2 < sum(on.values()) / (6 * 60) < 0.4


def test_habits_have_their_hour_and_their_people(world):
    drift, _, _, _ = cast(world)
    calendar = Calendar(world, SEED, drift)
    homes = list(settle(world, SEED, 80))
    having = set()
    for home in homes:
        for customer in home.customers:
            for day in range(5):
                for plan in calendar.plans(home, customer, day, Dice(SEED, customer.customer_id, day)):
                    if plan.habit is not None:
                        having.add(customer.customer_id)
                        local = (plan.at / 3600.0 + home.utc_offset_minutes / 60.0) % 24
                        assert 6.5 < local < 8.5
    assert 25 < len(having) < 55
    following = [c for home in homes for c in home.customers if calendar.after("music/play", c)]
    assert 25 < len(following) < 55
    assert all(calendar.after("lights/on", customer) == () for customer in following)


def test_drift_changes_what_is_wanted_on_its_days(changing):
    drift, tastes, wishes, _ = cast(changing)
    customer = next(iter(settle(changing, SEED, 1))).customers[0]
    assert [drift.busyness(day) for day in (3, 4, 5)] == [1.0, 6.0, 1.0]

    def share(day, of):
        return sum(of(day, Dice(day, number)) for number in range(500)) / 500

    def rare(day, dice):
        return wishes.draw(customer, day, ("music",), (), dice).intent.name == "any/stop"

    assert [day for day in range(8) if share(day, rare) > 0.0] == [2, 5]
    new = [
        share(day, lambda d, dice: tastes.item(customer, "song", d, dice).name == "late snow")
        for day in (1, 2)
    ]
    assert new[0] == 0.0
    assert new[1] > 0.35


def test_slang_is_for_those_who_take_to_it(changing):
    drift, _, wishes, words = cast(changing)
    people = [customer for home in settle(changing, SEED, 100) for customer in home.customers]
    speakers = [person for person in people if drift.slang(person.customer_id, 3)]
    assert 30 < len(speakers) < 70
    assert not any(drift.slang(person.customer_id, 2) for person in people)

    def spun(person, day):
        wish = wishes.of(changing.intent("music/play"), person, day, (), Dice("wish", person.customer_id))
        drawn = Dice(person.customer_id, day)
        return "spin" in words.first(wish, person, Memory(), day, drawn).text

    assert not any(spun(person, 2) for person in people)
    of_speakers = sum(spun(person, 3) for person in speakers) / len(speakers)
    of_others = sum(spun(p, 3) for p in people if p not in speakers) / (len(people) - len(speakers))
    assert of_speakers > of_others + 0.15


@given(st.integers(0, 2**40), st.integers(1, 6))
def test_nobody_tries_more_often_than_the_world_allows(world, seed, failures):
    people = world.file.people
    mood = Mood.drawn(Dice(seed))
    customer = next(iter(settle(world, SEED, 1))).customers[0]
    if failures > len(people.tries_again):
        assert not mood.tries_again(people, customer, failures)
    assert style_of(mood, people, failures) in (SAME, CLEARER, OTHER, MORE)
    assert mood.waits(people.gap) > 0.0
    assert mood.takes_for_wrong(people, wrong=False, plain=True)


def test_failures_are_noticed_imperfectly_and_styles_are_drawn_by_their_weights(world):
    people = world.file.people
    moods = [Mood.drawn(Dice("moods", number)) for number in range(4000)]
    noticed = sum(mood.takes_for_wrong(people, wrong=True, plain=False) for mood in moods) / 4000
    imagined = sum(mood.takes_for_wrong(people, wrong=False, plain=False) for mood in moods) / 4000
    assert noticed == pytest.approx(people.notices, abs=0.02)
    assert imagined == pytest.approx(people.notices_nothing, abs=0.01)
    styles = Counter(style_of(mood, people, 1) for mood in moods)
    assert styles[SAME] / 4000 == pytest.approx(people.same_words, abs=0.03)
    assert styles[OTHER] / 4000 == pytest.approx(people.other_words, abs=0.03)
