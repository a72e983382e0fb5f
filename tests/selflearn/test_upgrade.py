"""What the release before wrote is read, and becomes what this one writes, whatever interrupts it.

`release_1.tar.xz` is a data folder that the first release made (commit 8f84e06): the household of these tests, three
requests with a telephone number and an e-mail address in two of them, a signal with the number, and a bad line.
"""

import json
import multiprocessing
import os
import signal
import tarfile
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from rewrite_offline.errors import TableUnreadable
from rewrite_offline.table import Table, current_version
from selflearn.cli import app
from selflearn.errors import NothingNew, StoreTooNew
from selflearn.learning import learn_rewrites
from selflearn.settings import load_settings
from selflearn.store import Store
from selflearn.upkeep import formats, restore, upgrade, verify
from streams.archive import Archive
from streams.errors import SourceError
from streams.records import Turn
from tests.selflearn.household import HEARD, MEANT, customers_turns

SECRETS = ("415-555-2671", "four one five five five five two six seven one", "ann@example.org")


def unpacked(folder, *overrides):
    with tarfile.open(Path(__file__).with_name("release_1.tar.xz")) as packed:
        packed.extractall(folder, filter="data")
    return load_settings(overrides=[f"data_folder={folder / 'data'}", *overrides])


@pytest.fixture
def old(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return unpacked(tmp_path)


def rows_of(settings, kind="turns"):
    with duckdb.connect() as connection:
        relation = getattr(Archive(settings.archive_folder), kind)(connection)
        return sorted(relation.fetchall(), key=lambda row: row[1])


def card_of(settings):
    return json.loads((settings.archive_folder / "archive.json").read_bytes())


def test_what_the_first_release_wrote_is_read_as_it_is(old):
    assert card_of(old)["format"] == 1
    assert {name: one.found for name, one in formats(old).items()} == {"archive": "1", "table": "1"}
    assert len(rows_of(old)) == 131
    assert any(SECRETS[0] in row[-1] for row in rows_of(old))
    assert Table.open(old.table_folder).lookup(HEARD).target == MEANT


def test_an_upgrade_filters_what_was_not_filtered_and_changes_nothing_else(old, tmp_path):
    before, signals = rows_of(old), rows_of(old, "signals")
    content = Table.open(old.table_folder).manifest.content
    done = upgrade(old, backup_to=tmp_path / "safe")
    assert (done.archive.records, done.archive.changed) == (260, 3)
    assert set(done.caught) == {"phone", "email"}
    assert card_of(old) == {"format": 2, "buckets": 16}
    after = rows_of(old)
    changed = {new[1] for old_row, new in zip(before, after, strict=True) if old_row != new}
    assert changed == {"p0", "p1"}
    text = json.dumps([after, rows_of(old, "signals")], default=str)
    assert not [secret for secret in SECRETS if secret in text]
    turn = Turn.model_validate_json(next(row for row in after if row[1] == "p0")[-1])
    assert turn.utterance == turn.traces["nlu"]["raw"] == "call <phone>"
    assert turn.response.text == "Calling <phone>."
    assert [row[:-2] for row in rows_of(old, "signals")] == [row[:-2] for row in signals]
    assert Table.open(old.table_folder).manifest.content == content
    assert not any(one.is_old for one in formats(old).values())


def test_the_backup_from_before_is_what_was_there(old, tmp_path):
    before = rows_of(old)
    upgrade(old, backup_to=tmp_path / "safe")
    assert verify(tmp_path / "safe").files
    there = load_settings(overrides=[f"data_folder={tmp_path / 'there'}"])
    restore(tmp_path / "safe", there.data_folder)
    assert rows_of(there) == before
    assert card_of(there)["format"] == 1


def test_upgrading_twice_is_upgrading_once(old, tmp_path):
    upgrade(old, backup_to=None)
    parts = {path: path.stat().st_mtime_ns for path in old.archive_folder.rglob("*.parquet")}
    assert upgrade(old, backup_to=tmp_path / "safe").archive is None
    assert not (tmp_path / "safe").exists()
    done = upgrade(old, backup_to=None, again=True)
    assert (done.archive.rewritten, done.archive.changed) == (0, 0)
    assert {path: path.stat().st_mtime_ns for path in old.archive_folder.rglob("*.parquet")} == parts


@pytest.mark.parametrize("at", [1, 30, 60])
def test_an_upgrade_that_is_killed_goes_on(tmp_path, at):
    whole = unpacked(tmp_path / "whole")
    upgrade(whole, backup_to=None)
    killed = unpacked(tmp_path / "killed")

    def step(what, share, steps=[]):  # noqa: B006
        steps.append(what)
        if len(steps) == at:
            os.kill(os.getpid(), signal.SIGKILL)

    process = multiprocessing.get_context("fork").Process(
        target=upgrade, args=(killed,), kwargs={"backup_to": None, "step": step}
    )
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert formats(killed)["archive"].is_old
    assert len(rows_of(killed)) == 131
    upgrade(killed, backup_to=None)
    assert (rows_of(killed), rows_of(killed, "signals")) == (rows_of(whole), rows_of(whole, "signals"))
    assert card_of(killed) == card_of(whole)


def test_after_the_upgrade_all_goes_on_as_before(old):
    upgrade(old, backup_to=None)
    before = current_version(old.table_folder)
    sink = Archive(old.archive_folder).sink()
    sink.write(customers_turns(3, tenant="other"))
    sink.flush()
    assert len(rows_of(old)) == 131 + 24
    learned = learn_rewrites(old, force=True)
    assert learned.manifest.parent == before
    assert Table.open(old.table_folder).lookup(HEARD).target == MEANT
    with pytest.raises(NothingNew):
        learn_rewrites(old)


def test_with_the_filter_off_only_the_card_is_new(tmp_path):
    old = unpacked(tmp_path, "privacy.filter=off")
    before = rows_of(old)
    assert upgrade(old, backup_to=None).archive == (0, 0, 0, 0)
    assert rows_of(old) == before
    assert card_of(old)["format"] == 2
    on = load_settings(overrides=[f"data_folder={old.data_folder}"])
    assert upgrade(on, backup_to=None).archive is None
    assert upgrade(on, backup_to=None, again=True).archive.changed == 3


def test_a_store_is_brought_up_too(old):
    Store.open(old.store, old.data_folder).close()
    assert not formats(old)["store"].is_old
    upgrade(old, backup_to=None)
    assert formats(old)["store"].found


def test_what_a_newer_release_wrote_is_refused_and_nothing_is_changed(old, tmp_path):
    card = old.archive_folder / "archive.json"
    card.write_text('{"format": 3, "partitions": {}}')
    for attempt in (lambda: upgrade(old, backup_to=tmp_path / "safe"), lambda: Archive(old.archive_folder)):
        with pytest.raises(SourceError, match=r"format 3.*upgrade selflearn"):
            attempt()
    assert not (tmp_path / "safe").exists()
    card.write_text('{"buckets": 16}')  # no format is the first
    assert formats(old)["archive"].found == "1"
    version = old.table_folder / "versions" / current_version(old.table_folder)
    manifest = json.loads((version / "manifest.json").read_bytes())
    (version / "manifest.json").chmod(0o644)
    (version / "manifest.json").write_text(json.dumps({**manifest, "format_version": 99}))
    with pytest.raises(TableUnreadable, match="upgrade selflearn"):
        upgrade(old, backup_to=None)
    (version / "manifest.json").write_text(json.dumps(manifest))
    store = Store.open(old.store, old.data_folder)
    with store.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    store.close()
    with pytest.raises(StoreTooNew):
        upgrade(old, backup_to=None)
    assert len(rows_of(old)) == 131


def test_a_damaged_part_is_named_and_the_card_stays_old(old):
    part = next(iter(sorted(old.archive_folder.rglob("*.parquet"))))
    part.write_bytes(b"nothing")
    with pytest.raises(SourceError, match=part.name):
        upgrade(old, backup_to=None)
    assert card_of(old)["format"] == 1


def test_the_command(old, tmp_path):
    def run(*arguments):
        return CliRunner().invoke(app, ["--data-folder", str(old.data_folder), "upgrade", *arguments])

    told = json.loads(run("--dry-run", "--json").stdout)
    assert (told["status"], told["formats"]["archive"]) == ("old", {"found": "1", "newest": "2"})
    assert run().exit_code == 2
    assert card_of(old)["format"] == 1
    told = json.loads(run("--backup", str(tmp_path / "safe"), "--json").stdout)
    assert (told["status"], told["archive"]["changed"]) == ("upgraded", 3)
    assert json.loads(run("--json").stdout)["status"] == "unchanged"
    assert run("--again", "--no-backup").exit_code == 0
