"""The baselines on sessions written out by hand: candidates, thresholds, and what each of them looks at."""

from datetime import UTC, datetime, timedelta

import pytest

from evaluation.rephrase.baselines import BASELINES, Near, Setup
from evaluation.rephrase.baselines.candidates import Likeliest, best_threshold, candidates, likeliest_of
from evaluation.rephrase.baselines.pairs import TextPair, callers_apart, text_pairs
from streams.records import Label, Turn
from streams.sessions import sessions_of

_BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def _turns(name, *said, pace=10):
    return [
        Turn(
            turn_id=f"{name}{number}",
            customer_id=name,
            session_id=name,
            time=_BEGIN + timedelta(seconds=pace * number),
            utterance=text,
        )
        for number, text in enumerate(said)
    ]


def _label(turn, *rephrases):
    best = rephrases[0] if rephrases else None
    return Label(
        label_id=turn, turn_id=turn, time=_BEGIN, origin="truth", rephrases=rephrases, best_rephrase=best
    )


@pytest.fixture
def log():
    """In every session the first request is said again at the end; the second is another one."""
    turns, labels = [], {}
    for name in "abcdef":
        turns += _turns(name, "play sum jazz", "how late is it", "play some jazz")
        labels |= {f"{name}{n}": _label(f"{name}{n}") for n in range(3)}
        labels[f"{name}0"] = _label(f"{name}0", f"{name}2")
    return sessions_of(turns, ()), labels


def test_candidates_are_the_nearest_later_requests():
    (session,) = sessions_of(_turns("a", *"abcdefgh"), ())
    near = Near(timedelta(seconds=30), 5)
    assert [turn.utterance for turn in candidates(session, 1, near)] == ["c", "d", "e"]
    assert [turn.utterance for turn in candidates(session, 0, Near(max_candidates=2))] == ["b", "c"]
    assert not list(candidates(session, 7, near))


def test_of_equal_candidates_the_earliest_is_the_likeliest():
    sessions = sessions_of(_turns("a", "one", "two", "two"), ())
    found = likeliest_of(sessions, lambda pairs: [0.5] * len(pairs), Near())
    assert found == [Likeliest("a0", "a1", 0.5), Likeliest("a1", "a2", 0.5), Likeliest("a2", None, 0.0)]


def test_a_threshold_is_where_f1_is_best():
    found = [Likeliest(f"t{n}", "x", c) for n, c in enumerate([0.9, 0.8, 0.8, 0.4, 0.2])]
    labels = {f"t{n}": _label(f"t{n}", *("x",) * right) for n, right in enumerate([1, 1, 0, 1, 0])}
    assert best_threshold(found, labels) == pytest.approx(0.3)
    assert best_threshold(found, {"t0": labels["t0"]}) == pytest.approx(0.9)
    assert best_threshold(found, {}) == 1.0
    silent = labels["t0"].model_copy(update={"rephrases": None})
    assert best_threshold(found, {"t0": silent}) == 1.0


def test_the_next_turn_is_wrong_where_the_rephrase_comes_later(log):
    sessions, labels = log
    said = {one.turn_id: one for one in BASELINES["next_turn"](sessions, labels, Setup()).detect(sessions)}
    assert (said["a0"].likeliest, said["a1"].likeliest, said["a2"].likeliest) == ("a1", "a2", None)
    assert said["a0"].confidence == pytest.approx(1 / 11)


def test_likeness_finds_it_and_leaves_the_others_alone(log):
    sessions, labels = log
    said = BASELINES["edit_distance"](sessions, labels, Setup()).detect(sessions)
    assert [one.turn_id for one in said] == [turn.turn_id for session in sessions for turn in session.turns]
    assert {one.turn_id: one.rephrase for one in said if one.rephrase} == {f"{n}0": f"{n}2" for n in "abcdef"}


def test_what_is_empty_is_like_nothing():
    sessions = sessions_of(_turns("a", "", "", "play"), ())
    said = BASELINES["edit_distance"](sessions, {}, Setup()).detect(sessions)
    assert [one.confidence for one in said] == [0.0, 0.0, 0.0]
    assert not any(one.rephrase for one in said)


def test_pairs_are_learned_once_with_their_number(log):
    sessions, labels = log
    pairs = text_pairs(sessions, labels, near=Near(), others_each=None, seed=0)
    assert pairs == [
        TextPair("how late is it", "play some jazz", 6, 0),
        TextPair("play sum jazz", "how late is it", 6, 0),
        TextPair("play sum jazz", "play some jazz", 6, 6),
    ]
    fewer = text_pairs(sessions, labels, near=Near(), others_each=1.5, seed=0)
    assert sum(pair.times for pair in fewer) == 6 + 9
    assert text_pairs(sessions, {}, near=Near(), others_each=1.5, seed=0) == []


def test_customers_held_back_are_learned_from_by_nobody(log):
    learned, held = callers_apart(log[0], 0.2, seed=1)
    names = [{session.customer_id for session in part} for part in (learned, held)]
    assert names[0] | names[1] == set("abcdef")
    assert (len(names[1]), names[0] & names[1]) == (1, set())


@pytest.mark.parametrize("name", ["embedding_cosine", "pairwise_bert"])
def test_encoders_answer_like_the_others(name, log, tmp_path):
    pytest.importorskip("torch")
    from backbone.encoder import save_encoder, tiny_bert

    sessions, labels = log
    save_encoder(tiny_bert(), tmp_path / "encoder")
    setup = Setup(encoder=str(tmp_path / "encoder"), folder=tmp_path / "kept")
    detector = BASELINES[name](sessions, labels, setup)
    said = detector.detect(sessions)
    assert [one.turn_id for one in said] == [turn.turn_id for session in sessions for turn in session.turns]
    assert all(0.0 <= one.confidence <= 1.0 for one in said)
    assert all(one.rephrase in (None, one.likeliest) for one in said)
    again = BASELINES[name](sessions, labels, setup)
    assert again.detect(sessions) == said
    kept = [*(tmp_path / "kept").glob("*.safetensors")]
    assert len(kept) == (name == "pairwise_bert")
