"""The command `selflearn simulate`: files, the same bytes whoever writes them, and what is refused."""

import hashlib
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import orjson
import pytest
from people_world import WORLD, small_world, written_world
from typer.testing import CliRunner

from selflearn.cli.app import app
from simulator.simulation import Simulation, write, writing
from simulator.simulation.sending import send
from simulator.simulation.writing import put
from streams.kafka import create_topics
from streams.parsing import parse
from streams.records import Signal, Turn
from streams.sinks import ListSink
from streams.sources import FolderSource, KafkaSource
from streams.truth import Truth

LATER = datetime(2027, 1, 1, tzinfo=UTC)


def simulate(*arguments):
    return CliRunner().invoke(app, ["simulate", *map(str, arguments)])


def done(*arguments):
    result = simulate(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return orjson.loads(result.stdout)


def digests(folder: Path):
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*.json*"))
    }


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return written_world(tmp_path_factory.mktemp("world"))


@pytest.fixture(scope="module")
def log(tmp_path_factory, world):
    folder = tmp_path_factory.mktemp("log")
    figures = done("--world", world, "--days", 3, "--out", folder, "--processes", 1)
    return folder, figures


def records(folder: Path, kind):
    for path in sorted((folder / kind.topic).glob("*.jsonl")):
        for line in path.read_bytes().splitlines():
            yield line, kind.model_validate_json(line)


def test_a_day_is_a_file_of_each_kind(log):
    folder, figures = log
    names = [f"2026-01-{day:02}.jsonl" for day in (5, 6, 7)]
    for topic in ("dialogue.turns", "dialogue.signals", "truth"):
        assert sorted(path.name for path in (folder / topic).iterdir()) == names
    assert figures["days"] == 3
    assert figures["turns"] == sum(1 for _ in records(folder, Turn)) == sum(1 for _ in records(folder, Truth))
    assert figures["defects"] == sum(bool(truth.defect) for _, truth in records(folder, Truth))


def test_lines_are_the_records_of_the_simulation(log, world):
    folder, _ = log
    simulation = Simulation(small_world(world.parent), 7, days=3)
    for kind, made in (("turns", Turn), ("signals", Signal), ("truths", Truth)):
        simulation = Simulation(small_world(world.parent), 7, days=3)
        lived = [record for day in simulation for record in getattr(day, kind)]
        read = [record for _, record in records(folder, made)]
        assert [each.model_dump(mode="json") for each in read] == [
            each.model_dump(mode="json") for each in lived
        ]


def test_two_processes_and_two_runs_write_the_same_bytes(log, world, tmp_path):
    folder, _ = log
    two, again = tmp_path / "two", tmp_path / "again"
    done("--world", world, "--days", 3, "--out", two, "--processes", 2)
    assert digests(two) == digests(folder)
    assert done("--world", world, "--days", 1, "--out", again, "--processes", 1)["days"] == 1
    assert done("--world", world, "--days", 3, "--out", again, "--processes", 2)["days"] == 2
    assert digests(again) == digests(folder)
    assert done("--world", world, "--days", 3, "--out", again)["days"] == 0


def test_a_day_that_was_cut_short_is_written_again(log, world, tmp_path):
    folder, _ = log
    out = tmp_path / "log"
    done("--world", world, "--days", 2, "--out", out, "--processes", 1)
    # As if killed after the second day's turns were written, and before it was noted that the day is over.
    first = tmp_path / "first"
    done("--world", world, "--days", 1, "--out", first, "--processes", 1)
    (out / ".simulation" / "memory.json").write_bytes((first / ".simulation" / "memory.json").read_bytes())
    (out / "truth" / "2026-01-06.jsonl").unlink()
    done("--world", world, "--days", 3, "--out", out, "--processes", 1)
    assert digests(out) == digests(folder)


def test_a_run_that_was_killed_on_its_first_day_begins_again(log, world, tmp_path, monkeypatch):
    folder, _ = log
    out = tmp_path / "log"

    def killed_after_the_turns(folder, name, lines):
        if folder.name != Turn.topic:
            raise KeyboardInterrupt
        put(folder, name, lines)

    with monkeypatch.context() as patched:
        patched.setattr(writing, "put", killed_after_the_turns)
        with pytest.raises(KeyboardInterrupt):
            write(small_world(world.parent), 7, 14, 3, out, truth=out / "truth")
    assert list((out / Turn.topic).iterdir())
    done("--world", world, "--days", 3, "--out", out, "--processes", 1)
    assert digests(out) == digests(folder)


def test_the_log_is_read_as_it_is_and_the_truth_is_not(log):
    folder, figures = log
    source = FolderSource(folder)
    entries = []
    while not source.exhausted:
        entries += source.poll(1000)
    assert len(entries) == figures["turns"] + figures["signals"]
    for entry in entries:
        parse(Turn if entry.source == Turn.topic else Signal, entry.raw, now=LATER)


def test_the_truth_stands_elsewhere_or_nowhere(world, tmp_path):
    out, apart = tmp_path / "log", tmp_path / "apart"
    done("--world", world, "--days", 1, "--out", out, "--truth", apart, "--processes", 1)
    assert (apart / "2026-01-05.jsonl").is_file()
    assert not (out / "truth").exists()
    none = tmp_path / "none"
    done("--world", world, "--days", 1, "--out", none, "--truth", "none", "--processes", 1)
    assert not (none / "truth").exists()


def test_records_are_sent_keyed_by_their_customer_and_the_truth_never(world, tmp_path):
    sink = ListSink()
    written = send(Simulation(small_world(world.parent), 7, days=1), sink, truth=tmp_path / "truth")
    kinds = {type(record) for record in sink.records}
    assert kinds == {Turn, Signal}
    assert len(sink.records) == written.turns + written.signals
    assert len((tmp_path / "truth" / "2026-01-05.jsonl").read_bytes().splitlines()) == written.turns


@pytest.mark.parametrize(
    ("arguments", "code", "reason"),
    [
        (("--world", "atlantis"), 3, "no shipped world"),
        (("--world", "WORLD", "--customers", "0"), 2, "--customers"),
        (("--world", "WORLD", "--days", "-1"), 2, "--days"),
        (("--world", "WORLD", "--processes", "0"), 2, "--processes"),
        (("--world", "WORLD", "--seed", "many"), 2, "--seed"),
    ],
)
def test_bad_input_is_refused_clearly(arguments, code, reason, world, tmp_path):
    given = [str(world) if each == "WORLD" else each for each in arguments]
    result = simulate(*given, "--out", tmp_path / "log")
    assert result.exit_code == code
    assert reason in " ".join(result.output.replace("│", " ").split())
    assert not (tmp_path / "log").exists()


def test_a_folder_that_cannot_be_written_to_is_refused(world, tmp_path):
    (tmp_path / "file").write_text("no folder")
    result = simulate("--world", world, "--out", tmp_path / "file" / "log", "--days", 1)
    assert result.exit_code == 5
    assert "cannot be written to" in " ".join(result.output.split())


def test_a_truth_that_would_be_read_as_turns_is_refused(world, tmp_path):
    for truth in (tmp_path, tmp_path / "dialogue.turns", tmp_path / "apart"):
        result = simulate("--world", world, "--out", tmp_path, "--truth", truth, "--days", 1)
        assert result.exit_code == 2
        assert "would be read as turns" in " ".join(result.output.split())
    assert not list(tmp_path.rglob("*.jsonl"))


def test_another_simulations_folder_is_refused(log, world, tmp_path):
    folder, _ = log
    before = digests(folder)
    for other in (("--seed", 8), ("--customers", 3)):
        result = simulate("--world", world, "--out", folder, "--days", 9, *other)
        assert result.exit_code == 2
        assert "another" in result.output
    changed = tmp_path / "hut.toml"
    changed.write_text(WORLD.replace("leave_out = 0.4", "leave_out = 0.5"))
    result = simulate("--world", changed, "--out", folder, "--days", 9)
    assert result.exit_code == 2
    assert "another world" in result.output
    assert digests(folder) == before


def test_a_log_of_something_else_is_left_alone(world, tmp_path):
    strange = tmp_path / "dialogue.turns"
    strange.mkdir()
    (strange / "mine.jsonl").write_text("{}\n")
    result = simulate("--world", world, "--out", tmp_path, "--days", 1)
    assert result.exit_code == 2
    assert "take an empty folder" in " ".join(result.output.split())


@pytest.mark.kafka
def test_a_broker_gets_turns_and_signals_and_no_truth(kafka_broker, world):
    create_topics(kafka_broker.settings, partitions=2)
    servers = ",".join(kafka_broker.settings.bootstrap_servers)
    figures = done("--world", world, "--days", 1, "--out", f"kafka://{servers}")
    day = next(iter(Simulation(small_world(world.parent), 7, days=1)))
    for kind, sent in ((Turn, day.turns), (Signal, day.signals)):
        source = KafkaSource([kind.topic], uuid4().hex, kafka_broker.settings, stop_at_end=True)
        entries = []
        while not source.exhausted:
            entries += source.poll(1000, 0.2)
        source.close()
        # Other tests write to the same broker, each for customers of its own.
        customers = {record.customer_id for record in sent}
        read = [parse(kind, entry.raw, now=LATER) for entry in entries]
        assert Counter(record.turn_id for record in read if record.customer_id in customers) == Counter(
            record.turn_id for record in sent
        )
    assert (figures["turns"], figures["signals"]) == (len(day.turns), len(day.signals))


def test_a_broker_that_is_not_there_is_told(world):
    result = simulate("--world", world, "--days", 1, "--out", "kafka://localhost:1")
    assert result.exit_code == 5
    assert "no Kafka at localhost:1" in " ".join(result.output.split())


def what_if(*arguments):
    return CliRunner().invoke(app, ["world", "what-if", *map(str, arguments)])


def test_what_would_have_happened_with_another_text_is_told(log, world):
    folder, _ = log
    turns = {turn.turn_id: turn for _, turn in records(folder, Turn)}
    lost = next(
        truth
        for _, truth in records(folder, Truth)
        if truth.defect and truth.failure_point == "asr" and truth.best_rephrase is None
    )
    result = what_if(folder, lost.turn_id, lost.transcription, "--world", world, "--json")
    assert result.exit_code == 0, result.output
    told = orjson.loads(result.stdout)
    assert told["said"] == lost.transcription
    assert told["as_it_was"]["text"] == turns[lost.turn_id].utterance
    assert told["as_it_was"]["failure_point"] == "asr"
    assert told["with_text"]["text"] == lost.transcription
    assert told["with_text"].keys() == told["as_it_was"].keys()
    shown = what_if(folder, lost.turn_id, lost.transcription, "--world", world)
    assert shown.exit_code == 0
    assert "as it was" in shown.output


def test_what_if_refuses_what_it_cannot_answer(log, world, tmp_path):
    folder, _ = log
    turn = next(records(folder, Turn))[1].turn_id
    changed = tmp_path / "hut.toml"
    changed.write_text(WORLD.replace("leave_out = 0.4", "leave_out = 0.5"))
    for arguments, code, reason in (
        ((tmp_path, turn, "louder", "--world", world), 3, "is no folder that selflearn simulate has written"),
        ((folder, "nobody", "louder", "--world", world), 2, "has the id 'nobody'"),
        ((folder, turn, "Louder!", "--world", world), 2, "is not as ASR writes"),
        ((folder, turn, "louder", "--world", changed), 2, "another world"),
        ((folder, turn, "louder"), 3, "no shipped world"),
        ((folder, turn, "louder", "--world", world, "--truth", tmp_path / "none"), 3, "--truth"),
    ):
        result = what_if(*arguments)
        assert result.exit_code == code, result.output
        assert reason in " ".join(result.output.split())


def test_a_log_is_drawn(log, world, tmp_path):
    folder, _ = log

    def draw(*arguments):
        return CliRunner().invoke(app, ["world", "draw", *map(str, arguments), "--world", str(world)])

    result = draw(folder, "--out", tmp_path / "days.png")
    assert result.exit_code == 0, result.output
    assert (tmp_path / "days.png").read_bytes().startswith(b"\x89PNG")
    assert draw(tmp_path, "--out", tmp_path / "days.png").exit_code == 3
    assert draw(folder, "--out", tmp_path / "none" / "days.png").exit_code not in (0, 1)
