"""The NLU as a model: exact arithmetic, the best path, names in texts, and less of what it was not shown."""

from itertools import pairwise, product

import numpy as np
import pytest
from assistant_worlds import HOME
from hypothesis import given
from hypothesis import strategies as st

from simulator.assistant.ear import recogniser
from simulator.assistant.nlu import Nlu
from simulator.assistant.nlu.confidence import CERTAIN, share_beside, shares
from simulator.assistant.nlu.gazetteer import Gazetteer
from simulator.assistant.nlu.intents import train_intents
from simulator.assistant.nlu.perceptron import ONE, Weights
from simulator.assistant.nlu.tagger import Tagger, train_tagger
from simulator.assistant.situation import Situation
from simulator.dice import Dice
from simulator.world import load_world

TAGS = ("O", "B x", "I x", "B y", "I y")
scores = st.lists(st.integers(-10_000, 10_000), min_size=1, max_size=12)


@given(scores, st.integers(1, 2_000))
def test_shares_are_ordered_as_their_scores_and_add_up_to_one(told, unit):
    found = shares(np.array(told), unit).tolist()
    assert abs(sum(found) - CERTAIN) <= len(told)
    for (one, its), (other, theirs) in product(zip(told, found, strict=True), repeat=2):
        assert one <= other or its >= theirs


@given(st.integers(0, 10_000), st.integers(1, 2_000))
def test_a_share_of_two_is_the_share_of_a_list_of_two(ahead, unit):
    assert share_beside(ahead, unit) == shares(np.array([ahead, 0]), unit)[0]


def test_weights_are_told_as_they_were_on_average():
    weights = Weights(2, 2)
    weights.step()  # one example without a change
    weights.move(np.array([0]), 0, 1)
    weights.step()
    weights.step()
    # The change was there for the last of three examples and after it; steps count from one.
    assert weights.averaged().tolist() == [[ONE * 2 // 4, -ONE * 2 // 4], [0, 0]]


def test_intents_that_a_feature_tells_apart_are_told_apart():
    examples = [([f"w {word}", "w please"], word) for word in ("on", "off", "up")] * 5
    model = train_intents(examples, Dice(1))
    for features, intent in examples:
        assert model.intents[int(model.scores(features).argmax())] == intent
    assert not model.scores(["w never"]).any()


def _allowed(path):
    before = ("", *path)
    return all(tag[0] != "I" or former[2:] == tag[2:] for former, tag in zip(before, path, strict=False))


@given(st.data())
def test_the_path_is_the_best_of_all_that_make_sense(data):
    number = st.integers(-9, 9)
    row = st.lists(number, min_size=5, max_size=5)
    emissions = data.draw(st.lists(row, min_size=1, max_size=4))
    follows = data.draw(st.lists(row, min_size=5, max_size=5))
    tagger = Tagger(TAGS, {}, np.zeros((1, 5), dtype=np.int32), follows)

    def score(path):
        told = sum(emission[column] for emission, column in zip(emissions, path, strict=True))
        return told + sum(follows[one][other] for one, other in pairwise(path))

    every = [
        path
        for path in product(range(5), repeat=len(emissions))
        if _allowed([TAGS[column] for column in path])
    ]
    choice = tagger.choice(("x", "y"))
    found = tagger.path(emissions, choice)
    assert tuple(found) in every
    assert score(found) == max(map(score, every))
    beside = [
        score(found) - score(path)
        for path in every
        if sum(one != other for one, other in zip(path, found, strict=True)) == 1
    ]
    assert tagger.least_ahead(found, emissions, choice) == (min(beside) if beside else None)


def test_values_are_found_by_the_words_around_them():
    def tokens(text):
        words = ["^", *text.split(), "$"]
        return [[f"- {words[i]}", f"+ {words[i + 2]}"] for i in range(len(words) - 2)]

    texts = [("set it to ten please", "OOOBO"), ("set it to half past nine", "OOOBII"), ("to noon", "OB")]
    examples = [
        (tokens(text), [{"O": "O", "B": "B x", "I": "I x"}[tag] for tag in tags], ("x",))
        for text, tags in texts
    ]
    tagger = train_tagger(examples * 3, ("x", "y"), Dice(1))
    for text, tags in texts:
        path = tagger.path(tagger.emissions(tokens(text)), tagger.choice(("x",)))
        assert "".join(tagger.tags[column][0] for column in path) == tags


def test_the_longest_name_is_found_and_all_that_it_may_be():
    gazetteer = Gazetteer({"song": ["harbor", "harbor lights"], "film": ["harbor lights", "lights out"]})
    found = gazetteer.hits(["play", "harbor", "lights", "out", "loud"])
    assert [(hit.start, hit.end, hit.slots) for hit in found] == [(1, 3, ("song", "film"))]
    assert gazetteer.hits(["harbor"])[0].slots == ("song",)
    assert gazetteer.hits(["play"]) == []


def _nlu(world):
    return Nlu(world, 1, recogniser(world, 1))


@pytest.fixture(scope="module")
def partly(tmp_path_factory):
    """A world of which the model is shown a part, and what it was not."""
    path = tmp_path_factory.mktemp("world") / "home.toml"
    path.write_text(HOME.replace("\nseen = 1.0", "\nseen = 0.5"))
    return load_world(str(path))


def test_unseen_wordings_fail_more_often_by_the_model_itself(partly):
    nlu = _nlu(partly)
    right = {True: [], False: []}
    for intent in partly.file.intents:
        for phrasing in partly.phrasings(intent.name):
            for item in range(3):
                values = {
                    slot: partly.items(slot, 0)[item % len(partly.items(slot, 0))].name
                    for slot in phrasing.slots
                }
                read = nlu.read(phrasing.text.format(**values), Situation()).best
                told = {slot.name: slot.value for slot in read.slots}
                right[phrasing.seen].append(f"{read.domain}/{read.intent}" == intent.name and told == values)
    share = {seen: sum(found) / len(found) for seen, found in right.items()}
    assert share[True] > 0.95
    assert share[False] < share[True] - 0.2


def test_what_means_nothing_is_rejected_and_what_was_considered_is_told(partly):
    nlu = _nlu(partly)
    nothing = nlu.read("wibble frandle gost mir", Situation())
    assert nothing.best.is_empty
    assert nothing.ranked[0] is nothing.best
    sure = (
        nlu.read("never mind", Situation())
        if _shown(partly, "never mind")
        else nlu.read("forget it", Situation())
    )
    assert not sure.best.is_empty
    assert sure.confidence > nothing.confidence
    confidences = [each.confidence for each in sure.ranked]
    assert confidences == sorted(confidences, reverse=True)


def _shown(world, text):
    return any(phrasing.seen and phrasing.text == text for phrasing in world.phrasings("chat/cancel"))


def test_nothing_heard_is_nothing_understood(partly):
    assert _nlu(partly).read("", Situation()).best.is_empty
