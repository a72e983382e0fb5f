"""Backup and restore: consistent under load, verified, and never half."""

import json
import multiprocessing
import os
import shutil
import signal
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from rewrite_offline.errors import TableLocked
from rewrite_offline.table import Table, current_version, exclusive, prune
from selflearn.cli import app
from selflearn.errors import BackupDamaged, BackupError, NoInput, NothingNew
from selflearn.ingestion import ingest
from selflearn.learning import learn_rewrites
from selflearn.settings import load_settings
from selflearn.store import Store
from selflearn.upkeep import backup, restore, verify
from streams.archive import Archive
from tests.entries import entry
from tests.selflearn.household import customers_turns, write_log


def elsewhere(tmp_path, *overrides):
    return load_settings(overrides=[f"data_folder={tmp_path / 'elsewhere'}", *overrides])


def files_of(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.endswith(".lock") and "selflearn.db" not in path.name
    }


def records_of(settings):
    with duckdb.connect() as connection:
        archive = Archive(settings.archive_folder)
        return {
            kind: sorted(relation(connection).select("record").fetchall())
            for kind, relation in (("turns", archive.turns), ("signals", archive.signals))
        }


@pytest.fixture
def lived_in(learned):
    """A data folder with something of everything."""
    store = Store.open(learned.store, learned.data_folder)
    store.close()
    for name in (
        "decisions/selflearn.decisions/2026-01-05T08-1-aa.jsonl",
        "feedback/dialogue.signals/x.jsonl",
    ):
        path = learned.data_folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text('{"a": 1}\n{"b": ')
    letter = (
        learned.dead_letter_folder / "dialogue.dead-letters" / "part-00000000000000000001-aa-000000.jsonl"
    )
    letter.parent.mkdir(parents=True)
    letter.write_text("{}\n")
    return learned


def test_all_comes_back_as_it_was(lived_in, tmp_path):
    done = backup(lived_in, tmp_path / "safe")
    assert done.contents.store == "sqlite"
    assert {"archive", "table", "decisions", "feedback", "dead-letters", "state"} == set(
        done.contents.parts()
    )
    there = elsewhere(tmp_path)
    restore(tmp_path / "safe", there.data_folder)
    before, after = files_of(lived_in.data_folder), files_of(there.data_folder)
    growing = {name for name in before if name.startswith(("decisions", "feedback"))}
    assert {name: content for name, content in before.items() if name not in growing} == {
        name: content for name, content in after.items() if name not in growing
    }
    assert {after[name] for name in growing} == {b'{"a": 1}\n'}
    assert Table.open(there.table_folder).version == current_version(lived_in.table_folder)
    with pytest.raises(NothingNew):
        learn_rewrites(there)
    with closing(sqlite3.connect(there.state_folder / "selflearn.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("SELECT count(*) FROM changes").fetchone()[0] > 0


def test_a_backup_under_load_replays_to_the_same_archive(settings, tmp_path):
    """Offsets are never newer than the archive: whatever the moment, a replay loses nothing and doubles nothing."""
    log = tmp_path / "log"
    for number in range(5):
        write_log(log / f"{number:02d}", customers_turns(6, tenant=f"t{number}"))
    busy = load_settings(overrides=[f"data_folder={settings.data_folder}", "ingest.commit_entries=40"])
    ended = threading.Event()

    def work():
        ingest(busy, str(log))
        ended.set()

    def tidy():
        while not ended.wait(0.2):
            if settings.archive_folder.is_dir():
                Archive(settings.archive_folder).compact()

    workers = [threading.Thread(target=work), threading.Thread(target=tidy)]
    settings.state_folder.mkdir(parents=True)
    for worker in workers:
        worker.start()
    taken = []
    while not ended.wait(0.1) and len(taken) < 5:
        taken.append(tmp_path / f"safe-{len(taken)}")
        backup(settings, taken[-1], since=taken[-2] if len(taken) > 1 else None)
    for worker in workers:
        worker.join()
    assert len(taken) > 1
    expected = records_of(settings)
    assert len(expected["turns"]) == 5 * 48
    read = []
    for number, safe in enumerate(taken):
        there = load_settings(overrides=[f"data_folder={tmp_path / f'there-{number}'}"])
        restore(safe, there.data_folder)
        read.append(ingest(there, str(log)).counts.read)
        assert records_of(there) == expected
    assert read[0] > 0
    assert read == sorted(read, reverse=True)


def test_a_table_that_is_published_and_pruned_meanwhile_is_whole(settings, put, tmp_path):
    put(entry("a", "b"))
    ended = threading.Event()

    def publishing():
        for number in range(30):
            put(entry(f"a {number}", "b"))
            prune(settings.table_folder, 1)
        ended.set()

    worker = threading.Thread(target=publishing)
    worker.start()
    taken = 0
    while not ended.is_set():
        safe = tmp_path / f"safe-{taken}"
        backup(settings, safe)
        there = tmp_path / f"there-{taken}"
        restore(safe, there)
        assert len(Table.open(there / "table")) == 1
        taken += 1
    worker.join()
    assert taken > 1


@pytest.mark.parametrize("part", ["archive", "table", "state", "decisions"])
@pytest.mark.parametrize("damage", ["flipped", "cut", "gone"])
def test_a_damaged_backup_is_refused_and_the_file_is_named(lived_in, tmp_path, part, damage):
    safe = tmp_path / "safe"
    names = sorted(backup(lived_in, safe).contents.files)
    path = safe / next(name for name in names if name.startswith(part) and (safe / name).stat().st_size)
    content = bytearray(path.read_bytes())
    path.chmod(0o644)
    if damage == "gone":
        path.unlink()
    elif damage == "cut":
        path.write_bytes(content[:-1])
    else:
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
    before = files_of(lived_in.data_folder)
    for attempt in (
        lambda: verify(safe),
        lambda: restore(safe, tmp_path / "elsewhere"),
        lambda: restore(safe, lived_in.data_folder, force=True),
    ):
        with pytest.raises(BackupDamaged, match=path.name):
            attempt()
    assert not (tmp_path / "elsewhere").exists()
    assert files_of(lived_in.data_folder) == before


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "is damaged"),
        ("[]", "is damaged"),
        ('{"format_version": 2}', "upgrade selflearn"),
        ('{"created": "2026-01-01T00:00:00Z", "selflearn": "1", "store": "none", "files": {"../x": '
         '{"bytes": 0, "sha256": ""}}}', "is damaged"),
    ],
)  # fmt: skip
def test_a_list_that_is_none(settings, tmp_path, content, message):
    settings.data_folder.mkdir()
    backup(settings, tmp_path / "safe")
    (tmp_path / "safe" / "backup.json").write_text(content)
    with pytest.raises(BackupError, match=message):
        restore(tmp_path / "safe", tmp_path / "elsewhere")
    (tmp_path / "safe" / "backup.json").unlink()
    with pytest.raises(BackupError, match="never finished"):
        restore(tmp_path / "safe", tmp_path / "elsewhere")


def test_what_is_there_is_not_overwritten_unless_told(lived_in, tmp_path):
    backup(lived_in, tmp_path / "safe")
    (lived_in.data_folder / "newer").write_text("x")
    with pytest.raises(BackupError, match="say --force"):
        restore(tmp_path / "safe", lived_in.data_folder)
    done = restore(tmp_path / "safe", lived_in.data_folder, force=True)
    assert (done.former / "newer").read_text() == "x"
    assert not (lived_in.data_folder / "newer").exists()
    assert Table.open(lived_in.table_folder)
    with pytest.raises(BackupError, match="already"):
        backup(lived_in, tmp_path / "safe")


def test_an_empty_folder_may_be_restored_into_and_backed_up_to(lived_in, tmp_path):
    (tmp_path / "safe").mkdir()
    (tmp_path / "elsewhere").mkdir()
    backup(lived_in, tmp_path / "safe")
    assert restore(tmp_path / "safe", tmp_path / "elsewhere").former is None


def _killed(work, *arguments):
    """Run in a process of its own that kills itself in the midst, for real."""

    def step(what, share, steps=[]):  # noqa: B006
        steps.append(what)
        if len(steps) == 5:
            os.kill(os.getpid(), signal.SIGKILL)

    process = multiprocessing.get_context("fork").Process(target=work, args=arguments, kwargs={"step": step})
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL


def test_a_backup_that_is_killed_leaves_none_and_the_next_one_is_whole(lived_in, tmp_path):
    _killed(backup, lived_in, tmp_path / "safe")
    assert not (tmp_path / "safe").exists()
    backup(lived_in, tmp_path / "safe")
    assert verify(tmp_path / "safe").files
    assert [path.name for path in tmp_path.glob(".*")] == []


def test_a_restore_that_is_killed_changes_nothing_and_the_next_one_is_whole(lived_in, tmp_path):
    backup(lived_in, tmp_path / "safe")
    _killed(restore, tmp_path / "safe", tmp_path / "elsewhere")
    assert not (tmp_path / "elsewhere").exists()
    restore(tmp_path / "safe", tmp_path / "elsewhere")
    assert Table.open(tmp_path / "elsewhere" / "table")
    assert [path.name for path in tmp_path.glob(".*")] == []


def test_what_has_not_changed_is_linked_and_damage_is_not_handed_on(lived_in, tmp_path):
    first = backup(lived_in, tmp_path / "first")
    part = next(name for name in first.contents.files if name.endswith(".parquet"))
    same = backup(lived_in, tmp_path / "second", since=tmp_path / "first")
    assert same.linked > len(first.contents.files) / 2
    assert (tmp_path / "second" / part).stat().st_ino == (tmp_path / "first" / part).stat().st_ino
    damaged = tmp_path / "second" / part
    damaged.chmod(0o644)
    content = bytearray(damaged.read_bytes())
    content[7] ^= 1
    damaged.write_bytes(content)
    third = backup(lived_in, tmp_path / "third", since=tmp_path / "second")
    assert third.linked == same.linked - 1
    assert verify(tmp_path / "third").files.keys() == first.contents.files.keys()


def test_a_backup_outlives_what_it_was_made_of(lived_in, tmp_path):
    backup(lived_in, tmp_path / "first")
    backup(lived_in, tmp_path / "second", since=tmp_path / "first")
    shutil.rmtree(lived_in.data_folder)
    shutil.rmtree(tmp_path / "first")
    restore(tmp_path / "second", lived_in.data_folder)
    assert len(records_of(lived_in)["turns"]) == 128


def test_refusals_say_what_to_do(settings, tmp_path):
    with pytest.raises(NoInput, match="no data folder"):
        backup(settings, tmp_path / "safe")
    settings.data_folder.mkdir()
    served = load_settings(
        overrides=[f"data_folder={settings.data_folder}", "store.url=postgresql://u:p@127.0.0.1/x"]
    )
    with pytest.raises(BackupError, match="pg_dump"):
        backup(served, tmp_path / "safe")
    assert backup(served, tmp_path / "safe", without_store=True).contents.store == "elsewhere"
    with exclusive(settings.state_folder / "upkeep.lock"), pytest.raises(TableLocked):
        backup(settings, tmp_path / "other")
    with pytest.raises(BackupError, match="mount point"):
        restore(tmp_path / "safe", Path("/proc"), force=True)


def test_the_commands(lived_in, tmp_path):
    def run(*arguments):
        return CliRunner().invoke(app, ["--data-folder", str(lived_in.data_folder), *arguments])

    safe = str(tmp_path / "safe")
    told = json.loads(run("backup", safe, "--json").stdout)
    assert (told["status"], told["store"]) == ("backed_up", "sqlite")
    assert told["parts"]["archive"]["files"] > 0
    assert json.loads(run("restore", safe, "--check", "--json").stdout)["status"] == "whole"
    assert run("restore", safe).exit_code == 5
    told = json.loads(run("restore", safe, "--force", "--json").stdout)
    assert told["status"] == "restored"
    assert Path(told["former"]).is_dir()
    assert run("backup", safe).exit_code == 5
    assert run("backup", str(tmp_path / "second")).exit_code == 0
