"""DSTC2 as records: equal to the corpus's own definition, turn by turn, and blind to the label."""

import gzip
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.corpora import Dstc2
from evaluation.corpora.dstc2 import plain
from evaluation.corpora.dstc2.semantics import COURTESIES, interpretation_of, meaning
from evaluation.errors import CorpusNotFound, EmptyCorpus, UnreadableCorpus, WrongCorpus
from streams.records import ResponseStatus, SignalKind

REQUESTS = ["inform", "request", "deny", "confirm", "select"]
SLOTLESS = ["affirm", "negate", "reqalts", "bye"]


def _same(turn, truth, row):
    """What the reference says of a turn, and what the records say, side by side."""
    ours = {
        "caller": turn.customer_id,
        "session": turn.session_id,
        "asked": turn.context.asked,
        "heard": [hypothesis.text for hypothesis in turn.asr] or [""],
        "utterance": turn.utterance,
        "understood": meaning(turn.nlu[0]) if turn.nlu else frozenset(),
        "next_acts": (turn.response.action or "").split("+") if turn.response else [],
        "said": plain(truth.transcription),
        "speech": truth.speech,
        "meant": meaning(truth.interpretation),
        "defect": truth.defect,
        "failure_point": truth.failure_point,
        "unsupported": truth.unsupported,
        "rephrases": list(truth.rephrases),
        "best_rephrase": truth.best_rephrase,
        "goal": tuple(sorted(truth.goal_labels.items())),
    }
    theirs = {key: row[key] for key in ours if key in row} | {
        "session": row["turn_id"].rsplit(":", 1)[0],
        "utterance": row["heard"][0],
    }
    return ours, theirs


def _same_throughout(log, rows):
    assert [turn.turn_id for turn in log.turns] == [row["turn_id"] for row in rows]
    for turn, row in zip(log.turns, rows, strict=True):
        ours, theirs = _same(turn, log.truths[turn.turn_id], row)
        assert ours == theirs
    return len(log.turns), sum(truth.defect for truth in log.truths.values())


def test_every_turn_of_train_and_its_truth_are_the_references(dstc2_train_log, dstc2_train_rows):
    assert _same_throughout(dstc2_train_log, dstc2_train_rows) == (11677, 2643)


def test_every_turn_of_dev_and_its_truth_are_the_references(dstc2_train, dstc2_dev, dstc2_reference):
    rows = dstc2_reference.truth(dstc2_reference.read(dstc2_dev), dstc2_reference.read(dstc2_train))
    assert _same_throughout(Dstc2().read(dstc2_dev, train=dstc2_train), rows) == (2300, 617)


def test_every_hypothesis_of_the_logs_comes_back(dstc2_train, dstc2_reference):
    for dialogue in dstc2_reference.read(dstc2_train):
        for turn in dialogue["log"]["turns"]:
            asked = dstc2_reference.asked_slot(turn["output"])
            for hypothesis in turn["input"]["live"]["slu-hyps"]:
                acts = hypothesis["slu-hyp"]
                assert meaning(interpretation_of(acts, asked)) == dstc2_reference.items(acts, asked)


@st.composite
def hypotheses(draw):
    acts = draw(st.lists(st.sampled_from(REQUESTS + SLOTLESS + sorted(COURTESIES)), max_size=4))
    slots = st.lists(
        st.tuples(
            st.sampled_from(["food", "area", "this", "slot"]), st.sampled_from(["thai", "north", "phone"])
        ),
        min_size=1,
        max_size=2,
    )
    return [{"act": act, "slots": draw(slots) if act in REQUESTS else []} for act in acts]


@given(hypotheses(), st.sampled_from([None, "food", "area"]))
def test_interpretations_are_exact_both_ways(acts, asked):
    expected = set()
    for act in acts:
        if act["act"] not in COURTESIES:
            for slot, value in act["slots"] or [(None, None)]:
                expected.add((act["act"], asked if slot == "this" and asked else slot, value))
    interpretation = interpretation_of(acts, asked)
    assert meaning(interpretation) == expected
    assert interpretation.is_empty == (not acts)


def test_a_courtesy_is_kept_alone_and_dropped_beside_a_request():
    alone = interpretation_of([{"act": "thankyou", "slots": []}], None)
    assert (alone.intent, alone.is_empty, meaning(alone)) == ("thankyou", False, frozenset())
    beside = interpretation_of([{"act": "thankyou", "slots": []}, {"act": "bye", "slots": []}], None)
    assert beside.intent == "bye"


def _output(acts, start, end, aborted=False):
    return {
        "transcript": "+".join(act["act"] for act in acts),
        "dialog-acts": acts,
        "aborted": aborted,
        "start-time": start,
        "end-time": end,
    }


def _input(text, acts, start):
    return {
        "live": {
            "asr-hyps": [{"asr-hyp": text, "score": -0.1}],
            "slu-hyps": [{"slu-hyp": acts, "score": 0.9}],
        },
        "start-time": start,
        "end-time": start + 1.0,
        "audio-file": "a.wav",
    }


def _act(name, *slots):
    return {"act": name, "slots": [list(slot) for slot in slots]}


def _call():
    """A call written out by hand: a question put twice, nothing found, a response spoken over."""
    outputs = [
        _output([_act("welcomemsg")], 0.0, 1.0),
        _output([_act("request", ("slot", "food"))], 2.5, 4.0),
        _output([_act("request", ("slot", "food"))], 5.5, 7.0),
        _output([_act("canthelp", ("food", "thai"))], 8.5, 10.0, aborted=True),
        _output([_act("repeat")], 11.5, 13.0),
        _output([_act("expl-conf", ("food", "thai"))], 14.5, 16.0),
    ]
    texts = ["Uh", "thai", "Thai FOOD", "what", "thai food", "yes"]
    turns = [
        {"output": output, "input": _input(text, [_act("inform", ("this", "thai"))], output["end-time"])}
        for output, text in zip(outputs, texts, strict=True)
    ]
    label = {
        "transcription": "thai food",
        "semantics": {"json": [_act("inform", ("food", "thai"))]},
        "goal-labels": {"food": "thai"},
    }
    return {
        "log": {
            "session-id": "call-1",
            "caller-id": "caller-1",
            "session-date": "2013-04-02",
            "session-time": "14:30:19",
            "system-specific": {"dialog-manager": 1},
            "turns": turns,
        },
        "label": {
            "turns": [label] * 6,
            "task-information": {"feedback": {"success": False, "questionnaire": [["Well?", "agree"]]}},
        },
    }


def _written(path, *dialogues):
    with gzip.open(path, "wt") as lines:
        lines.writelines(json.dumps(dialogue) + "\n" for dialogue in dialogues)
    return path


def test_the_status_is_what_the_systems_acts_say(tmp_path):
    log = Dstc2().read(_written(tmp_path / "calls.jsonl.gz", _call()))
    statuses = [turn.response.status if turn.response else None for turn in log.turns]
    assert statuses == [
        ResponseStatus.OK,
        ResponseStatus.NOT_UNDERSTOOD,
        ResponseStatus.NO_RESULT,
        ResponseStatus.NOT_UNDERSTOOD,
        ResponseStatus.OK,
        None,
    ]
    assert [turn.response.asked for turn in log.turns[:2]] == ["food", "food"]
    assert log.turns[1].nlu[0].key == "restaurant/inform(food=thai)"
    assert log.turns[3].nlu[0].key == "restaurant/inform(this=thai)"
    assert log.turns[2].utterance == "thai food"


def test_an_aborted_output_interrupts_the_turn_before_it(tmp_path):
    log = Dstc2().read(_written(tmp_path / "calls.jsonl.gz", _call()))
    (signal,) = log.signals
    assert (signal.kind, signal.turn_id, signal.value) == (SignalKind.INTERRUPTED, "call-1:2", 1.5)
    assert signal.time == datetime(2013, 4, 2, 14, 30, 29, tzinfo=UTC) == log.turns[2].response.ended


def test_ratings_come_only_when_asked_for(tmp_path):
    path = _written(tmp_path / "calls.jsonl.gz", _call())
    plainly, rated = Dstc2().read(path), Dstc2().read(path, ratings=True)
    assert rated.turns == plainly.turns
    (rating,) = [signal for signal in rated.signals if signal not in plainly.signals]
    assert (rating.kind, rating.turn_id, rating.value) == (SignalKind.RATING, "call-1:5", 0.0)


def test_nothing_of_the_label_reaches_turns_or_signals(dstc2_train, dstc2_reference, tmp_path):
    dialogues = dstc2_reference.read(dstc2_train)[:40]
    clean = Dstc2().read(_written(tmp_path / "clean.jsonl.gz", *dialogues))
    for dialogue in dialogues:
        for turn in dialogue["label"]["turns"]:
            turn["transcription"] = "poison"
            turn["semantics"]["json"] = [_act("inform", ("poison", "poison"))]
            turn["goal-labels"] = {"poison": "poison"}
        feedback = dialogue["label"]["task-information"]["feedback"]
        feedback["success"] = not feedback["success"]
        feedback["questionnaire"] = [["poison", "poison"]]
    poisoned = Dstc2().read(_written(tmp_path / "poisoned.jsonl.gz", *dialogues))
    assert poisoned.truths != clean.truths
    assert [turn.model_dump_json() for turn in poisoned.turns] == [t.model_dump_json() for t in clean.turns]
    assert [s.model_dump_json() for s in poisoned.signals] == [s.model_dump_json() for s in clean.signals]


def test_bad_files_are_refused_with_their_reason(tmp_path):
    with pytest.raises(CorpusNotFound, match="no such file"):
        Dstc2().read(tmp_path / "absent.jsonl.gz")
    (tmp_path / "text.jsonl.gz").write_bytes(b"this is not gzip")
    with pytest.raises(UnreadableCorpus, match="cannot be read"):
        Dstc2().read(tmp_path / "text.jsonl.gz")
    whole = _written(tmp_path / "whole.jsonl.gz", _call()).read_bytes()
    (tmp_path / "half.jsonl.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UnreadableCorpus, match="cannot be read"):
        Dstc2().read(tmp_path / "half.jsonl.gz")
    (tmp_path / "bad.jsonl").write_text("{not json}\n")
    with pytest.raises(UnreadableCorpus, match="line 1 is not JSON"):
        Dstc2().read(tmp_path / "bad.jsonl")
    (tmp_path / "empty.jsonl").write_text("\n")
    with pytest.raises(EmptyCorpus):
        Dstc2().read(tmp_path / "empty.jsonl")
    with pytest.raises(WrongCorpus, match="dialogue 2 is not one of dstc2"):
        Dstc2().read(_written(tmp_path / "other.jsonl.gz", _call(), {"dialogue_id": "1_00000", "turns": []}))
    with pytest.raises(WrongCorpus, match="no JSON object"):
        Dstc2().read(_written(tmp_path / "list.jsonl.gz", [1, 2]))
