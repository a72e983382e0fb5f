"""The laws of the noise channel: what holds for any profile, any words and any chance."""

import math
import random
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from backbone.errors import EmptyVocabulary, UnknownProfile
from backbone.noise import PROFILES, Channel, readings
from backbone.noise.adding import added_up

VOCABULARY = {
    "play imagine dragons": 30,
    "play coldplay in the kitchen": 20,
    "turn on the lights": 40,
    "turn the thermostat to twenty": 10,
    "set a timer for ten minutes": 25,
    "call my mother": 8,
    "what is the weather in boston": 12,
    "maj": 1,
    "thermos that": 2,
    "gold": 3,
    "and": 9,
    "flights": 2,
    "of an old day": 4,
}
WORDS = sorted({word for text in VOCABULARY for word in text.split()})
SENTENCES = [text for text, count in VOCABULARY.items() if count >= 8]
CHANNELS = {name: Channel(name, VOCABULARY) for name in PROFILES}

channels = st.sampled_from(sorted(CHANNELS)).map(CHANNELS.get)
known = st.lists(st.sampled_from(WORDS), min_size=1, max_size=12).map(" ".join)
anything = st.lists(st.text("abcdefghijklmnopqrstuvwxyz'", min_size=1, max_size=12), max_size=6).map(" ".join)
seeds = st.integers(0, 2**32)
noises = st.floats(0.0, 20.0)


def draws(seed):
    return random.Random(seed).random


def errors(said, heard):
    """Levenshtein's distance in words, by its definition."""
    before = list(range(len(heard) + 1))
    for row, word in enumerate(said, 1):
        now = [row]
        for column, other in enumerate(heard, 1):
            now.append(min(before[column] + 1, now[-1] + 1, before[column - 1] + (word != other)))
        before = now
    return before[-1]


@given(channels, anything, seeds, noises)
def test_the_same_draws_give_the_same_answer(channel, said, seed, noise):
    assert channel.hear(said, draws(seed), noise) == channel.hear(said, draws(seed), noise)


@given(known, seeds, noises)
def test_what_was_heard_before_changes_nothing(said, seed, noise):
    fresh = Channel("telephone", VOCABULARY)
    assert fresh.hear(said, draws(seed), noise) == CHANNELS["telephone"].hear(said, draws(seed), noise)


@given(channels, anything, seeds, noises)
def test_a_list_is_ordered_and_without_repeats(channel, said, seed, noise):
    heard = channel.hear(said, draws(seed), noise)
    texts, scores = [one.text for one in heard], [one.score for one in heard]
    assert 1 <= len(heard) <= channel.profile.hypotheses
    assert len(set(texts)) == len(texts)
    assert scores == sorted(scores, reverse=True)
    assert math.isclose(sum(math.exp(score) for score in scores), 1.0, abs_tol=0.01)


@given(channels, known, seeds)
def test_without_noise_what_was_said_comes_first(channel, said, seed):
    assert channel.hear(said, draws(seed), noise=0.0)[0].text == said


@given(channels, anything, seeds, noises)
def test_only_words_that_the_recogniser_knows_are_heard(channel, said, seed, noise):
    assume(any(letter.isalpha() for letter in said))
    for heard in channel.hear(said, draws(seed), noise):
        assert set(heard.text.split()) <= set(WORDS)


@given(known, seeds, noises)
def test_speech_is_never_heard_as_nothing_unless_the_profile_says_so(said, seed, noise):
    channel = CHANNELS["telephone"].through(replace(PROFILES["telephone"], silence=0.0))
    assert all(heard.text for heard in channel.hear(said, draws(seed), noise))


@given(known, seeds)
def test_a_deaf_recogniser_hears_nothing(said, seed):
    channel = CHANNELS["telephone"].through(replace(PROFILES["telephone"], silence=1.0))
    assert [heard.text for heard in channel.hear(said, draws(seed))] == [""]


def test_nothing_said_is_nothing_heard():
    assert [heard.text for heard in CHANNELS["close"].hear("", draws(1))] == [""]


@pytest.mark.parametrize("name", sorted(PROFILES))
def test_more_noise_means_more_errors(name):
    channel, rates = CHANNELS[name], []
    for noise in (0.0, 0.3, 1.0, 3.0, 10.0):
        wrong = words = 0
        for seed in range(1_500):
            said = SENTENCES[seed % len(SENTENCES)].split()
            wrong += errors(said, channel.hear(" ".join(said), draws(seed), noise)[0].text.split())
            words += len(said)
        rates.append(wrong / words)
    assert rates[0] == 0.0
    assert rates == sorted(set(rates))


def test_what_is_unknown_is_heard_as_what_sounds_alike():
    channel = Channel("close", {"lights": 5, "elephant": 5, "tomorrow": 5})
    for seed in range(50):
        assert channel.hear("nights", draws(seed), noise=0.0)[0].text == "lights"


def test_words_that_sound_alike_are_confused_more_often():
    channel = Channel("telephone", {"cat": 1, "cap": 1, "elephant": 1, "sunday": 1})
    heard = [channel.hear("cat", draws(seed), noise=3.0)[0].text for seed in range(2_000)]
    assert heard.count("cap") > 3 * max(heard.count("elephant"), heard.count("sunday"), 1)


def test_of_two_that_sound_alike_the_popular_one_is_heard_more_often():
    channel = Channel("telephone", {"cat": 10, "bat": 200, "pat": 1, "elephant": 50})
    heard = [channel.hear("cat", draws(seed), noise=2.0)[0].text for seed in range(3_000)]
    assert heard.count("bat") > 1.5 * heard.count("pat")


@pytest.mark.parametrize(
    ("said", "heard", "others"),
    [
        ("play imagine dragons", "play maj and dragons", {"maj": 2, "and": 9, "radio": 3}),
        ("turn the thermostat up", "turn the thermos that up", {"thermos": 2, "that": 9, "radio": 3}),
        ("play coldplay", "play gold play", {"gold": 2, "radio": 3}),
        ("a nice drink", "an ice drink", {"an": 9, "ice": 2, "radio": 3}),
        ("oat milk", "oatmilk", {"oatmilk": 2, "radio": 3}),
    ],
)
def test_boundaries_between_words_are_misheard_too(said, heard, others):
    channel = Channel("telephone", {said: 5, **others})
    lists = (channel.hear(said, draws(seed), noise=2.0) for seed in range(2_000))
    assert any(heard == one.text for found in lists for one in found)


def test_an_utterance_known_as_a_whole_is_heard_better():
    channel = Channel(
        replace(PROFILES["telephone"], familiar=0.3), {"turn on the lights": 500, "turn the lights on": 1}
    )
    exact = [
        sum(channel.hear(said, draws(seed))[0].text == said for seed in range(1_500))
        for said in ("turn on the lights", "lights on the turn")
    ]
    assert exact[0] > exact[1]


def test_a_lost_reading_is_nowhere_in_the_list():
    channel = CHANNELS["telephone"].through(replace(PROFILES["telephone"], lost=1.0, silence=0.0))
    for seed in range(500):
        texts = [heard.text for heard in channel.hear("kitchen", draws(seed), noise=3.0)]
        assert texts[0] == "kitchen" or "kitchen" not in texts


@given(known, seeds, st.integers(-20, 20).map(lambda power: 2.0**power))
def test_counts_may_be_in_any_unit(said, seed, unit):
    channel = Channel("telephone", {text: count * unit for text, count in VOCABULARY.items()})
    expected = CHANNELS["telephone"].hear(said, draws(seed))
    assert [one.text for one in channel.hear(said, draws(seed))] == [one.text for one in expected]


@given(st.permutations(sorted(VOCABULARY.items())), known, seeds)
def test_the_order_of_the_vocabulary_is_of_no_weight(pairs, said, seed):
    assert Channel("close", dict(pairs)).hear(said, draws(seed)) == CHANNELS["close"].hear(said, draws(seed))


def test_what_is_kept_is_bounded_and_its_loss_changes_nothing(monkeypatch):
    monkeypatch.setattr(readings, "_PLACES", 3)
    monkeypatch.setattr(readings, "_CONFUSIONS", 5)
    bounded, unbounded = Channel("telephone", VOCABULARY), CHANNELS["telephone"]
    for seed, said in enumerate(SENTENCES * 4):
        assert bounded.hear(said, draws(seed), 3.0) == unbounded.hear(said, draws(seed), 3.0)
        assert len(bounded._confusions) <= 5
        assert all(len(kept) <= 3 for kept in bounded._weighing.levels)


def test_profiles_that_share_words_are_as_if_they_did_not():
    shared = CHANNELS["telephone"].through("close")
    for seed, said in enumerate(SENTENCES):
        assert shared.hear(said, draws(seed)) == CHANNELS["close"].hear(said, draws(seed))


def test_an_unknown_profile_is_refused_by_name():
    with pytest.raises(UnknownProfile, match=r"walkie_talkie.*telephone"):
        Channel("walkie_talkie", VOCABULARY)


@pytest.mark.parametrize("vocabulary", [{}, {"": 3.0}, {"?!": 1.0}, {"lights": 0.0}])
def test_a_recogniser_without_words_is_refused(vocabulary):
    with pytest.raises(EmptyVocabulary):
        Channel("close", vocabulary)


def test_sums_go_from_left_to_right_on_every_python():
    assert added_up([1e16, 1.0, -1e16]) == 0.0
    assert added_up([]) == 0.0
