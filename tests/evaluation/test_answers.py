"""The task as a whole, with learners written out by hand: who sees what, and what the figures are from."""

import hashlib
import json
import random

import pytest

from evaluation.answers import Question, answer_of
from evaluation.baselines import next_hypothesis, without_interpretations
from evaluation.corpora import CorpusLog, Dstc2
from evaluation.decisions import write_decisions
from evaluation.drawing import draw_curve
from evaluation.errors import BadQuestion, CannotWrite, NothingLearned, NotJudged
from evaluation.metrics import Decided
from evaluation.rewrites import Learned
from evaluation.splits import caller_folds, shared_callers
from streams.records import AsrHypothesis, Interpretation, Turn
from streams.truth import Truth


@pytest.fixture(scope="module")
def few(dstc2_train, dstc2_reference, tmp_path_factory):
    """The calls of the training split's first thirty callers."""
    dialogues = dstc2_reference.read(dstc2_train)
    callers = sorted({d["log"]["caller-id"] for d in dialogues})[:30]
    path = tmp_path_factory.mktemp("few") / "few.jsonl"
    path.write_text("".join(json.dumps(d) + "\n" for d in dialogues if d["log"]["caller-id"] in callers))
    return path


def _silent(what, share):
    assert what
    assert share is None or 0 <= share <= 1


def _from_log(split, step):
    """Rewrite every unread text to what the same caller was understood to say next, most often."""
    said = {}
    for turn, following in zip(split.turns, split.turns[1:], strict=False):
        if turn.session_id == following.session_id and turn.nlu[:1] and turn.nlu[0].is_empty:
            said.setdefault(turn.utterance, following.utterance)
    return Learned(lambda turn: Decided(turn.turn_id, said.get(turn.utterance), 0.5), {"rewrites": len(said)})


@pytest.fixture(scope="module")
def answer(few):
    question = Question("dstc2", few, folds=4, baselines=False)
    return answer_of(question, lambda made_from: _from_log, _silent)


def test_the_figures_say_what_they_are_from(answer, few):
    figures = json.loads(json.dumps(answer.figures))
    assert figures["inputs"]["train"]["sha256"] == hashlib.sha256(few.read_bytes()).hexdigest()
    assert (figures["task"], figures["corpus"], figures["judged"]) == (
        "rewrites",
        "dstc2",
        "cross-validation",
    )
    assert (figures["folds"], figures["seed"], figures["warnings"]) == (4, 0, [])
    assert list(figures["learned"]) == ["fold-1", "fold-2", "fold-3", "fold-4"]


def test_every_turn_is_decided_once_and_the_figures_follow_from_the_decisions(answer, few, dstc2_reference):
    log = Dstc2().read(few)
    decided = {decision.turn_id: decision.rewrite for decision in answer.report.decisions}
    assert sorted(decision.turn_id for decision in answer.report.decisions) == sorted(log.truths)
    dialogues = [json.loads(line) for line in few.read_text().splitlines()]
    rows = dstc2_reference.truth(dialogues, dialogues)
    pooled = dict.fromkeys(("turns", "defects", "rewritten", "wins", "losses"), 0)
    for fold in caller_folds(log, 4, 0):
        held = {turn.customer_id for turn in fold.judged}
        learned_from = [d for d in dialogues if d["log"]["caller-id"] not in held]
        reads = dstc2_reference.counterfactual(learned_from)
        theirs = dstc2_reference.score_rewrites(
            [row for row in rows if row["caller"] in held], reads, decided
        )
        pooled = {name: counted + theirs[name] for name, counted in pooled.items()}
    assert {name: answer.figures[name] for name in pooled} == pooled
    assert min(pooled.values()) > 0


def test_a_test_log_is_scored_as_the_reference_scores_the_decision_lines(few, dstc2_reference, tmp_path):
    # Both halves are of the train split: dev is looked at once, by people.
    dialogues = [json.loads(line) for line in few.read_text().splitlines()]
    callers = sorted({d["log"]["caller-id"] for d in dialogues})
    first, second = tmp_path / "first.jsonl", tmp_path / "second.jsonl"
    half = set(random.Random(1).sample(callers, len(callers) // 2))
    for path, chosen in ((first, half), (second, set(callers) - half)):
        path.write_text("".join(json.dumps(d) + "\n" for d in dialogues if d["log"]["caller-id"] in chosen))
    answer = answer_of(Question("dstc2", first, second, baselines=True), lambda made_from: _from_log, _silent)
    write_decisions(answer.report.decisions, tmp_path / "decisions.jsonl")
    lines = [json.loads(line) for line in (tmp_path / "decisions.jsonl").read_text().splitlines()]
    learned_from = [d for d in dialogues if d["log"]["caller-id"] in half]
    judged = [d for d in dialogues if d["log"]["caller-id"] not in half]
    expected = dstc2_reference.score_rewrites(
        dstc2_reference.truth(judged, learned_from),
        dstc2_reference.counterfactual(learned_from),
        {line["turn_id"]: line["rewrite"] for line in lines},
    )
    assert {name: answer.figures[name] for name in expected} == expected
    assert answer.figures["judged"] == "test"
    assert set(answer.figures["baselines"]) == {"chain_over_texts", "nbest_next"}
    # Without interpretations this learner finds nothing to rewrite.
    assert answer.figures["baselines"]["chain_over_texts"]["rewritten"] == 0
    assert answer.figures["baselines"]["nbest_next"]["rewritten"] > 0


def test_a_learner_is_given_no_truth_and_no_judged_caller(dstc2_train_log):
    held = [fold.judged for fold in caller_folds(dstc2_train_log, 3, seed=7)]
    assert sorted(turn.turn_id for fold in held for turn in fold) == sorted(dstc2_train_log.truths)
    for fold in caller_folds(dstc2_train_log, 3, seed=7):
        judged = {turn.customer_id for turn in fold.judged}
        seen = {record.customer_id for record in (*fold.turns, *fold.signals)}
        assert not judged & seen
        assert not any(isinstance(record, Truth) for record in (*fold.turns, *fold.signals, *fold.judged))
    other = caller_folds(dstc2_train_log, 3, seed=8)
    assert [len(fold) for fold in held] != [len(fold.judged) for fold in other]


@pytest.mark.parametrize("folds", [1, 139])
def test_folds_that_cannot_be_made_are_refused(dstc2_train_log, folds):
    with pytest.raises(BadQuestion, match="138 customers"):
        list(caller_folds(dstc2_train_log, folds, seed=0))


def test_customers_in_both_logs_are_warned_of(few, dstc2_train_log):
    first = CorpusLog(dstc2_train_log.turns[:50], (), {})
    assert shared_callers(first, first) == sorted({turn.customer_id for turn in first.turns})
    assert shared_callers(first, CorpusLog((), (), {})) == []
    answer = answer_of(Question("dstc2", few, few, baselines=False), lambda made_from: _from_log, _silent)
    assert "30 customers are in both logs" in answer.warnings[0]
    assert answer.figures["warnings"] == answer.warnings


def test_what_learns_nothing_rewrites_nothing_and_says_why(few):
    def learns_only_from_readings(split, step):
        if split.name == "fold-1" or not any(turn.nlu for turn in split.turns):
            raise NothingLearned(f"{split.name}: nothing sure enough")
        return _from_log(split, step)

    answer = answer_of(Question("dstc2", few, folds=2), lambda made_from: learns_only_from_readings, _silent)
    assert answer.warnings == [
        "fold-1: nothing sure enough",
        "baseline chain_over_texts: fold-1-texts: nothing sure enough",
    ]
    assert answer.figures["rewritten"] > 0
    assert answer.figures["learned"]["fold-1"] == {"nothing": "fold-1: nothing sure enough"}
    assert answer.figures["baselines"]["chain_over_texts"]["rewritten"] == 0


def test_learning_nothing_anywhere_is_an_error(few):
    def learns_nothing(split, step):
        raise NothingLearned(f"{split.name}: nothing sure enough")

    with pytest.raises(NothingLearned, match="fold-1"):
        answer_of(Question("dstc2", few, folds=2), lambda made_from: learns_nothing, _silent)


def test_rewrites_are_not_judged_where_nothing_was_interpreted(sgd_dev):
    with pytest.raises(NotJudged, match="sgd"):
        answer_of(Question("sgd", sgd_dev), lambda made_from: _from_log, _silent)


def _turn(turn_id, text, read, *weaker):
    return Turn(
        turn_id=turn_id,
        customer_id="c",
        time="2020-01-01T00:00:00Z",
        utterance=text,
        asr=[AsrHypothesis(text=text), *(AsrHypothesis(text=other) for other in weaker)],
        nlu=[Interpretation(intent="inform" if read else None)],
    )


def test_the_next_hypothesis_that_the_log_understands_replaces_a_text_that_it_does_not():
    decide = next_hypothesis([_turn("1", "sow", False), _turn("2", "so", False), _turn("3", "south", True)])
    assert decide(_turn("4", "sow", True, "so", "sore", "south")).rewrite == "south"
    assert decide(_turn("5", "sow", True, "so", "sore")).rewrite is None
    assert decide(_turn("6", "south", False, "sow")).rewrite is None
    assert decide(_turn("7", "never heard", False, "south")).rewrite is None


def test_interpretations_are_taken_out_and_nothing_else():
    turn = _turn("1", "south", True, "sow")
    (bare,) = without_interpretations([turn])
    assert bare.nlu == ()
    assert bare.model_copy(update={"nlu": turn.nlu}) == turn


def test_decisions_and_curves_are_written_whole_or_not_at_all(tmp_path):
    write_decisions([Decided("a:1", "thai", 0.5), Decided("a:2", None)], tmp_path / "decisions.jsonl")
    lines = [json.loads(line) for line in (tmp_path / "decisions.jsonl").read_text().splitlines()]
    assert lines == [
        {"turn_id": "a:1", "rewrite": "thai", "win_probability": 0.5},
        {"turn_id": "a:2", "rewrite": None, "win_probability": None},
    ]
    with pytest.raises(CannotWrite, match="nowhere"):
        write_decisions([], tmp_path / "nowhere" / "decisions.jsonl")
    with pytest.raises(CannotWrite, match="nothing was rewritten"):
        draw_curve([], "", tmp_path / "curve.png")
    pytest.importorskip("matplotlib")
    points = [
        {"win_loss_ratio": 3.0, "defect_reduction": 0.1},
        {"win_loss_ratio": 2, "defect_reduction": 0.2},
    ]
    draw_curve(points, "curve", tmp_path / "curve.png")
    assert (tmp_path / "curve.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(CannotWrite, match="nonsense"):
        draw_curve(points, "curve", tmp_path / "curve.nonsense")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["curve.png", "decisions.jsonl"]
