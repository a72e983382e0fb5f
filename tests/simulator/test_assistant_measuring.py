"""What is measured of an assistant adds up, and tells a good one from a bad one."""

import pytest
from assistant_worlds import HOME

from simulator.assistant import Assistant
from simulator.assistant.measuring import Sampler, measure, with_channel
from simulator.world import load_world

MANY = 300


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    path = tmp_path_factory.mktemp("world") / "home.toml"
    path.write_text(HOME.replace("\nseen = 1.0", "\nseen = 0.5"))
    return load_world(str(path))


@pytest.fixture(scope="module")
def requests(world):
    sampler = Sampler(world, 1)
    return [sampler.draw(number) for number in range(MANY)]


@pytest.fixture(scope="module")
def heard(world, requests):
    return measure(Assistant(world), world, requests, clean=False)


def test_requests_are_the_same_for_a_seed_and_have_all_sorts(world, requests):
    again = Sampler(world, 1)
    assert [again.draw(number) for number in range(MANY)] == requests
    other = Sampler(world, 2)
    assert [other.draw(number) for number in range(MANY)] != requests
    assert {asked.seen_wording for asked in requests} == {True, False}
    assert {asked.tail for asked in requests} == {True, False}
    assert all(asked.said.text and "{" not in asked.said.text for asked in requests)


def test_parts_of_a_sample_are_the_whole(heard):
    parts = [heard.only(seen_wording=seen) for seen in (True, False)]
    assert sum(len(part.answers) for part in parts) == MANY
    defects = sum(part.defects * len(part.answers) for part in parts) / MANY
    assert defects == pytest.approx(heard.defects)
    assert sum(heard.failed_at.values()) == pytest.approx(heard.defects)
    accepted = sum(many for _, many, _ in heard.reliability)
    assert accepted == pytest.approx((1.0 - heard.rejected) * MANY)


def test_who_hears_all_fails_less_and_less_where_it_was_shown_the_wording(world, requests, heard):
    clean = measure(Assistant(world), world, requests, clean=True)
    assert clean.failed_at["asr"] == 0.0
    assert clean.defects < heard.defects
    assert clean.only(seen_wording=True).understood > clean.only(seen_wording=False).understood
    wrong, good = heard.made_good["asr"]
    assert 0.0 < heard.failed_at["asr"] <= wrong * (1.0 - good) + 1e-9


def test_another_channel_is_another_ear_in_the_same_world(world):
    other = with_channel(world, "telephone")
    assert other.file.assistant.channel == "telephone"
    assert other.file.intents == world.file.intents
    assert world.file.assistant.channel == "far_field"
