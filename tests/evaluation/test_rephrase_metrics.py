"""The figures of rephrase detection against their definitions, and against the corpus's own scorer."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.errors import NothingToScore
from evaluation.rephrase.labels import labels_of
from evaluation.rephrase.logs import counts_in_dstc2
from evaluation.rephrase.metrics import (
    FIGURES,
    Judge,
    average_precision,
    precision_and_recall,
)
from evaluation.rephrase.requests import GROUPS, Request, requests_of, shared_words
from rewrite_offline.rephrase import Detection
from streams.records import LabelOrigin

LATER = ("x", "y", "z")


@st.composite
def judged(draw):
    """Requests, and what was said of them; few confidences, so that many are equal."""
    requests, said = [], []
    for number in range(draw(st.integers(1, 12))):
        again = draw(st.lists(st.sampled_from(LATER), unique=True))
        best = draw(st.sampled_from([None, *again]))
        requests.append(
            Request(
                turn_id=f"t{number}",
                caller=draw(st.sampled_from("abc")),
                rephrases=frozenset(again),
                best=best,
                defect=draw(st.booleans()),
                alike=draw(st.booleans()) and bool(again),
            )
        )
        likeliest = draw(st.sampled_from([None, *LATER]))
        confidence = draw(st.sampled_from([0.0, 0.2, 0.5, 1.0])) if likeliest else 0.0
        rephrase = likeliest if likeliest and draw(st.booleans()) else None
        if draw(st.booleans()) or number == 0:
            said.append(Detection(f"t{number}", rephrase, confidence, likeliest))
    return requests, said


def _by_definition(requests, said):
    """The corpus's own score, and a walk down the thresholds for the average precision."""
    found = {one.turn_id: one for one in said}
    given_ = {t: one.rephrase for t, one in found.items()}
    right = [r for r in requests if given_.get(r.turn_id) in r.rephrases]
    answered = [r for r in requests if given_.get(r.turn_id)]
    gold = [r for r in requests if r.rephrases]
    best = [r for r in requests if r.best]
    p, r = len(right) / max(len(answered), 1), len(right) / max(len(gold), 1)
    ranked = [
        (o.confidence, o.likeliest in q.rephrases)
        for q in requests
        if (o := found.get(q.turn_id)) and o.likeliest
    ]
    area, before = 0.0, 0.0
    for threshold in sorted({confidence for confidence, _ in ranked}, reverse=True):
        passed = [ok for confidence, ok in ranked if confidence >= threshold]
        recall = sum(passed) / len(gold) if gold else 0.0
        area += (recall - before) * sum(passed) / len(passed)
        before = recall
    return {
        "precision": p,
        "recall": r,
        "f1": 2 * p * r / max(p + r, 1e-9),
        "exact_turn_accuracy": sum(given_.get(q.turn_id) == q.best for q in best) / max(len(best), 1),
        "average_precision": area,
    }


def _apart(requests, said):
    """Distance of confidence from what is right, bin by bin."""
    found = {one.turn_id: one for one in said if one.likeliest}
    rows = [(found[q.turn_id], q) for q in requests if q.turn_id in found]
    apart = 0.0
    for number in range(10):
        inside = [
            (o.confidence, o.likeliest in q.rephrases)
            for o, q in rows
            if min(int(o.confidence * 10), 9) == number
        ]
        apart += abs(sum(confidence for confidence, _ in inside) - sum(right for _, right in inside))
    return apart / len(rows) if rows else 0.0


@given(judged())
def test_figures_are_what_their_definitions_say(case):
    requests, said = case
    judge = Judge(requests)
    method = judge.method(said)
    scored = judge.score(method)
    assert set(scored) == set(GROUPS)
    for group, figures in scored.items():
        inside = [request for request in requests if request.among(group)]
        assert {name: figures[name] for name in FIGURES} == pytest.approx(_by_definition(inside, said))
        assert figures["turns"] == len(inside)
        assert figures["expected_calibration_error"] == pytest.approx(_apart(inside, said))
        for name in FIGURES:
            low, high = figures[f"{name}_interval"]
            assert 0.0 <= low <= high <= 1.0 + 1e-9
    precision, recall = precision_and_recall(method, requests)
    area = float(np.diff(recall, prepend=0.0) @ precision)
    assert area == pytest.approx(scored["overall"]["average_precision"])


@given(judged())
def test_a_method_compared_with_itself_is_no_better(case):
    requests, said = case
    judge = Judge(requests)
    method = judge.method(said)
    told = judge.against(method, method)
    assert told["average_precision_difference"] == 0.0
    assert told["average_precision_difference_interval"] == [0.0, 0.0]
    assert told["f1_ratio"] == pytest.approx(1.0 if method.right.any() else 0.0)


def test_what_is_missed_is_never_recalled():
    assert average_precision([0.9, 0.8], [True, True], positives=4) == 0.5
    assert average_precision([0.9, 0.9], [True, False], positives=1) == 0.5
    assert average_precision([], [], positives=3) == 0.0


def test_words_in_common_are_counted_without_case_and_order():
    assert shared_words("Thai food", "food thai") == 1.0
    assert shared_words("", "") == 0.0
    assert shared_words("cheap thai food", "thai please cheap now") == pytest.approx(2 / 5)


def test_our_figures_are_the_references(dstc2_train_log, dstc2_train_rows, dstc2_reference):
    requests = requests_of(dstc2_train_log, counts_in_dstc2)
    assert (len(requests), sum(bool(r.rephrases) for r in requests)) == (10745, 1611)
    judge, dice = Judge(requests), random.Random(7)
    ids = {turn.turn_id for turn in dstc2_train_log.turns}
    for share in (0.0, 0.3, 1.0):
        said = []
        for row in dstc2_train_rows:
            later = f"{row['turn_id'].rpartition(':')[0]}:{row['index'] + 1}"
            rephrase = later if later in ids and dice.random() < share else None
            if row["rephrases"] and dice.random() < share / 2:
                rephrase = dice.choice(row["rephrases"])
            said.append(Detection(row["turn_id"], rephrase, 0.5, rephrase))
        theirs = dstc2_reference.score_rephrases(
            dstc2_train_rows, {one.turn_id: one.rephrase for one in said}
        )
        ours = judge.score(judge.method(said))["overall"]
        assert {name: ours[name] for name in theirs} == pytest.approx(theirs)


def test_a_log_without_rephrases_cannot_be_judged(dstc2_train_log):
    with pytest.raises(NothingToScore, match="none of them is said again"):
        requests_of(dstc2_train_log, lambda truth: truth.defect is False)


def test_labels_say_where_a_request_is_said_again_and_nothing_else(dstc2_train_log):
    labels = labels_of(dstc2_train_log)
    assert labels.keys() == dstc2_train_log.truths.keys()
    assert {label.origin for label in labels.values()} == {LabelOrigin.TRUTH}
    assert sum(bool(label.rephrases) for label in labels.values()) == 1611
    assert all(
        label.transcription is None and label.intent is None and label.defect is None
        for label in labels.values()
    )
