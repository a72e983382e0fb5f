"""What the trees look at, and what becomes of both readers' scores."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from talks import NOON, session, turn

from rewrite_offline.rephrase.blend import Blend, blend_of
from rewrite_offline.rephrase.features import FEATURES, features_of, heard_turns
from rewrite_offline.rephrase.pair_reader import PairReader, train_pairs
from rewrite_offline.rephrase.supervision import spans_again, targets_of
from streams.records import AsrHypothesis, Interpretation, Label, LabelOrigin, Slot, Turn


def thai_or_chinese() -> tuple[Turn, Turn]:
    """A request that was misheard, with what was meant in its list; then it is understood."""

    def said(name: str, *heard: tuple[str, float], food: str, after: float) -> Turn:
        readings = (
            Interpretation(
                domain="eat", intent="find", slots=(Slot(name="food", value=food),), confidence=0.7
            ),
            Interpretation(confidence=0.3),
        )
        lists = tuple(AsrHypothesis(text=text, score=score) for text, score in heard)
        return turn(name, heard[0][0], after).model_copy(update={"asr": lists, "nlu": readings})

    return (
        said(
            "c:0",
            ("serves chinese food", math.log(0.6)),
            ("serves thai food", math.log(0.4)),
            food="chinese",
            after=0,
        ),
        said("c:1", ("thai food", 0.0), food="thai", after=9),
    )


def described(*turns: Turn) -> dict[str, float]:
    """Features of the first two turns."""
    talk = session(*turns)
    row = features_of(talk, heard_turns(talk), 0, [1])[0]
    return dict(zip(FEATURES, row.tolist(), strict=True))


def test_what_was_half_heard_the_first_time_is_seen():
    found = described(*thai_or_chinese())
    assert found["heard_before"] == pytest.approx(0.4)
    assert found["understood_before"] == 0
    assert found["heard_again"] == 0
    assert (found["same_slots"], found["other_values"]) == (0, 1)
    assert found["intents_again"] == pytest.approx(0.7 * 0.7 + 0.3 * 0.3)
    assert found["since"] == 9
    assert found["first_heard"] == pytest.approx(0.6)
    assert found["first_least_long_word"] == pytest.approx(0.6)
    assert found["first_nothing"] == pytest.approx(0.3)
    assert found["distance"] == 1


def test_a_typed_log_without_nlu_is_read_by_what_it_has():
    bare = [
        Turn(
            turn_id=f"c:{n}",
            customer_id="c",
            time=NOON.replace(second=10 * n),
            utterance=text,
        )
        for n, text in enumerate(["play some jazz", "play jazz"])
    ]
    found = described(*bare)
    unknown = {name for name, value in found.items() if math.isnan(value)}
    assert {"first_heard", "later_understood", "slots_again", "heard_before", "first_status"} <= unknown
    assert found["words_again"] > 0.8
    assert found["alike"] == found["like"] > 0.7


def test_nothing_to_compare_is_no_row():
    talk = session(turn("c:0", ""))
    assert features_of(talk, heard_turns(talk), 0, []).shape == (0, len(FEATURES))
    silent = [one.model_copy(update={"asr": ()}) for one in (turn("c:0", ""), turn("c:1", "", 3))]
    assert described(*silent)["words_again"] == 0


SCORES = st.lists(
    st.tuples(
        st.sampled_from(["play jazz", "ply jazz", "jazz", ""]),
        st.floats(-1e6, 1e6) | st.just(math.inf) | st.none(),
    ),
    max_size=6,
)


@given(SCORES, SCORES)
def test_probabilities_are_probabilities_whatever_the_scores(one, other):
    def heard(name: str, scored: list, after: float) -> Turn:
        lists = tuple(AsrHypothesis.model_construct(text=text, score=score) for text, score in scored)
        return turn(name, "play jazz", after).model_copy(update={"asr": lists})

    talk = session(heard("c:0", one, 0), heard("c:1", other, 5))
    turns = heard_turns(talk)
    for each in turns:
        assert sum(each.texts.values()) == pytest.approx(1)
        assert all(0 <= share <= 1 + 1e-9 for share in each.words.values())
    row = features_of(talk, turns, 0, [1])[0]
    found = dict(zip(FEATURES, row.tolist(), strict=True))
    assert 0 <= found["words_again"] <= 1 + 1e-6
    assert not np.isinf(row).any()


def test_the_same_request_is_the_same_request():
    found = described(turn("c:0", "play jazz"), turn("c:1", "play jazz", 4))
    assert found["words_again"] == pytest.approx(1)
    assert found["like"] == found["alike"] == 1
    assert found["same_slots"] == 1
    assert math.isnan(found["heard_before"])


def test_of_several_rephrases_the_one_that_worked_counts_most():
    told = Label(
        label_id="l",
        turn_id="c:0",
        time=NOON,
        origin=LabelOrigin.PERSON,
        rephrases=("c:1", "c:2"),
        best_rephrase="c:2",
    )
    worked, did_not, other = targets_of(("c:2", "c:1", "c:3"), told)
    assert (worked, other) == (1, 0)
    assert 0 < did_not < 1
    assert targets_of(("c:1", "c:3"), told).tolist() == [1, 0]
    # A confidence is about saying it again, not about whether that worked.
    assert spans_again(targets_of(("c:2", "c:1", "c:3"), told)) == (1, 2)
    assert spans_again(targets_of(("c:3",), told)) == (0,)


@pytest.fixture(scope="module")
def taught():
    """Trees that learned that a short gap, where it is known, tells a rephrase."""
    dice = np.random.default_rng(0)
    features = dice.normal(size=(4000, len(FEATURES))).astype(np.float32)
    features[dice.random(features.shape) < 0.2] = np.nan
    gap = FEATURES.index("gap")
    targets = (features[:, gap] < 0).astype(np.float64)
    return train_pairs(features, targets, np.ones(len(targets)), seed=3), features, targets, gap


def test_trees_learn_and_come_back_from_their_file_as_they_were(taught, tmp_path):
    reader, features, targets, gap = taught
    odds = reader(features)
    known = ~np.isnan(features[:, gap])
    assert np.mean((odds > 0)[known] == targets[known]) > 0.97
    again = PairReader.read(reader.write(tmp_path / "pairs.json"))
    np.testing.assert_array_equal(again(features), odds)
    np.testing.assert_allclose([float(again(row[None])[0]) for row in features[:20]], odds[:20], rtol=1e-6)
    assert again(features[:0]).shape == (0,)


def test_training_twice_makes_the_same_bytes(taught, tmp_path):
    reader, features, targets, _ = taught
    twice = train_pairs(features, targets, np.ones(len(targets)), seed=3)
    files = reader.write(tmp_path / "a.json"), twice.write(tmp_path / "b.json")
    assert files[0].read_bytes() == files[1].read_bytes()


def test_a_file_that_holds_no_such_trees_is_refused(tmp_path):
    (tmp_path / "pairs.json").write_text("{}")
    with pytest.raises(ValueError, match="holds no trees"):
        PairReader.read(tmp_path / "pairs.json")


@st.composite
def judged(draw):
    """Few requests, with the scores of both readers for each span."""
    spans, pairs, right = [], [], []
    for many in draw(st.lists(st.integers(1, 4), min_size=1, max_size=5)):
        scores = st.lists(st.floats(-5, 5), min_size=many, max_size=many)
        spans.append(np.array(draw(scores)))
        pairs.append(np.array(draw(scores)))
        right.append((draw(st.integers(0, many - 1)),))
    return spans, pairs, right


def likely(blend: Blend, spans, pairs, right) -> float:
    """Log of the probability of what is right, span by span."""
    told = 0.0
    for one, other, (hit,) in zip(spans, pairs, right, strict=True):
        scores = [blend.spans * a + blend.pairs * b for a, b in zip(one, other, strict=True)]
        told += scores[hit] - math.log(sum(map(math.exp, scores)))
    return told


@given(judged())
def test_no_other_blend_makes_what_is_right_likelier(rows):
    best = likely(blend_of(*rows), *rows)
    grid = [step / 10 for step in range(15)]
    others = [Blend(spans=a, pairs=b) for a, b in itertools.product(grid, grid) if a + b]
    assert best >= max(likely(other, *rows) for other in others) - 1e-6
