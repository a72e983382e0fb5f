"""Retention: what is too old goes, day by day and kind by kind, and nothing else does."""

import json
from datetime import UTC, date, datetime, timedelta

import duckdb
import pytest
from typer.testing import CliRunner

from rewrite_offline.errors import TableLocked
from rewrite_offline.table import exclusive
from selflearn.cli import app
from selflearn.decisions import DecisionFiles
from selflearn.settings import load_settings
from selflearn.upkeep import retain, retaining
from streams.archive import Archive
from streams.archive.expiry import remove_days
from streams.records import DeadLetter, Decision, Signal, Turn
from streams.sinks import JsonlSink
from tests.selflearn.household import customers_turns

#: The household's four days are 5 to 8 January 2026.
NOW = datetime(2026, 1, 10, 12, tzinfo=UTC)


@pytest.fixture
def filled(settings):
    sink = Archive(settings.archive_folder).sink()
    sink.write(customers_turns())
    sink.flush()
    return settings


def keeping(settings, **days):
    given = [f"data_folder={settings.data_folder}", *(f"retention.{kind}={n}" for kind, n in days.items())]
    return load_settings(overrides=given)


def days_of(settings, kind="turns"):
    return sorted(path.name for path in (settings.archive_folder / kind).glob("date=*"))


def dead_letter(settings, name, lines=2):
    folder = settings.dead_letter_folder / DeadLetter.topic
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"part-{int(name.timestamp() * 1e9):020d}-aa-000000.jsonl"
    path.write_text("{}\n" * lines)
    return path


def test_by_default_only_decisions_and_dead_letters_leave(filled):
    before = days_of(filled)
    gone = retain(filled, now=NOW + timedelta(days=10_000))
    assert days_of(filled) == before
    assert [kind for kind, one in gone.items() if one.kept_days] == ["decisions", "dead_letters"]


@pytest.mark.parametrize("days", [1, 2, 3, 4, 5, 6])
def test_whole_days_leave_and_younger_ones_stay(filled, days):
    gone = retain(keeping(filled, turns=days), now=NOW)["turns"]
    first = (NOW - timedelta(days=days)).date()
    expected = [date(2026, 1, day) for day in (5, 6, 7, 8) if date(2026, 1, day) >= first]
    assert [date.fromisoformat(name.removeprefix("date=")) for name in days_of(filled)] == expected
    assert gone.records == 32 * (4 - len(expected))
    assert len(days_of(filled, "signals")) == 4
    archive = Archive(filled.archive_folder)
    with duckdb.connect() as connection:
        assert archive.turns(connection).aggregate("count(*)").fetchall() == [(32 * len(expected),)]


def test_a_dry_run_counts_the_same_and_removes_nothing(filled):
    given = keeping(filled, turns=3, signals=4)
    old = dead_letter(filled, NOW - timedelta(days=15))
    told = retain(given, dry_run=True, now=NOW)
    assert len(days_of(filled)) == len(days_of(filled, "signals")) == 4
    assert old.exists()
    assert retain(given, now=NOW) == told
    assert not old.exists()
    assert retain(given, now=NOW)["turns"].files == 0


def test_dead_letters_leave_by_when_they_were_written(filled):
    old = dead_letter(filled, NOW - timedelta(days=14, seconds=1), lines=3)
    young = dead_letter(filled, NOW - timedelta(days=13))
    gone = retain(filled, now=NOW)["dead_letters"]
    assert (gone.files, gone.records, gone.bytes) == (1, 3, 9)
    assert (old.exists(), young.exists()) == (False, True)


def test_decisions_leave_by_the_hour_and_their_index_bears_it(filled):
    decision = Decision(request_id="r1", time=NOW, utterance="play halo")
    written = filled.decision_folder / Decision.topic / "2026-01-10T11-7-aa.jsonl"
    written.parent.mkdir(parents=True)
    written.write_text(decision.model_dump_json() + "\n")
    kept = DecisionFiles(filled.decision_folder)
    assert kept.index.complete() == 1
    assert kept.find("default", "r1") == decision
    just = NOW.replace(hour=11) + timedelta(days=90, hours=1)
    assert retain(filled, now=just)["decisions"].files == 0
    assert retain(filled, now=just + timedelta(hours=1))["decisions"].records == 1
    assert not written.exists()
    assert kept.find("default", "r1") is None
    kept.close()


def test_what_a_crash_left_of_a_day_is_swept_away_and_read_by_nobody(filled):
    folder = filled.archive_folder / "turns"
    (folder / "date=2026-01-05").rename(folder / ".gone-date=2026-01-05")
    assert Archive(filled.archive_folder).days()[0] == date(2026, 1, 6)
    remove_days(filled.archive_folder, Turn, date(2026, 1, 6))
    assert sorted(path.name for path in folder.iterdir())[0] == "date=2026-01-06"


def test_learning_is_not_disturbed(filled, monkeypatch):
    monkeypatch.setattr(retaining, "_PATIENCE", 0.0)
    with exclusive(filled.state_folder / "learn.lock"), pytest.raises(TableLocked):
        retain(keeping(filled, turns=1), now=NOW)
    assert len(days_of(filled)) == 4


def test_the_command(filled):
    dead_letter(filled, datetime.now(UTC) - timedelta(days=20))
    before = ["--data-folder", str(filled.data_folder), "--set", "retention.turns=1"]
    told = json.loads(CliRunner().invoke(app, [*before, "retain", "--dry-run", "--json"]).stdout)
    assert (told["status"], told["dry_run"]) == ("retained", True)
    assert told["kinds"]["turns"]["records"] == 128
    done = CliRunner().invoke(app, [*before, "retain"])
    assert done.exit_code == 0
    assert "dead_letters" in done.stdout
    assert days_of(filled) == []
    assert len(days_of(filled, "signals")) == 4


def test_nothing_there_is_nothing_to_remove(settings):
    assert {one.files for one in retain(keeping(settings, turns=1, signals=1), now=NOW).values()} == {0}


def test_signals_of_feedback_leave_too(settings):
    folder = settings.data_folder / "feedback" / Signal.topic
    folder.mkdir(parents=True)
    for day in ("2026-01-01T03", "2026-01-09T03"):
        (folder / f"{day}-1-aa.jsonl").write_text("{}\n")
    assert retain(keeping(settings, feedback=5), now=NOW)["feedback"].files == 1
    assert [path.name for path in folder.iterdir()] == ["2026-01-09T03-1-aa.jsonl"]


def test_dead_letters_of_a_sink_are_found(settings):
    sink = JsonlSink(settings.dead_letter_folder)
    sink.write([DeadLetter(time=NOW, reason="x", detail="", source="", partition="", offset=0, original="")])
    sink.flush()
    assert retain(settings, now=datetime.now(UTC) + timedelta(days=15))["dead_letters"].records == 1
