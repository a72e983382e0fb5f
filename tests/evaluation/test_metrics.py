"""Our scorer is the corpus's own one: the same figures, intervals included, whatever was decided."""

import random

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from evaluation.corpora import Dstc2
from evaluation.errors import NothingToScore
from evaluation.metrics import Counterfactual, Decided, Judged, curve, interval, judge, score, win_texts

CORPUS = Dstc2()


@pytest.fixture(scope="module")
def theirs(dstc2_reference, dstc2_train, dstc2_train_rows):
    return dstc2_train_rows, dstc2_reference.counterfactual(dstc2_reference.read(dstc2_train))


@pytest.fixture(scope="module")
def ours(dstc2_train_log):
    return Counterfactual(CORPUS, dstc2_train_log.turns)


@pytest.fixture(scope="module")
def texts(dstc2_train_log):
    return sorted({turn.utterance for turn in dstc2_train_log.turns})


def _compare(reference, theirs, ours, log, turns, decided):
    rows, reads = theirs
    kept = {turn.turn_id for turn in turns}
    expected = reference.score_rewrites([row for row in rows if row["turn_id"] in kept], reads, decided)
    decisions = {turn_id: Decided(turn_id, text) for turn_id, text in decided.items()}
    assert score(judge(CORPUS, turns, log.truths, ours, decisions)).to_json() == expected
    return expected


# Decisions a stranger could hand in: silence, the same text in other letters, texts of the log, texts of nobody.
MADE = {
    "none": lambda turn, rng, texts, truth: None,
    "same": lambda turn, rng, texts, truth: f" {turn.utterance.upper()} !",
    "heard": lambda turn, rng, texts, truth: rng.choice(texts),
    "nbest": lambda turn, rng, texts, truth: rng.choice(turn.asr).text,
    "said": lambda turn, rng, texts, truth: truth.transcription,
    "unheard": lambda turn, rng, texts, truth: rng.choice(
        ["Größe ﬁne", "x" * 300, "a\x00b", "thai-food", "’"]
    ),
    "empty": lambda turn, rng, texts, truth: "",
}


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    seed=st.integers(0, 2**32),
    kinds=st.lists(st.sampled_from(sorted(MADE)), min_size=1, max_size=4),
    callers=st.integers(1, 6),
    lines=st.sampled_from([0.1, 0.5, 1.0]),
)
def test_any_decisions_score_as_the_reference_scores_them(
    seed, kinds, callers, lines, dstc2_reference, theirs, ours, texts, dstc2_train_log
):
    rng = random.Random(seed)
    chosen = set(rng.sample(sorted({turn.customer_id for turn in dstc2_train_log.turns}), callers))
    turns = [turn for turn in dstc2_train_log.turns if turn.customer_id in chosen]
    # Of no defects no share can go, and the reference divides by their number.
    assume(any(dstc2_train_log.truths[turn.turn_id].defect for turn in turns))
    decided = {
        turn.turn_id: MADE[rng.choice(kinds)](turn, rng, texts, dstc2_train_log.truths[turn.turn_id])
        for turn in turns
        if rng.random() < lines
    }
    _compare(dstc2_reference, theirs, ours, dstc2_train_log, turns, decided | {"nobody:0": "thai food"})


def test_the_whole_train_split_scores_as_the_reference_scores_it(
    dstc2_reference, theirs, ours, dstc2_train_log
):
    turns, truths = dstc2_train_log.turns, dstc2_train_log.truths
    decided = {turn.turn_id: truths[turn.turn_id].transcription for turn in turns}
    expected = _compare(dstc2_reference, theirs, ours, dstc2_train_log, turns, decided)
    assert expected["turns"] == 11188
    assert min(expected["wins"], expected["losses"]) > 100


def _judged(caller, source, target, probability, before, after):
    return Judged(caller, source, target, probability, before, after)


DECIDED = [
    _judged("a", "phone numb", "phone number", 0.9, True, False),
    _judged("a", "fone", "phone number", 0.8, True, False),
    _judged("a", "thai", "pie", 0.8, False, True),
    _judged("b", "nor", "north", 0.5, True, False),
    _judged("b", "sow", "south", 0.5, True, True),
    _judged("b", "yes", None, None, False, False),
]


def test_the_curve_counts_what_each_threshold_keeps():
    assert [
        (p["threshold"], p["rewritten"], p["wins"], p["losses"], p["win_loss_ratio"], p["defect_reduction"])
        for p in curve(DECIDED)
    ] == [(0.9, 1, 1, 0, 1.0, 0.25), (0.8, 3, 2, 1, 2.0, 0.25), (0.5, 5, 3, 1, 3.0, 0.5)]


def test_the_curve_ends_with_the_score_however_few_its_points():
    whole = score(DECIDED)
    for points in (2, 3, 40):
        last = curve(DECIDED, points=points)[-1]
        assert (last["wins"], last["losses"], last["rewritten"]) == (
            whole.wins,
            whole.losses,
            whole.rewritten,
        )
        assert last["defect_reduction"] == pytest.approx(whole.defect_reduction)
    assert len(curve(DECIDED, points=2)) == 2


def test_win_texts_count_texts_and_the_share_of_the_three_commonest():
    texts = win_texts(DECIDED)
    assert texts["target"] == {
        "distinct": 2,
        "top3": [["phone number", 2], ["north", 1]],
        "top3_share": 1.0,
    }
    assert texts["source"]["distinct"] == 3
    assert win_texts([])["source"] == {"distinct": 0, "top3": [], "top3_share": 0.0}


def test_the_interval_holds_the_figure_and_grows_with_the_spread():
    same = interval(dict.fromkeys("abcdef", (10,)), lambda sums: float(sums[0]))
    spread = interval(
        {caller: (20 * (i % 2),) for i, caller in enumerate("abcdef")}, lambda sums: float(sums[0])
    )
    assert same == (60.0, 60.0)
    assert spread[0] < 60.0 < spread[1]


def test_nothing_to_score_is_said():
    with pytest.raises(NothingToScore, match="no turn"):
        score([])
