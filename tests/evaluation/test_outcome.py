"""The task `outcome`: figures against their definitions, who is learned from, and the command."""

import gzip
import json
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from evaluation.ablation import signals_one_by_one
from evaluation.corpora import Dstc2
from evaluation.errors import NothingToScore
from evaluation.metrics.probabilities import average_precision, precision_gain, score_probabilities
from evaluation.outcome import OutcomeQuestion, outcome_answer, success_by_turn
from evaluation.splits import caller_folds
from selflearn.cli.app import app
from selflearn.cli.exits import NOTHING_TO_LEARN
from streams.outcome import GIVEN_WEIGHTS
from streams.records import SignalKind
from streams.sessions import SessionSettings, sessions_of

FIGURES = [
    "average_precision",
    "auc",
    "brier",
    "expected_calibration_error",
    "mean_success_probability",
]

#: Few levels, so that many turns are equally probable.
turns = st.lists(
    st.tuples(st.sampled_from([0.0, 0.05, 0.31, 0.5, 0.99, 1.0]), st.booleans(), st.sampled_from("abcd")),
    min_size=2,
    max_size=25,
).filter(lambda rows: len({defect for _, defect, _ in rows}) == 2)


def _silent(what, share):
    assert what


def _precision_by_definition(success, defect):
    """Walk down the thresholds; what is equally probable is taken together."""
    found, before = 0.0, 0.0
    for threshold in sorted(set(success)):
        flagged = [wrong for p, wrong in zip(success, defect, strict=True) if p <= threshold]
        recall = sum(flagged) / sum(defect)
        found += (recall - before) * sum(flagged) / len(flagged)
        before = recall
    return found


@given(turns)
def test_figures_are_what_their_definitions_say(rows):
    success, defect, callers = zip(*rows, strict=True)
    score = score_probabilities(success, defect, callers)
    met = [p for p, wrong in zip(success, defect, strict=True) if not wrong]
    missed = [p for p, wrong in zip(success, defect, strict=True) if wrong]
    pairs = [1.0 if bad < good else 0.5 if bad == good else 0.0 for bad, good in product(missed, met)]
    n, apart = len(rows), 0.0
    for low in range(10):
        inside = [(p, wrong) for p, wrong, _ in rows if low <= min(int(p * 10), 9) < low + 1]
        apart += abs(sum(p for p, _ in inside) - sum(not wrong for _, wrong in inside))
    assert score.figures == pytest.approx(
        {
            "average_precision": _precision_by_definition(success, defect),
            "auc": sum(pairs) / len(pairs),
            "brier": sum((p - (not wrong)) ** 2 for p, wrong, _ in rows) / n,
            "expected_calibration_error": apart / n,
            "mean_success_probability": sum(success) / n,
        }
    )
    assert list(score.figures) == list(score.intervals) == FIGURES
    assert sum(row.turns for row in score.reliability) == n
    assert average_precision(np.array(success), np.array(defect)) == score.figures["average_precision"]


def test_intervals_are_those_of_drawing_callers():
    # Two callers, one of them always met: a draw's mean is 1, ½ or 0 with chances ¼, ½, ¼.
    score = score_probabilities([1.0] * 10 + [0.0] * 10, [False] * 10 + [True] * 10, ["a"] * 10 + ["b"] * 10)
    assert score.intervals["mean_success_probability"] == (0.0, 1.0)
    alone = score_probabilities([1.0, 0.0] * 10, [False, True] * 10, ["a"] * 20)
    assert alone.intervals["mean_success_probability"] == (0.5, 0.5)
    assert alone.intervals["average_precision"] == (1.0, 1.0)


def test_a_gain_is_compared_on_the_same_draws():
    success, defect = [0.1, 0.4, 0.6, 0.9] * 5, [True, False, True, False] * 5
    callers = [f"c{i // 4}" for i in range(20)]
    assert precision_gain(success, success, defect, callers) == (0.0, (0.0, 0.0))
    gain, (low, high) = precision_gain([0.1, 0.9, 0.2, 0.8] * 5, success, defect, callers)
    assert gain == pytest.approx(1.0 - (0.5 * 1.0 + 0.5 * 2 / 3))
    # Every caller is alike, so every draw is, though each alone would have an interval of its own.
    assert low == high == pytest.approx(gain, abs=1e-4)


@pytest.mark.parametrize("defects", [[], [False, False], [True, True]])
def test_nothing_is_ranked_without_both_defects_and_successes(defects):
    with pytest.raises(NothingToScore, match=f"{len(defects)} turns"):
        score_probabilities([0.5] * len(defects), defects, ["a"] * len(defects))


@pytest.fixture(scope="module")
def few(dstc2_train, dstc2_reference, tmp_path_factory):
    """The calls of the training split's first thirty callers."""
    dialogues = dstc2_reference.read(dstc2_train)
    callers = sorted({d["log"]["caller-id"] for d in dialogues})[:30]
    path = tmp_path_factory.mktemp("few") / "few.jsonl.gz"
    with gzip.open(path, "wt") as lines:
        lines.writelines(json.dumps(d) + "\n" for d in dialogues if d["log"]["caller-id"] in callers)
    return path


@pytest.fixture(scope="module")
def answer(few):
    return outcome_answer(OutcomeQuestion("dstc2", few, folds=3), _silent)


def test_origins_and_baselines_are_judged_on_the_turns_in_which_somebody_spoke(answer, few, dstc2_reference):
    dialogues = dstc2_reference.read(few)
    spoken = [row for row in dstc2_reference.truth(dialogues, dialogues) if row["speech"]]
    figures = json.loads(json.dumps(answer.figures))
    assert (figures["turns"], figures["defects"]) == (len(spoken), sum(row["defect"] for row in spoken))
    assert list(figures["origins"]) == ["given", "ratings", "signals"]
    majority, confidence = figures["baselines"]["majority"], figures["baselines"]["nlu_confidence"]
    assert majority["average_precision"] == pytest.approx(figures["defect_rate"])
    assert majority["auc"] == 0.5
    assert majority["brier"] == pytest.approx(figures["defect_rate"] * figures["success_rate"])
    for row in figures["origins"].values():
        assert row["average_precision"] > 2 * majority["average_precision"]
        assert row["gain_over_nlu_confidence"] == pytest.approx(
            row["average_precision"] - confidence["average_precision"]
        )
        for name in [*FIGURES, "gain_over_nlu_confidence"]:
            low, high = row[f"{name}_interval"]
            assert low <= high
    assert figures["warnings"] == []
    assert (figures["task"], figures["judged"], figures["folds"]) == ("outcome", "cross-validation", 3)


def _with_turned_ratings(log, callers):
    """The same log, in which these callers said the opposite."""
    signals = tuple(
        signal.model_copy(update={"value": 1.0 - signal.value})
        if signal.kind is SignalKind.RATING and signal.customer_id in callers
        else signal
        for signal in log.signals
    )
    return type(log)(log.turns, signals, log.truths)


def test_a_caller_neither_teaches_nor_rates_the_turns_it_is_judged_on(few):
    log = Dstc2().read(few, ratings=True)
    question = OutcomeQuestion("dstc2", few, folds=3)
    fold, *_ = caller_folds(log, 3, question.seed)
    held = {turn.customer_id for turn in fold.judged}
    turned = _with_turned_ratings(log, held)
    found, changed = (success_by_turn(question, one, one, "ratings", _silent) for one in (log, turned))
    assert found.keys() == log.truths.keys()
    own = {turn.turn_id for turn in fold.judged}
    assert {turn: found[turn] for turn in own} == {turn: changed[turn] for turn in own}
    # Those learned from these callers do change, and towards failure: most calls had been good.
    others = found.keys() - own
    assert np.mean([found[turn] for turn in others]) > np.mean([changed[turn] for turn in others])


@pytest.mark.parametrize("origin", ["given", "signals"])
def test_without_ratings_to_learn_from_no_rating_is_looked_at(few, origin):
    log = Dstc2().read(few, ratings=True)
    turned = _with_turned_ratings(log, {turn.customer_id for turn in log.turns})
    question = OutcomeQuestion("dstc2", few, folds=3)
    found, changed = (success_by_turn(question, one, one, origin, _silent) for one in (log, turned))
    assert found == changed


def test_each_signal_is_judged_by_what_the_others_lose_without_it(few):
    log = Dstc2().read(few)
    sessions = sessions_of(log.turns, log.signals, SessionSettings())
    defects = {name: truth.defect for name, truth in log.truths.items() if truth.speech}
    worth = signals_one_by_one(sessions, defects)
    assert sorted(worth) == sorted(name for name in GIVEN_WEIGHTS if name != "label")
    gains = [row["average_precision_gain"] or 0.0 for row in worth.values()]
    assert gains == sorted(gains, reverse=True)
    empty = sum(turn.turn_id in defects and turn.nlu[0].is_empty for turn in log.turns if turn.nlu)
    assert worth["empty_interpretation"]["active"] * len(defects) == pytest.approx(empty)
    assert worth["rating"]["observed"] == 0.0
    assert worth["rating"]["average_precision_without"] is None
    # What says nothing in this log takes nothing away.
    silent = [row for row in worth.values() if row["observed"] and not row["active"]]
    assert silent
    assert all(row["average_precision_gain"] == 0.0 for row in silent)


def test_the_command_prints_one_object_or_tables(few, answer):
    arguments = ["evaluate", "outcome", "--corpus", "dstc2", "--train", str(few), "--folds", "3"]
    result = CliRunner().invoke(app, [*arguments, "--json"])
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout) == json.loads(json.dumps(answer.figures))
    printed = CliRunner().invoke(app, arguments)
    assert printed.exit_code == 0, printed.stderr
    for name in ("given", "ratings", "signals", "majority", "nlu_confidence", "empty_interpretation"):
        assert name in printed.stdout


def test_a_test_log_is_judged_by_what_the_training_log_taught(few):
    arguments = [
        "evaluate",
        "outcome",
        "--corpus",
        "dstc2",
        "--json",
        "--train",
        str(few),
        "--test",
        str(few),
    ]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.stderr
    figures = json.loads(result.stdout)
    assert (figures["judged"], list(figures["inputs"])) == ("test", ["train", "test"])
    assert "30 customers are in both logs" in figures["warnings"][0]


def test_a_log_that_does_not_say_what_was_met_is_refused(sgd_dev):
    result = CliRunner().invoke(app, ["evaluate", "outcome", "--corpus", "sgd", "--train", str(sgd_dev)])
    assert (result.exit_code, result.stdout) == (NOTHING_TO_LEARN, "")
    assert "says which requests were met" in result.stderr
