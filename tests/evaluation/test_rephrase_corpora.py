"""Sessions with rephrases by construction: the corpus's own texts, a truth that fits them, no dialogue in two pools."""

import gzip
import json
import random

import pytest

from evaluation.corpora.assembling import POOLS, Exchange, Restated, Told, assemble, digest_of
from evaluation.corpora.cqr import Cqr
from evaluation.corpora.facts import broken_rules
from evaluation.corpora.sgd_again import assembled_sgd
from evaluation.corpora.simulated import folder_fingerprint, read_simulated
from evaluation.errors import CorpusNotFound, EmptyCorpus, WrongCorpus
from streams.records import Interpretation, Turn
from streams.truth import Truth


def _told(number):
    exchanges = [
        Exchange(
            f"request {number} {place}", f"answer {number} {place}", Interpretation(), f"topic {number % 3}"
        )
        for place in range(4)
    ]
    return Told(digest_of([exchange.request for exchange in exchanges]), exchanges)


def _restate(told, pool):
    others = [other.exchanges[1] for other in pool if other.name != told.name]
    return [Restated(2, 1, [f"{told.exchanges[2].request} in other words", "quite otherwise"], others)]


@pytest.fixture(scope="module")
def dialogues():
    return [_told(number) for number in range(400)]


def test_a_request_is_said_again_after_a_wrong_answer_and_the_best_one_gets_the_right_one(dialogues):
    log = assemble(dialogues, _restate, seed=3)
    told = {one.name: one for one in dialogues}
    turns = {turn.turn_id: turn for turn in log.turns}
    assert broken_rules(log) == []
    kinds = set()
    for truth in log.truths.values():
        turn = turns[truth.turn_id]
        exchanges = told[turn.session_id].exchanges
        if truth.defect:
            assert turn.response.text not in {exchange.answer for exchange in exchanges}
        if truth.best_rephrase:
            assert truth.best_rephrase == truth.rephrases[-1]
            assert turns[truth.best_rephrase].response.text == exchanges[2].answer
        if truth.rephrases:
            kinds.add((truth.defect, len(truth.rephrases)))
            later = {turns[again].utterance for again in truth.rephrases}
            assert later <= {
                exchanges[2].request,
                f"{exchanges[2].request} in other words",
                "quite otherwise",
            }
        # What is asked for instead says nothing again.
        assert not (
            turn.utterance.endswith(" 1") and turn.utterance not in _requests(exchanges) and truth.rephrases
        )
    # The request and the one before it that the wording takes in; once and twice.
    assert {(True, 1), (True, 2), (False, 1), (False, 2)} <= kinds
    plain = {turn.session_id for turn in log.turns} - {
        turns[t.turn_id].session_id for t in log.truths.values() if t.defect
    }
    assert len(plain) > 50


def _requests(exchanges):
    return {exchange.request for exchange in exchanges}


def test_what_a_session_borrows_is_of_its_own_pool(dialogues):
    log = assemble(dialogues, _restate, seed=3)
    pool_of = {turn.session_id: turn.customer_id for turn in log.turns}
    whose = {text: told.name for told in dialogues for e in told.exchanges for text in (e.request, e.answer)}
    borrowed = 0
    for turn in log.turns:
        for text in (turn.utterance, turn.response.text):
            owner = whose.get(text, turn.session_id)
            borrowed += owner != turn.session_id
            assert pool_of[owner] == turn.customer_id
    assert borrowed > 100
    assert len(set(pool_of.values())) == POOLS


def test_sessions_depend_on_seed_dialogue_and_pool_alone(dialogues):
    log = assemble(dialogues, _restate, seed=3)
    shuffled = random.Random(1).sample(dialogues, len(dialogues))
    assert assemble(shuffled, _restate, seed=3) == log
    assert assemble(dialogues, _restate, seed=4) != log


def test_cqr_is_said_again_in_the_words_of_the_crowd(cqr_dev):
    plain, log = Cqr().read(cqr_dev), Cqr().assembled(cqr_dev, seed=0)
    assert broken_rules(plain) == broken_rules(log) == []
    assert (len({turn.session_id for turn in plain.turns}), len(plain.turns)) == (271, 744)
    corpus = cqr_dev_texts(cqr_dev)
    assert {turn.utterance for turn in log.turns} <= corpus
    assert not any(truth.rephrases for truth in plain.truths.values())
    rephrased = [truth for truth in log.truths.values() if truth.rephrases]
    assert len(rephrased) > 80
    assert {truth.defect for truth in rephrased} == {False, True}
    assert Cqr().assembled(cqr_dev, seed=0) == log


def cqr_dev_texts(path):
    found = set()
    for dialogue in json.loads(gzip.decompress(path.read_bytes())):
        for turn in dialogue["dialogue"]:
            put = turn.get("reformulation") or {}
            found |= {turn["data"]["utterance"].strip(), (put.get("reformulated_utt") or "").strip()}
            found |= {text.strip() for text in put.get("mturk_reformulations", ())}
    return found


def test_sgd_is_said_again_in_another_users_words_with_ones_own_values(sgd_dev):
    log = assembled_sgd(sgd_dev, seed=0, at_most=200)
    assert broken_rules(log) == []
    turns = {turn.turn_id: turn for turn in log.turns}
    assert len({turn.session_id for turn in log.turns}) == 200
    rephrased = [truth for truth in log.truths.values() if truth.rephrases]
    assert len(rephrased) > 20
    for truth in rephrased:
        for again in truth.rephrases:
            assert log.truths[again].interpretation == truth.interpretation
            said = turns[again].utterance.lower()
            assert all(slot.value in said for slot in truth.interpretation.slots)
    assert any(turns[t.rephrases[0]].utterance != turns[t.turn_id].utterance for t in rephrased)


def test_a_simulated_folder_is_read_with_its_truth(tmp_path):
    turn = Turn(turn_id="a", customer_id="c", time="2026-01-01T00:00:00Z", utterance="play jazz")
    for topic, lines in (
        ("dialogue.turns", [turn.model_dump_json()]),
        ("dialogue.signals", []),
        ("truth", [Truth(turn_id="a", defect=False).model_dump_json()]),
    ):
        (tmp_path / topic).mkdir()
        (tmp_path / topic / "2026-01-01.jsonl").write_text("\n".join(lines))
    log = read_simulated(tmp_path)
    assert (log.turns, log.signals, list(log.truths)) == ((turn,), (), ["a"])
    before = folder_fingerprint(tmp_path)
    (tmp_path / "truth" / "2026-01-01.jsonl").write_text("")
    assert folder_fingerprint(tmp_path) != before
    (tmp_path / "truth" / "2026-01-01.jsonl").write_text("{}")
    with pytest.raises(WrongCorpus, match="line 1 is no Truth"):
        read_simulated(tmp_path)
    (tmp_path / "dialogue.turns" / "2026-01-01.jsonl").write_text("")
    with pytest.raises(EmptyCorpus):
        read_simulated(tmp_path)
    with pytest.raises(CorpusNotFound, match=r"has no folder dialogue\.turns"):
        read_simulated(tmp_path / "truth")


def test_files_that_are_not_cqr_are_refused(tmp_path, sgd_dev):
    with pytest.raises(CorpusNotFound):
        Cqr().read(tmp_path / "absent.json")
    with pytest.raises(WrongCorpus, match="no JSON array"):
        Cqr().read(sgd_dev)
    (tmp_path / "empty.json").write_text("[]")
    with pytest.raises(EmptyCorpus):
        Cqr().read(tmp_path / "empty.json")
    (tmp_path / "other.json").write_text('[{"turns": []}]')
    with pytest.raises(WrongCorpus, match="dialogue 1 is not one of cqr"):
        Cqr().assembled(tmp_path / "other.json", 0)
