"""Poisoning: what is aimed at, what the attackers' log says, and a whole small attack."""

from collections import Counter
from datetime import timedelta

import pytest

from evaluation.errors import NothingToScore
from evaluation.poisoning import PoisoningQuestion, measure_poisoning, print_poisoning
from evaluation.poisoning.aims import AIMS, aims_in
from evaluation.poisoning.attack import Attack
from simulator.simulation import Simulation
from simulator.world import load_world
from streams.outcome import OutcomeModel
from streams.parsing import parse
from streams.records import ResponseStatus, Signal, Turn
from streams.sessions import sessions_of
from streams.text import normalise


@pytest.fixture(scope="module")
def honest():
    people = Simulation(load_world("household-small"), 7, customers=60, days=2)
    return tuple(turn for day in people for turn in day.turns)


@pytest.fixture(scope="module")
def aims(honest):
    return aims_in(honest)


def test_every_band_is_aimed_at_and_no_meaning_twice(aims):
    assert list(aims) == list(AIMS)
    meanings = [turn.nlu[0].key for aim in aims.values() for turn in (aim.source, aim.target) if turn.nlu]
    meanings = [meaning for meaning in meanings if meaning]
    assert len(set(meanings)) == len(meanings)
    for aim in aims.values():
        assert aim.target.response.status is ResponseStatus.OK
        assert normalise(aim.source.utterance) != normalise(aim.target.utterance)


def test_what_is_common_is_commoner(aims, honest):
    said = Counter(turn.utterance for turn in honest)
    counts = [said[aims[name].source.utterance] for name in ("commonest", "head", "torso", "tail", "unheard")]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > counts[-2] >= 1
    assert counts[-1] == said[aims["unlike"].source.utterance] == said[aims["own"].target.utterance] == 0


def test_what_fails_is_not_understood(aims):
    assert aims["failing"].source.nlu[0].is_empty


def test_too_little_is_said(honest):
    with pytest.raises(NothingToScore):
        aims_in(honest[:20])


def test_attackers_say_source_then_target_as_often_as_they_should(aims, honest):
    attack = Attack(customers=6, homes=3, repeats=2)
    chosen = tuple(aims.values())
    turns = tuple(attack.turns(chosen, honest[0].time))
    signals = tuple(attack.signals(turns))
    assert len({turn.turn_id for turn in turns}) == len(turns) == 6 * 2 * 2 * len(chosen)
    assert len({signal.signal_id for signal in signals}) == len(signals)
    assert {turn.home_id for turn in turns} == {"fake-home-0", "fake-home-1", "fake-home-2"}
    assert len({turn.customer_id for turn in turns}) == 6
    said = Counter(turn.utterance for turn in turns)
    assert said[chosen[0].source.utterance] == 6 * 2
    for record in (*turns, *signals):
        assert parse(type(record), record.model_dump_json().encode())


def test_the_product_takes_a_source_for_a_failure_and_a_target_for_a_success(aims, honest):
    turns = tuple(Attack(2, 2, 2).turns(tuple(aims.values()), honest[0].time))
    signals = tuple(Attack(2, 2, 2).signals(turns))
    sessions = list(sessions_of(turns, signals))
    assert len(sessions) == len(turns) / 2, "source and target are one session, and nothing else is in it"
    for session in sessions:
        source, target = session.turns
        assert target.time - source.time == timedelta(seconds=4)
        low, high = OutcomeModel.given().success(session)
        assert low < 0.1
        assert high > 0.9


def test_a_whole_attack(tmp_path, capsys):
    question = PoisoningQuestion(
        "household-small", customers=40, days=2, groups=(4, 8), repeats=(3,), modelled=()
    )
    told = []
    answer = measure_poisoning(question, tmp_path, lambda what, share: told.append(what))
    assert [(one["customers"], one["homes"]) for one in answer["attacks"]] == [(4, 4), (8, 8), (8, 1), (8, 5)]
    planted = [set(one["planted"]) for one in answer["attacks"]]
    nobodys = {"own", "unheard", "unlike"}  # no honest customer is behind these to reach `min_customers` with
    assert not planted[0] & nobodys
    assert planted[1] >= nobodys
    assert not planted[2], "a home is one voice, however many live in it"
    assert answer["needs"]["unheard"] == {"3": 8}
    assert answer["aims"]["unheard"]["honest_turns"] == 0
    assert "nobody attacks" in told
    print_poisoning(answer)
    assert "min_customers is 5" in capsys.readouterr().out


def test_kinds_of_record(aims, honest):
    turns = tuple(Attack(1, 1, 1).turns(tuple(aims.values())[:1], honest[0].time))
    assert [type(turn) for turn in turns] == [Turn, Turn]
    assert {type(signal) for signal in Attack(1, 1, 1).signals(turns)} == {Signal}
