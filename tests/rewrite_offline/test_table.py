"""A table as its readers and its publishers see it."""

import csv
import subprocess
import sys
from datetime import UTC, datetime

import orjson
import pyarrow.parquet as pq
import pytest
from entries import entry
from hypothesis import given, settings
from hypothesis import strategies as st

from rewrite_offline.errors import DuplicateEntry, TableError, TableLocked, TableUnreadable, UnknownVersion
from rewrite_offline.table import (
    RewriteQuery,
    Table,
    block,
    current_version,
    diff,
    exclusive,
    export_csv,
    history,
    prune,
    publish,
    restore,
    unblock,
    versions,
)
from rewrite_offline.table.query import key_of
from streams.records import Rewrite
from streams.text import normalise


@pytest.fixture
def root(tmp_path):
    return tmp_path / "tables"


def put(root, *entries, **options):
    return publish(entries, root, made_from={"archive": "abc"}, **options)


def test_what_was_published_is_found_again(root):
    manifest = put(root, entry("no path", "north part"), entry("norf", "north", "area"))
    table = Table.open(root)
    assert len(table) == manifest.entries == 2
    assert table.version == manifest.version == current_version(root)
    found = table.lookup("No  path!")
    assert found == entry("no path", "north part").model_copy(update={"table_version": table.version})
    assert table.lookup("something else") is None


def test_an_entry_holds_for_the_question_after_which_it_was_learned(root):
    put(root, entry("north", "north part of town"), entry("north", "north american food", "food"))
    table = Table.open(root)
    assert table.lookup("north", "food").target == "north american food"
    assert table.lookup("north").target == "north part of town"
    assert table.lookup("north", "area") is None


def test_tenants_do_not_see_each_other_and_do_not_replace_each_other(root):
    put(root, entry("a", "of one", tenant="one"), tenant="one")
    put(root, entry("a", "of two", tenant="two"), tenant="two")
    manifest = put(root, entry("a", "of one, again", tenant="one"), tenant="one")
    table = Table.open(root)
    assert table.lookup("a", tenant_id="one").target == "of one, again"
    assert table.lookup("a", tenant_id="two").target == "of two"
    assert table.lookup("a") is None
    assert manifest.tenants == {"one": 1, "two": 1}
    assert set(manifest.made_from) == {"one", "two"}


def test_a_rewrite_of_another_tenant_is_refused(root):
    with pytest.raises(TableError, match="of 'one', not of 'default'"):
        put(root, entry("a", "b", tenant="one"))
    assert current_version(root) is None


@given(st.dictionaries(st.tuples(st.none() | st.text(max_size=3), st.text()), st.text(), max_size=20))
@settings(max_examples=15, deadline=None)
def test_table_is_the_dictionary_of_its_entries(tmp_path_factory, wanted):
    root = tmp_path_factory.mktemp("tables")
    by_key = {(asked, normalise(source)): target for (asked, source), target in wanted.items()}
    put(root, *(entry(source, target, asked) for (asked, source), target in by_key.items()))
    table = Table.open(root)
    for asked, source in wanted:
        assert table.lookup(source, asked).target == by_key[asked, normalise(source)]
    assert {(r.asked, r.source): r.target for r in table} == by_key


def test_keys_do_not_run_into_each_other():
    assert key_of("a", "b", "c") != key_of("a", None, "b c")
    assert key_of("a", "", "c") != key_of("a", None, "c")


def test_long_utterances_have_keys_too(root):
    long = "word " * 4000
    put(root, entry(normalise(long), "short"))
    assert Table.open(root).lookup(long).target == "short"


def test_many_entries_outgrow_the_first_map(root, monkeypatch):
    monkeypatch.setattr("rewrite_offline.table.publishing._FIRST_MAP_SIZE", 1 << 16)
    monkeypatch.setattr("rewrite_offline.table.publishing._BATCH", 100)
    put(root, *(entry(f"request {i}", f"better {i}") for i in range(2000)))
    table = Table.open(root)
    assert len(list(table)) == 2000
    assert table.lookup("request 1999").target == "better 1999"


def test_two_rewrites_for_one_request_are_refused_and_leave_nothing(root):
    put(root, entry("a", "b"))
    before = current_version(root)
    with pytest.raises(DuplicateEntry, match="'A!' after the question for 'area'"):
        put(root, entry("a", "c", "area"), entry("A!", "d", "area"))
    assert current_version(root) == before
    assert [p.name for p in (root / "versions").iterdir()] == [before]


def test_an_entry_that_came_blocked_is_kept_and_not_served(root):
    manifest = put(root, entry("unlock door", "lock door", blocked="intent is never rewritten"))
    table = Table.open(root)
    assert manifest.blocked == 1
    assert table.lookup("unlock door") is None
    assert table.find(RewriteQuery("unlock door")).blocked == "intent is never rewritten"


def test_versions_sort_by_time_even_when_the_clock_goes_back(root, monkeypatch):
    names = [put(root, entry("a", str(i))).version for i in range(3)]

    class Backward(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime(2001, 1, 1, tzinfo=tz)

    monkeypatch.setattr("rewrite_offline.table.publishing.datetime", Backward)
    names.append(put(root, entry("a", "late")).version)
    assert names == sorted(set(names))
    assert [info.version for info in versions(root)] == names[::-1]
    assert [info.current for info in versions(root)] == [True, False, False, False]


def test_diff_tells_added_removed_and_changed(root):
    old = put(root, entry("a", "1"), entry("b", "1"), entry("c", "1"), entry("d", "1")).version
    new = put(
        root, entry("b", "1"), entry("c", "2"), entry("d", "1", probability=0.5), entry("e", "1")
    ).version
    found = diff(root, old)
    assert (found.old, found.new, found.unchanged) == (old, new, 1)
    assert [r.source for r in found.added] == ["e"]
    assert [r.source for r in found.removed] == ["a"]
    changed = {c.before.source: (c.before.target, c.after.target) for c in found.changed}
    assert changed == {"c": ("1", "2"), "d": ("1", "1")}


def test_equal_tables_have_equal_content(root):
    one = put(root, entry("a", "1"), entry("b", "1"))
    two = put(
        root, *(e.model_copy(update={"time": datetime.now(UTC)}) for e in (entry("b", "1"), entry("a", "1")))
    )
    three = put(root, entry("a", "1"), entry("b", "2"))
    assert one.content == two.content != three.content


def test_restore_brings_a_version_back_and_writes_it_down(root):
    old, new = put(root, entry("a", "old")).version, put(root, entry("a", "new")).version
    assert Table.open(root).lookup("a").target == "new"
    assert restore(root, old).version == old
    assert Table.open(root).lookup("a").target == "old"
    assert Table.open(root, new).lookup("a").target == "new"
    switches = [(line["action"], line["version"], line["previous"]) for line in history(root)]
    assert switches == [("publish", old, None), ("publish", new, old), ("restore", old, new)]


def test_restore_of_what_is_not_there(root):
    version = put(root, entry("a", "b")).version
    for name in ("nope", "..", "../versions/" + version):
        with pytest.raises(UnknownVersion, match="table versions"):
            restore(root, name)


def test_prune_keeps_the_newest_and_the_current(root):
    first, *rest = [put(root, entry("a", str(i))).version for i in range(5)]
    restore(root, first)
    reader = Table.open(root, rest[0])
    assert prune(root, keep=2) == rest[:2]
    assert [info.version for info in versions(root)] == [rest[3], rest[2], first]
    assert reader.lookup("a").target == "1"
    with pytest.raises(TableError, match="cannot keep 0"):
        prune(root, keep=0)


@pytest.mark.parametrize(
    "criteria",
    [{"rewrite_id": "default:area:north"}, {"source": "North!", "asked": "area"}, {"target": "NORTH part"}],
)
def test_a_block_outlives_versions_until_it_is_lifted(root, criteria):
    put(root, entry("north", "north part", "area"), entry("south", "south part", "area"))
    line = block(root, **criteria, reason="it offends")
    for _ in range(2):
        table = Table.open(root)
        assert table.lookup("north", "area") is None
        assert table.find(RewriteQuery("north", "area")).blocked == "it offends"
        assert table.lookup("south", "area").target == "south part"
        put(root, entry("north", "north part", "area"), entry("south", "south part", "area"))
    assert unblock(root, line.block_id) == line
    assert Table.open(root).lookup("north", "area").target == "north part"


def test_a_block_of_one_entry_leaves_the_same_request_after_another_question(root):
    put(root, entry("north", "north part"), entry("north", "north food", "food"))
    block(root, rewrite_id="default:food:north")
    assert Table.open(root).lookup("north", "food") is None
    assert Table.open(root).lookup("north").target == "north part"


def test_a_block_holds_for_its_tenant_only(root):
    put(root, entry("a", "b", tenant="one"), tenant="one")
    put(root, entry("a", "b", tenant="two"), tenant="two")
    block(root, source="a", tenant_id="one")
    assert Table.open(root).lookup("a", tenant_id="one") is None
    assert Table.open(root).lookup("a", tenant_id="two").target == "b"


def test_blocks_that_mean_nothing(root):
    with pytest.raises(TableError, match="would forbid everything"):
        block(root, asked="area")
    with pytest.raises(TableError, match="no block 'x'"):
        unblock(root, "x")
    (root / "blocklist.json").write_text("{")
    with pytest.raises(TableUnreadable, match=r"blocklist\.json"):
        block(root, source="a")


def test_a_blocked_entry_of_another_tenant_is_carried_over_as_it_was(root):
    put(root, entry("a", "b", tenant="one"), tenant="one")
    line = block(root, source="a")
    put(root, entry("c", "d", tenant="two"), tenant="two")
    unblock(root, line.block_id)
    assert Table.open(root).lookup("a", tenant_id="one").target == "b"


def test_attachments_travel_with_their_version_and_tenant(root, tmp_path):
    (tmp_path / "model").write_bytes(b"from a file")
    files = {"meanings.json": b"{}", "model.bin": tmp_path / "model"}
    put(root, entry("a", "b", tenant=".."), tenant="..", attachments=files)
    put(root, entry("a", "b"), attachments={"meanings.json": b"[]"})
    table = Table.open(root)
    assert table.attachment("meanings.json", "..").read_bytes() == b"{}"
    assert table.attachment("model.bin", "..").read_bytes() == b"from a file"
    assert table.attachment("meanings.json").read_bytes() == b"[]"
    assert table.attachment("model.bin") is None
    put(root, entry("a", "b"))
    assert Table.open(root).attachment("meanings.json") is None
    for name in ("../x", ".hidden", "", "a/b"):
        with pytest.raises(TableError, match="attachment"):
            put(root, attachments={name: b""})


def test_parquet_and_csv_hold_every_entry(root, tmp_path):
    version = put(root, entry("b", "2", "area"), entry("a", "1")).version
    rows = pq.read_table(root / "versions" / version / "entries.parquet").to_pylist()
    assert {row["source"]: row["target"] for row in rows} == {"a": "1", "b": "2"}
    assert all(Rewrite.model_validate_json(row["record"]).table_version == version for row in rows)
    assert export_csv(root, None, tmp_path / "out.csv") == 2
    with (tmp_path / "out.csv").open(newline="") as stream:
        lines = list(csv.DictReader(stream))
    assert [(line["source"], line["asked"], line["turns"]) for line in lines] == [
        ("a", "", "12"),
        ("b", "area", "12"),
    ]


def test_only_one_publishes(root):
    put(root, entry("a", "b"))
    with exclusive(root / ".lock"), pytest.raises(TableLocked, match="another run"):
        put(root, entry("a", "c"))
    put(root, entry("a", "c"))
    assert Table.open(root).lookup("a").target == "c"


def test_what_a_crashed_publisher_left_is_swept_away(root):
    left = root / "versions" / ".20200101T000000000000Z-abcdef"
    left.mkdir(parents=True)
    (left / "entries.lmdb").write_bytes(b"half")
    assert versions(root) == []
    put(root, entry("a", "b"))
    assert not left.exists()


def test_reading_needs_none_of_what_learning_needs(root):
    put(root, entry("a", "b"))
    code = (
        "import sys; from rewrite_offline.table import Table; from pathlib import Path\n"
        "assert Table.open(Path(sys.argv[1])).lookup('a').target == 'b'\n"
        "heavy = {'pyarrow', 'duckdb', 'torch', 'scipy', 'networkx', 'fastapi', 'kafka'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code, str(root)], check=True)


def test_many_processes_read_one_version(root):
    put(root, *(entry(f"request {i}", f"better {i}") for i in range(200)))
    code = (
        "import sys; from rewrite_offline.table import Table; from pathlib import Path\n"
        "table = Table.open(Path(sys.argv[1]))\n"
        "assert all(table.lookup(f'request {i}').target == f'better {i}' for i in range(200))"
    )
    readers = [subprocess.Popen([sys.executable, "-c", code, str(root)]) for _ in range(3)]
    assert [reader.wait() for reader in readers] == [0, 0, 0]


class TestUnreadable:
    """What is not whole is refused, with the path and what to do."""

    def refused(self, root, match):
        with pytest.raises(TableUnreadable, match=match) as caught:
            Table.open(root)
        assert str(root) in str(caught.value)

    @pytest.fixture
    def folder(self, root):
        return root / "versions" / put(root, entry("a", "b"), attachments={"extra": b"123"}).version

    def test_nothing_published(self, root):
        self.refused(root, "selflearn learn rewrites")

    def test_current_names_what_is_gone(self, root, folder):
        (root / "current").write_text("20990101T000000000000Z-abcdef")
        self.refused(root, "there is no table version")

    @pytest.mark.parametrize("content", [b"", b"../../etc", b"\xff\xfe"])
    def test_current_is_nonsense(self, root, folder, content):
        (root / "current").write_bytes(content)
        self.refused(root, "table restore")

    def test_no_manifest(self, root, folder):
        (folder / "manifest.json").unlink()
        self.refused(root, "incomplete")

    def test_manifest_is_no_json(self, root, folder):
        (folder / "manifest.json").write_text('{"version":')
        self.refused(root, "damaged")

    @pytest.mark.parametrize("change", [{"entries": "many"}, {"files": None}])
    def test_manifest_has_wrong_fields(self, root, folder, change):
        manifest = orjson.loads((folder / "manifest.json").read_bytes())
        (folder / "manifest.json").write_bytes(orjson.dumps(manifest | change))
        self.refused(root, "damaged")

    def test_newer_format(self, root, folder):
        manifest = orjson.loads((folder / "manifest.json").read_bytes())
        (folder / "manifest.json").write_bytes(orjson.dumps(manifest | {"format_version": 99}))
        self.refused(root, "upgrade selflearn")

    @pytest.mark.parametrize("name", ["entries.lmdb", "entries.parquet"])
    def test_a_file_is_missing(self, root, folder, name):
        (folder / name).unlink()
        self.refused(root, f"{name} is missing")

    @pytest.mark.parametrize("name", ["entries.lmdb", "entries.parquet"])
    def test_a_file_is_cut_short(self, root, folder, name):
        content = (folder / name).read_bytes()
        (folder / name).unlink()
        (folder / name).write_bytes(content[:-1])
        self.refused(root, "damaged")

    @pytest.mark.parametrize("name", ["entries.lmdb", "attachments"])
    def test_one_bit_is_wrong(self, root, folder, name):
        path = folder / name if name != "attachments" else next((folder / name).rglob("extra"))
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.unlink()
        path.write_bytes(content)
        self.refused(root, "damaged")

    def test_versions_shows_it_and_restore_refuses_it(self, root, folder):
        (folder / "manifest.json").write_text("")
        whole = entry("a", "c")
        with pytest.raises(TableUnreadable, match="carried over"):
            put(root, whole)
        (root / "current").unlink()
        new = put(root, whole).version
        assert [(i.version, i.problem is None) for i in versions(root)] == [(new, True), (folder.name, False)]
        with pytest.raises(TableUnreadable):
            restore(root, folder.name)
        assert current_version(root) == new
