"""The sample log: the same everywhere, true to its truth, and with something in it to learn."""

import gzip
import os
import subprocess
import sys
from collections import defaultdict
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.sample_log import SampleLog, lines, make, write
from simulator.sample_log.acts import ACTS
from simulator.sample_log.catalogue import CATALOGUE
from simulator.sample_log.dice import Dice
from simulator.sample_log.hearing import CONFUSIONS, hear
from simulator.sample_log.understanding import read
from streams.records import ResponseStatus, Signal, SignalKind, Turn
from streams.records.failure_point import Stage


@pytest.fixture(scope="module")
def log() -> SampleLog:
    return make(seed=3, customers=40, days=20)


@pytest.fixture(scope="module")
def bundled() -> SampleLog:
    return make()


@pytest.mark.parametrize(("name", "part"), [("dialogue.turns", "turns"), ("dialogue.signals", "signals")])
def test_the_bundled_log_is_what_the_generator_makes(bundled: SampleLog, name: str, part: str) -> None:
    # Unpacked: another zlib may pack the same bytes in another way.
    packed = files("selflearn.quickstart.household").joinpath(f"{name}.jsonl.gz").read_bytes()
    assert gzip.decompress(packed) == lines(getattr(bundled, part))
    assert len(packed) < 2_000_000


def test_the_same_seed_gives_the_same_bytes_whatever_the_hash_seed() -> None:
    code = (
        "import sys; from simulator.sample_log import lines, make; log = make(5, 6, 6);"
        "sys.stdout.buffer.write(lines(log.turns) + lines(log.signals) + lines(log.truths))"
    )
    one, other = (
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
        ).stdout
        for seed in ("1", "2")
    )
    assert one == other
    assert one != lines(make(6, 6, 6).turns)


def test_packing_leaves_no_time_and_no_name(tmp_path: Path) -> None:
    write(b"{}\n", tmp_path / "a.jsonl.gz")
    write(b"{}\n", tmp_path / "b.jsonl.gz")
    assert (tmp_path / "a.jsonl.gz").read_bytes() == (tmp_path / "b.jsonl.gz").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.jsonl.gz", "b.jsonl.gz"]


def test_lines_are_records_that_read_back(log: SampleLog) -> None:
    assert [Turn.model_validate_json(line) for line in lines(log.turns).splitlines()] == list(log.turns)
    assert [Signal.model_validate_json(line) for line in lines(log.signals).splitlines()] == list(log.signals)


def test_ids_are_unique_and_signals_and_truth_belong_to_turns(log: SampleLog) -> None:
    ids = [turn.turn_id for turn in log.turns]
    assert len(set(ids)) == len(ids)
    assert {truth.turn_id for truth in log.truths} == set(ids)
    assert {signal.turn_id for signal in log.signals} <= set(ids)
    assert len({signal.signal_id for signal in log.signals}) == len(log.signals)


def test_nobody_speaks_to_two_devices_at_once(log: SampleLog) -> None:
    last: dict[str, Turn] = {}
    for turn in log.turns:
        before = last.get(turn.customer_id)
        if before is not None:
            assert turn.time > before.time
        last[turn.customer_id] = turn


def test_no_truth_in_the_turns(log: SampleLog) -> None:
    said = {truth.turn_id: truth.transcription for truth in log.truths}
    names = set(Turn.model_fields)
    unheard = 0
    for turn in log.turns:
        assert set(turn.model_dump()) <= names
        heard = {hypothesis.text for hypothesis in turn.asr}
        unheard += said[turn.turn_id] not in heard
    assert unheard > 0  # what was said cannot be read off the n-best list


def test_the_truth_agrees_with_itself(log: SampleLog) -> None:
    turns = {turn.turn_id: turn for turn in log.turns}
    truths = {truth.turn_id: truth for truth in log.truths}
    for truth in log.truths:
        assert truth.defect == (truth.failure_point is not Stage.CORRECT)
        if truth.failure_point is Stage.ASR:
            assert truth.transcription != turns[truth.turn_id].utterance
        if truth.failure_point is Stage.NLU:
            assert truth.transcription == turns[truth.turn_id].utterance
        for later in truth.rephrases:
            assert turns[later].time > turns[truth.turn_id].time
            assert truths[later].goal_id == truth.goal_id
        if truth.best_rephrase is not None:
            assert not truths[truth.best_rephrase].defect
            assert truth.best_rephrase in truth.rephrases


def test_every_way_of_failing_and_every_signal_occurs(log: SampleLog) -> None:
    assert {truth.failure_point for truth in log.truths} == set(Stage) - {Stage.ENTITY}
    kinds = {signal.kind for signal in log.signals}
    assert kinds == set(SignalKind) - {SignalKind.ITEM_CHOSEN, SignalKind.CORRECTION}
    statuses = {turn.response.status for turn in log.turns if turn.response is not None}
    assert statuses == set(ResponseStatus)


def test_a_short_answer_means_what_was_asked_for() -> None:
    assert read("seven", asked="time", domain="alarm").interpretation.key == "alarm/answer(time=seven)"
    assert read("the kitchen", asked="room", domain="lights").interpretation.key == (
        "lights/answer(room=kitchen)"
    )
    assert read("seven").interpretation.is_empty


def test_a_full_request_is_read_as_one_even_after_a_question() -> None:
    reading = read("turn on the kitchen lights", asked="room", domain="lights")
    assert reading.interpretation.key == "lights/turn_on(room=kitchen)"


def test_wordings_are_read_as_declared() -> None:
    for act in ACTS:
        values = {slot: CATALOGUE[slot][0] for slot in act.slots}
        for wording in act.wordings:
            meaning = read(wording.text.format(**values)).interpretation
            if wording.read == "right":
                assert (meaning.domain, meaning.intent) == (act.domain, act.intent), wording
            else:
                assert (meaning.domain, meaning.intent) != (act.domain, act.intent), wording


@given(st.sampled_from(sorted(CONFUSIONS)), st.floats(0, 3), st.text("abc", min_size=1))
def test_hypotheses_are_different_and_come_best_first(phrase: str, clarity: float, seed: str) -> None:
    hypotheses = hear(f"play {phrase}", clarity, Dice(seed))
    assert len({hypothesis.text for hypothesis in hypotheses}) == len(hypotheses)
    scores = [hypothesis.score for hypothesis in hypotheses]
    assert scores == sorted(scores, reverse=True)
    assert all(hypothesis.score is not None for hypothesis in hypotheses)


@given(st.sampled_from(sorted(CONFUSIONS)), st.text("abc", min_size=1))
def test_perfectly_clear_speech_is_heard(phrase: str, seed: str) -> None:
    assert hear(f"play {phrase}", 0.0, Dice(seed))[0].text == f"play {phrase}"


def test_enough_homes_share_a_failure_that_others_mended(bundled: SampleLog) -> None:
    """A miner that asks for five homes finds the lamp in the living rome, and not only that."""
    log = bundled
    turns = {turn.turn_id: turn for turn in log.turns}
    homes: dict[tuple[str, str], set[str | None]] = defaultdict(set)
    for truth in log.truths:
        if truth.best_rephrase is not None and truth.defect:
            pair = (turns[truth.turn_id].utterance, turns[truth.best_rephrase].utterance)
            homes[pair].add(turns[truth.turn_id].home_id)
    shared = {pair for pair, where in homes.items() if len(where) >= 5}
    assert ("play maj and dragons", "play imagine dragons") in shared
    assert len(shared) > 40
