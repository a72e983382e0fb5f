from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from talks import label, session, turn

from rewrite_offline.rephrase import RephraseSettings, sequences_of, weak_labels
from rewrite_offline.rephrase.calibration import Calibration, calibrate
from rewrite_offline.rephrase.marks import KINDS, ROLES
from rewrite_offline.rephrase.ranking import average_precision
from rewrite_offline.rephrase.spans import span_probabilities
from rewrite_offline.rephrase.supervision import target_spans
from streams.outcome import OutcomeModel

CALL = session(
    turn("c:0", "ply jazz", 0, met=False),
    turn("c:1", "plate jazz", 8, met=False),
    turn("c:2", "play jazz", 16),
    turn("c:3", "play news", 300),
)


def words(text: str) -> int:
    return len(text.split()) + 2


def test_a_sequence_is_the_request_its_answer_and_what_came_after():
    first = sequences_of(CALL, RephraseSettings())[0]
    sorry = "sorry, I did not get that"
    assert first.texts == ("", "ply jazz", sorry, "plate jazz", sorry, "play jazz", "here is jazz")
    assert first.candidates == ((3, "c:1"), (5, "c:2"))
    assert [ROLES[mark.role] for mark in first.marks[:4]] == ["nothing", "request", "answer", "later_request"]


def test_what_was_said_before_stands_before():
    second = sequences_of(CALL, RephraseSettings())[1]
    assert second.texts[:3] == ("", "sorry, I did not get that", "plate jazz")


def test_requests_after_the_longest_gap_are_no_candidates():
    assert [
        one for _, one in sequences_of(CALL, RephraseSettings(max_gap=timedelta(seconds=10)))[0].candidates
    ] == ["c:1"]
    assert sequences_of(CALL, RephraseSettings())[2].candidates == ()


def test_every_marker_has_a_vector():
    for sequence in sequences_of(CALL, RephraseSettings()):
        assert all(0 <= n < many for mark in sequence.marks for n, many in zip(mark, KINDS, strict=True))


def test_a_long_session_is_cut_by_whole_turns_nearest_first_and_counted():
    whole = sequences_of(CALL, RephraseSettings(), words)[0]
    least = sum(map(words, whole.texts[:5]))
    cut = sequences_of(CALL, RephraseSettings(window=least), words)[0]
    assert (cut.texts, cut.candidates, cut.cut) == (whole.texts[:5], whole.candidates[:1], 1)
    assert whole.cut == 0


@given(st.integers(16, 60))
def test_no_sequence_is_longer_than_the_window_unless_the_request_itself_is(window):
    for sequence in sequences_of(CALL, RephraseSettings(window=window), words):
        if sequence.candidates:
            assert sum(map(words, sequence.texts)) <= window


def test_of_several_rephrases_the_one_that_worked_is_the_right_one():
    told = label(CALL.turns[0], ("c:1", "c:2"), best="c:2")
    assert target_spans(("c:1", "c:2"), told) == (2,)
    assert target_spans(("c:1",), told) == (1,)
    assert target_spans((), told) == (0,)
    assert target_spans(("c:1", "c:2"), label(CALL.turns[0], ())) == (0,)


def test_signals_suggest_what_people_went_on_to():
    found = {one.turn_id: one for one in weak_labels([CALL], OutcomeModel.given())}
    assert found["c:0"].best_rephrase == "c:2"
    assert found["c:2"].rephrases == ()
    assert {one.origin for one in found.values()} == {"signals"}


@given(arrays.arrays(np.float64, (3, 4), elements=st.floats(-20, 20)), arrays.arrays(np.bool_, (3, 4)))
def test_only_spans_that_are_there_share_the_probability(scores, there):
    there[:, 0] = True
    found = span_probabilities(scores, there)
    assert np.allclose(found.sum(axis=1), 1)
    assert not found[~there].any()
    plain = [
        [np.exp(s) if t else 0.0 for s, t in zip(*row, strict=True)]
        for row in zip(scores, there, strict=True)
    ]
    assert np.allclose(found, [np.array(row) / sum(row) for row in plain])


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=40))
def test_calibration_keeps_the_order_and_its_threshold_has_the_best_f1_to_be_expected(rows):
    scores, right = np.array([s for s, _ in rows]), np.array([r for _, r in rows])
    rephrased = int(right.sum()) + 2
    found = calibrate(scores, right, rephrased)
    confidence = found(np.sort(scores))
    assert ((np.diff(confidence) >= 0) & (confidence[1:] <= 1)).all()
    if right.any() and not right.all():

        def f1(threshold):
            said = found(scores) >= threshold
            return 2 * found(scores)[said].sum() / (said.sum() + rephrased)

        assert f1(found.threshold) == pytest.approx(max(f1(t) for t in found(scores)))


def test_nothing_is_calibrated_on_nothing():
    assert calibrate(np.array([0.2, 0.4]), np.array([False, False]), 0) == Calibration()


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=30), st.integers(1, 5))
def test_average_precision_is_the_mean_of_the_precision_at_each_hit(rows, missed):
    scores, right = np.array([s for s, _ in rows]), np.array([r for _, r in rows], bool)
    ranked = [r for _, r in sorted(rows, key=lambda row: -row[0])]
    told = sum(sum(ranked[: n + 1]) / (n + 1) for n, hit in enumerate(ranked) if hit) / (sum(ranked) + missed)
    assert average_precision(scores, right, sum(ranked) + missed) == pytest.approx(told)
