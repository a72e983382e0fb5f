"""The current table changes under its readers, and they notice nothing but new answers."""

import gc
import logging
import shutil
import threading
from pathlib import Path

import pytest
from entries import entry

from rewrite_offline.errors import TableUnreadable
from rewrite_offline.table import CurrentTable, block, publish, restore


def put(root, target):
    return publish([entry("a", target)], root, made_from={}).version


@pytest.fixture
def root(tmp_path):
    return tmp_path / "tables"


def open_files():
    return sum("entries.lmdb" in line for line in Path("/proc/self/maps").read_text().splitlines())


def test_nothing_until_something_is_published(root):
    current = CurrentTable(root)
    assert current.table is None
    assert current.failures == 0
    version = put(root, "b")
    assert current.refresh()
    assert current.table.version == version


def test_new_versions_and_restored_ones_are_picked_up(root):
    first = put(root, "first")
    seen = []
    current = CurrentTable(root, on_change=lambda table: seen.append(table.version))
    held = current.table
    second = put(root, "second")
    assert current.refresh()
    assert current.table.lookup("a").target == "second"
    assert held.lookup("a").target == "first", "who held the old version goes on with it"
    restore(root, first)
    assert current.refresh()
    assert current.table.lookup("a").target == "first"
    assert seen == [first, second, first]


def test_a_reader_who_finds_the_time_come_has_the_new_version_loaded(root):
    put(root, "first")
    loaded = threading.Event()
    current = CurrentTable(root, check_every=0.0, on_change=lambda table: loaded.set())
    loaded.clear()
    put(root, "second")
    assert current.table is not None
    assert loaded.wait(10)
    assert current.table.lookup("a").target == "second"


def test_a_block_holds_from_the_next_request_on(root):
    put(root, "b")
    current = CurrentTable(root, check_every=0.0)
    assert current.table.lookup("a").target == "b"
    block(root, source="a")
    assert current.table.lookup("a") is None


def test_an_unreadable_version_is_not_loaded_and_the_old_one_stays(root, caplog):
    first = put(root, "first")
    failures = []
    current = CurrentTable(root, on_failure=failures.append)
    second = put(root, "second")
    manifest = root / "versions" / second / "manifest.json"
    content = manifest.read_bytes()
    manifest.chmod(0o644)
    manifest.write_bytes(b"{")
    with caplog.at_level(logging.ERROR):
        assert not current.refresh()
        assert not current.refresh()
    assert current.table.version == first
    assert current.table.lookup("a").target == "first"
    assert current.failures == len(failures) == 2
    assert isinstance(current.last_error, TableUnreadable)
    assert len(caplog.records) == 1, "the same error is logged once"
    manifest.write_bytes(content)
    assert current.refresh()
    assert current.last_error is None
    assert current.table.version == second


@pytest.mark.parametrize("damage", ["current", "blocklist.json"])
def test_damage_at_the_root_leaves_the_old_one_too(root, damage):
    put(root, "b")
    current = CurrentTable(root, check_every=0.0)
    (root / damage).write_bytes(b"\xff")
    assert current.table.lookup("a").target == "b"
    assert current.failures == 1


def test_a_table_that_vanishes_is_a_failure_and_goes_on_being_served(root):
    put(root, "b")
    current = CurrentTable(root)
    shutil.rmtree(root)
    assert not current.refresh()
    assert current.table.lookup("a").target == "b"


def test_old_files_are_closed_when_nobody_reads_them(root):
    gc.collect()
    before = open_files()
    put(root, "0")
    current = CurrentTable(root)
    held = current.table
    for i in range(1, 6):
        put(root, str(i))
        assert current.refresh()
    gc.collect()
    assert open_files() - before == 2, "the one that is served, and the one that a reader holds"
    assert held.lookup("a").target == "0"
    del held
    gc.collect()
    assert open_files() - before == 1


def test_readers_under_swaps_see_whole_versions(root):
    def put_named(name):
        return publish(
            [entry(f"request {i}", f"{name} {i}") for i in range(50)],
            root,
            made_from={},
            attachments={"n": name.encode()},
        )

    put_named("v0")
    current = CurrentTable(root, check_every=0.0)
    stop = threading.Event()
    mixed, errors, seen = [], [], set()

    def read():
        try:
            while not stop.is_set():
                table = current.table
                names = {table.lookup(f"request {i}").target.split()[0] for i in range(50)}
                names |= {table.attachment("n").read_text()}
                versions = {table.lookup(f"request {i}").table_version for i in range(3)}
                if len(names) > 1 or versions != {table.version}:
                    mixed.append((names, versions))
                seen.update(names)
        except Exception as error:
            errors.append(error)

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for i in range(1, 8):
        put_named(f"v{i}")
    assert current.refresh()
    while "v7" not in seen and not errors:
        pass
    stop.set()
    for reader in readers:
        reader.join()
    assert not errors
    assert not mixed
    assert len(seen) > 1
