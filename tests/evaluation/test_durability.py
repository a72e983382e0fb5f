"""Real processes, really killed: some trials of every scenario; all of them are marked slow."""

import shutil

import pytest

from evaluation.broker import broker_command
from evaluation.durability import SCENARIOS, measure_durability
from evaluation.durability.kept import compared
from evaluation.durability.sent import Sent, made, write_files
from evaluation.durability.trials import Trials
from evaluation.durability.worker import worker_files
from evaluation.errors import BadQuestion
from selflearn.ingestion import ingest
from selflearn.settings import load_settings
from streams.sinks import ArchiveSink

FAULTS = ("lost", "doubled", "changed", "copies_after_compaction", "letters_lost", "halves")


def quiet(what, share):
    pass


def measured(folder, *only, runs=2):
    answer = measure_durability(runs=runs, seed=3, folder=folder, step=quiet, only=only)
    assert {name: answer[name] for name in FAULTS} == dict.fromkeys(FAULTS, 0)
    return answer


@pytest.fixture
def broker():
    if broker_command() is None:
        pytest.skip("no Kafka broker: set KAFKA_HOME to a Kafka distribution, and install Java 17")


def test_a_killed_worker_over_files_loses_and_doubles_nothing(tmp_path):
    found = worker_files(Trials("worker_files", 3, tmp_path, quiet), 2, turns=400)
    assert (found["kills"], found["replays"], found["turns_sent"]) == (2, 2, 800)
    assert not any(found[fault] for fault in FAULTS if fault != "halves")


def test_trials_that_are_noted_are_not_carried_out_again(tmp_path):
    trials, carried_out = Trials("x", 3, tmp_path, quiet), []

    def trial(number, dice, folder):
        carried_out.append(number)
        return {"lost": 0}

    trials.each(2, trial)
    (tmp_path / "outcomes.jsonl").open("ab").write(b'{"question": {"scena')  # whatever ended the run
    assert trials.each(3, trial) == [{"lost": 0}] * 3
    assert sorted(carried_out) == [0, 1, 2]
    trials.each(1, trial, question={"turns": 7})
    assert len(carried_out) == 4


def test_publishing_and_serving_while_the_table_is_swapped(tmp_path):
    answer = measured(tmp_path, "publishing", runs=4)
    publishing = answer["scenarios"]["publishing"]
    assert publishing["old"] + publishing["new"] == publishing["runs"] == 2
    assert publishing["next_works"] == 2
    assert publishing["drafts_left_after_the_next"] == 0


def test_a_full_disk_is_waited_for(tmp_path):
    found = measured(tmp_path, "full-disk", runs=11)["scenarios"]["full_disk"]
    assert (found["runs"], found["said_that_it_is_full"], found["stopped"]) == (1, 1, 1)
    assert found["went_on_by_itself"] == 1


def test_other_orders_and_copies_give_the_same_sessions(tmp_path):
    found = measured(tmp_path, "lateness", runs=20)["scenarios"]["lateness"]
    changed = [found[name] for name in found if name.endswith("_changed") and "beyond" not in name]
    assert len(changed) == 4
    assert not any(changed)
    assert found["beyond_lateness_turns_counted_as_late"] > 0
    assert found["beyond_lateness_turns_unaccounted"] == 0


@pytest.mark.kafka
def test_a_killed_member_of_a_group(broker, tmp_path):
    found = measured(tmp_path, "group", runs=1)["scenarios"]["group"]
    assert (found["kills"], found["both_had_partitions"], found["took_over"]) == (1, 1, 1)


@pytest.mark.slow
@pytest.mark.kafka
@pytest.mark.parametrize("name", SCENARIOS)
def test_every_scenario(broker, tmp_path, name):
    found = measured(tmp_path, name, runs=20)["scenarios"][name]
    assert found.get("ended_badly", 0) == 0


def test_a_scenario_that_there_is_not(tmp_path):
    with pytest.raises(BadQuestion, match="worker_files"):
        measured(tmp_path, "wrker")


@pytest.fixture
def archive(tmp_path):
    """What was sent, in an archive, with nothing wrong."""
    sent = made(200, 3)
    write_files(sent, tmp_path / "log")
    settings = load_settings(overrides=[f"data_folder={tmp_path / 'data'}"])
    ingest(settings, str(tmp_path / "log"))
    return Sent(sent.turns, sent.signals, ()), settings.archive_folder


def test_the_comparison_sees_what_is_lost_changed_and_copied(archive):
    sent, folder = archive
    assert not any(found for name, found in compared(sent, folder).figures().items() if name != "turns_sent")
    sink = ArchiveSink(folder)
    sink.write([sent.turns[0]])
    sink.flush()
    assert compared(sent, folder).copies == 1

    other = made(201, 3, "other").turns[-1]
    more = Sent((*sent.turns, other), sent.signals, (b"junk",))
    found = compared(more, folder)
    assert (found.lost, found.letters_lost) == (1, 1)

    sink.write([other.model_copy(update={"utterance": "something else"})])
    sink.flush()
    found = compared(more, folder)
    assert (found.lost, found.changed) == (0, 1)
    shutil.rmtree(folder / "signals")
    assert compared(more, folder).lost == len(sent.signals)
