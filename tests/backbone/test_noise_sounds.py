"""How words sound, how far sounds are apart, and which words are near: against their definitions."""

import random
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backbone.noise import pronounce, spoken
from backbone.noise.lexicon import Lexicon
from backbone.noise.race import run
from backbone.noise.readings import Readings
from backbone.noise.sounds import DROPPED, REPLACED, SOUNDS

NUMBERS = range(len(SOUNDS))
sounds = st.lists(st.sampled_from(NUMBERS), max_size=8).map(bytes)


def apart(one, other):
    return REPLACED[SOUNDS.index(one)][SOUNDS.index(other)]


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("cold", "k ow l d"),
        ("gold", "g ow l d"),
        ("knight", "n ay t"),
        ("phone", "f ow n"),
        ("cheap", "ch iy p"),
        ("station", "s t ey sh ah n"),
        ("table", "t ey b ah l"),
        ("playing", "p l ey ih ng"),
        ("queen", "k w iy n"),
        ("wrong", "r ao ng"),
        ("stopped", "s t aa p t"),
        ("lights", "l ay t s"),
        ("dishes", "d ih sh ih z"),
        ("bbc", "b iy b iy s iy"),
        ("7", "s eh v ah n"),
    ],
)
def test_words_sound_as_they_do(word, said):
    assert [SOUNDS[number] for number in pronounce(word)] == said.split()


@given(st.text())
def test_anything_can_be_asked_how_it_sounds(text):
    assert all(number in NUMBERS for number in pronounce(text))


@given(st.text("abcdefghijklmnopqrstuvwxyz", min_size=1))
def test_letters_always_sound(word):
    assert pronounce(word)


@pytest.mark.parametrize(
    ("one", "other"),
    [("two", "too"), ("their", "there"), ("meet", "meat"), ("taylor", "tailor"), ("fair", "fare")],
)
def test_homophones_sound_the_same(one, other):
    assert pronounce(one) == pronounce(other)


@given(st.text())
def test_a_text_as_spoken_stays_so(text):
    assert spoken(spoken(text)) == spoken(text)


def test_distances_between_sounds_are_distances():
    for one in NUMBERS:
        assert REPLACED[one][one] == 0
        for other in NUMBERS:
            assert REPLACED[one][other] == REPLACED[other][one]
            assert (REPLACED[one][other] > 0) == (one != other)


@pytest.mark.parametrize(
    ("near", "far"),
    [
        (("p", "b"), ("p", "n")),
        (("t", "d"), ("t", "l")),
        (("m", "n"), ("m", "s")),
        (("s", "z"), ("s", "g")),
        (("iy", "ih"), ("iy", "aa")),
        (("ae", "eh"), ("ae", "uw")),
        (("w", "uw"), ("w", "iy")),
    ],
)
def test_sounds_that_share_features_are_nearer(near, far):
    assert apart(*near) < apart(*far)


def distance(one, other):
    """The weighted edit distance, by its definition."""
    table = {(0, 0): 0}
    for i in range(len(one) + 1):
        for j in range(len(other) + 1):
            ways = []
            if i:
                ways.append(table[i - 1, j] + DROPPED[one[i - 1]])
            if j:
                ways.append(table[i, j - 1] + DROPPED[other[j - 1]])
            if i and j:
                ways.append(table[i - 1, j - 1] + REPLACED[one[i - 1]][other[j - 1]])
            table[i, j] = min(ways, default=0)
    return table[len(one), len(other)]


WORDS = Lexicon(
    dict.fromkeys(["imagine", "dragons", "a", "i", "thermostat", "kitchen", "of", "strengths"], 1.0)
)


@given(sounds)
def test_every_beginning_and_ending_is_compared_with_every_word(said):
    starts, ends = WORDS.from_start(said), WORDS.from_end(said)
    for many in range(len(said) + 1):
        expected = [distance(said[:many], word) for word in WORDS.sounds]
        assert starts[many].tolist() == expected
        expected = [distance(said[len(said) - many :], word) for word in WORDS.sounds]
        assert ends[many].tolist() == expected


def test_each_reading_arrives_first_as_often_as_it_weighs():
    weights = np.array([50, 30, 15, 5])
    readings = Readings(("a", "b", "c", "d"), tuple(np.cumsum(weights).tolist()), known=True)
    uniform = random.Random(3).random
    races = [run(readings, uniform, waited=4, reach=30.0, lost=0.0, right=False) for _ in range(20_000)]
    first = Counter(winner for winner, _ in races)
    assert [first[text] / len(races) for text in readings.texts] == pytest.approx(weights / 100, abs=0.015)
    for winner, behind in races:
        assert sorted([winner, *(text for _, text in behind)]) == ["a", "b", "c", "d"]
        assert [late for late, _ in behind] == sorted(late for late, _ in behind)
        assert all(late >= 0 for late, _ in behind)


def test_who_comes_second_is_drawn_from_who_is_left():
    readings = Readings(("a", "b", "c"), (60, 90, 100), known=True)
    uniform = random.Random(4).random
    races = [run(readings, uniform, waited=2, reach=30.0, lost=0.0, right=False) for _ in range(20_000)]
    seconds = Counter(behind[0][1] for winner, behind in races if winner == "b")
    assert seconds["a"] / sum(seconds.values()) == pytest.approx(60 / 70, abs=0.02)
