"""SGD as records: equal to the corpus's own definition, turn by turn, and nothing but text in the turns."""

import gzip
import json

import pytest

from evaluation.corpora import CORPORA, Sgd, corpus_named
from evaluation.corpora.sgd import goal_name
from evaluation.errors import UnknownCorpus, WrongCorpus


@pytest.fixture(scope="module")
def sgd_log(sgd_dev):
    return Sgd().read(sgd_dev)


def test_every_truth_is_the_references(sgd_log, sgd_dev, sgd_reference):
    rows = sgd_reference.truth(sgd_reference.read(sgd_dev))
    turns = {turn.turn_id: turn for turn in sgd_log.turns}
    ours = [
        {
            "turn_id": truth.turn_id,
            "dialogue": turns[truth.turn_id].session_id,
            "utterance": turns[truth.turn_id].utterance,
            "intent": truth.interpretation.intent,
            "goal": goal_name(truth),
            "slots": [[slot.name, slot.value] for slot in truth.interpretation.slots],
            "goal_success": truth.goal_success,
        }
        for truth in sgd_log.truths.values()
    ]
    assert ours == rows
    goals = {truth.goal_id: truth.goal_success for truth in sgd_log.truths.values()}
    assert (len(sgd_log.turns), len(goals)) == (19384, 5139)
    assert [sum(met is verdict for met in goals.values()) for verdict in (False, True)] == [89, 3993]


def test_turns_hold_text_and_nothing_else(sgd_log, sgd_reference, sgd_dev, tmp_path):
    dialogues = sgd_reference.read(sgd_dev)[:30]
    wanted = [turn.model_dump_json() for turn in sgd_log.turns if turn.session_id in _ids(dialogues)]
    for dialogue in dialogues:
        for turn in dialogue["turns"]:
            for frame in turn["frames"]:
                for act in frame["actions"]:
                    act.update(act="INFORM", slot="poison", values=["poison"])
                frame.update(service="Poison_1", service_call={"poison": 1}, service_results=[{"poison": 1}])
                if "state" in frame:
                    frame["state"].update(active_intent="Poison", slot_values={"poison": ["poison"]})
    with gzip.open(tmp_path / "poisoned.jsonl.gz", "wt") as lines:
        lines.writelines(json.dumps(dialogue) + "\n" for dialogue in dialogues)
    poisoned = Sgd().read(tmp_path / "poisoned.jsonl.gz")
    assert {goal_name(truth) for truth in poisoned.truths.values()} == {"Poison/Poison"}
    assert [turn.model_dump_json() for turn in poisoned.turns] == wanted


def _ids(dialogues):
    return {dialogue["dialogue_id"] for dialogue in dialogues}


def test_a_turn_knows_what_was_said_before_and_after(sgd_log, sgd_reference, sgd_dev):
    dialogue = sgd_reference.read(sgd_dev)[0]
    said = [turn["utterance"] for turn in dialogue["turns"]]
    first, second, *_ = (turn for turn in sgd_log.turns if turn.session_id == dialogue["dialogue_id"])
    assert (first.context, first.utterance, first.response.text) == (None, said[0], said[1])
    assert (second.context.prompt, second.utterance, second.response.text) == (said[1], said[2], said[3])
    assert first.response.ended <= second.time


def test_calls_are_no_written_dialogues(dstc2_dev):
    with pytest.raises(WrongCorpus, match="not one of sgd"):
        Sgd().read(dstc2_dev)


def test_corpora_are_found_by_name():
    assert {name: corpus.name for name, corpus in CORPORA.items()} == {
        "cqr": "cqr",
        "dstc2": "dstc2",
        "sgd": "sgd",
    }
    assert corpus_named("sgd") is CORPORA["sgd"]
    with pytest.raises(UnknownCorpus, match="there are: cqr, dstc2, sgd"):
        corpus_named("atis")
