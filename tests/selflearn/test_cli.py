"""The command line, as people and schedulers use it."""

import csv
import json
import re
import signal
import subprocess
import sys
from importlib.metadata import EntryPoint, version
from pathlib import Path

import httpx2
import pytest
from entries import entry
from typer.testing import CliRunner

from rewrite_offline.table import Table, exclusive, publish
from rewrite_offline.templates import Entry, Templates
from selflearn.cli import app, plugins
from selflearn.cli.exits import exit_code_of
from streams.records import Interpretation, Slot, Turn
from tests.selflearn.household import HEARD, MEANT, customers_turns, write_log

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture
def run(settings):
    """Run a command over the settings' data folder; its result, and its JSON where there is one."""

    def running(*arguments, before=()):
        flags = ["--data-folder", str(settings.data_folder), *before]
        result = CliRunner().invoke(app, [*flags, *map(str, arguments)], catch_exceptions=False)
        result.json = None
        if "--json" in arguments:
            lines = result.stdout.splitlines()
            assert len(lines) == 1, "one object on standard output, and nothing else"
            result.json = json.loads(lines[0])
        return result

    return running


def test_version_and_help(run):
    assert run("--version").stdout.strip() == version("selflearn")
    text = run("--help").stdout
    for command in ("ingest", "mapping", "learn", "table", "failing", "explain", "serve", "quickstart"):
        assert command in text


def test_from_a_log_to_a_table(run, tmp_path):
    log = write_log(tmp_path / "log", customers_turns())
    ingested = run("ingest", log, "--json")
    assert ingested.exit_code == 0
    assert (ingested.json["read"], ingested.json["kept"], ingested.json["refused"]) == (256, 256, {})
    learned = run("learn", "rewrites", "--json")
    assert learned.exit_code == 0
    assert learned.json["status"] == "published"
    assert (learned.json["entries"], learned.json["sessions"]) == (1, 64)
    again = run("learn", "rewrites", "--json")
    assert (again.exit_code, again.json["status"]) == (7, "unchanged")
    shown = run("table", "show", "--json")
    assert shown.json["entries"][0]["target"] == MEANT
    assert HEARD in run("table", "show").stdout


class TestBadInput:
    """Each fault has its exit code, a message on standard error, and with --json an object that says so."""

    def refused(self, result, code, error, message):
        assert result.exit_code == code
        assert message in result.stderr
        if result.json is not None:
            assert (result.json["status"], result.json["exit_code"]) == ("failed", code)
            assert result.json["error"] == error

    def test_wrong_settings(self, run):
        for flag in (["--set", "sesions.gap=3"], ["--set", "sessions.gap=soon"], ["--settings", "gone.toml"]):
            self.refused(run("learn", "rewrites", "--json", before=flag), 2, "SettingsError", "")
        self.refused(run("table", "versions", before=["--set", "tabel.keep=3"]), 2, "", "did you mean table?")

    def test_wrong_usage(self, run):
        assert run("learn", "rewrites", "--since", "yesterday").exit_code == 2
        assert run("table", "block", "--asked", "area").exit_code == 2
        assert run("nothing").exit_code == 2

    def test_an_empty_folder(self, run, tmp_path):
        (tmp_path / "empty").mkdir()
        self.refused(run("ingest", tmp_path / "empty", "--json"), 3, "NoInput", "empty")
        self.refused(run("learn", "rewrites", "--json"), 3, "NoInput", "selflearn ingest")

    def test_a_log_that_is_none_of_ours(self, run, tmp_path):
        (tmp_path / "log.jsonl").write_text('{"said": "hello"}\n')
        result = run("ingest", tmp_path / "log.jsonl", "--json")
        assert result.exit_code == 5
        assert result.json["refused"] == {"malformed": 1}
        assert "--mapping" in result.stderr

    def test_nothing_to_learn(self, run, tmp_path):
        silent = [r.model_copy(update={"response": None}) for r in customers_turns(2) if isinstance(r, Turn)]
        run("ingest", write_log(tmp_path / "log", silent))
        result = run("learn", "rewrites", "--json")
        assert result.exit_code == 4
        assert result.json["exit_code"] == 4

    def test_no_table_and_an_unreadable_one(self, run, settings, table):
        folder = settings.table_folder / "versions" / table.version
        (folder / "entries.lmdb").chmod(0o644)
        (folder / "entries.lmdb").write_bytes(b"damaged")
        for command in (["table", "show"], ["explain", HEARD], ["failing"]):
            self.refused(run(*command, "--json"), 5, "TableUnreadable", "damaged")
        (settings.table_folder / "current").unlink()
        self.refused(run("table", "show", "--json"), 5, "TableUnreadable", "selflearn learn rewrites")

    def test_another_run(self, run, learned):
        with exclusive(learned.state_folder / "learn.lock"):
            self.refused(run("learn", "rewrites", "--json"), 6, "TableLocked", "another run")

    def test_an_unknown_version(self, run, table):
        self.refused(run("table", "restore", "20010101", "--json"), 5, "UnknownVersion", "table versions")
        self.refused(run("table", "diff", "20010101"), 5, "UnknownVersion", "")

    def test_a_port_that_is_taken(self, run):
        from selflearn.quickstart.server import listen

        with listen("127.0.0.1", 0) as taken:
            port = taken.getsockname()[1]
            self.refused(run("serve", "--port", port), 1, "PortTaken", f"127.0.0.1:{port}")

    def test_what_nobody_expected_keeps_its_traceback(self, run, monkeypatch, table):
        def broken(*arguments):
            raise ZeroDivisionError

        monkeypatch.setattr(Table, "open", broken)
        with pytest.raises(ZeroDivisionError):
            run("table", "show")


def test_every_error_of_ours_has_an_exit_code():
    from rewrite_offline.errors import RewriteOfflineError
    from selflearn.errors import NothingNew, PortTaken, SelflearnError
    from streams.errors import NoRatings, StreamError

    def kinds(kind):
        yield kind
        for below in kind.__subclasses__():
            yield from kinds(below)

    for root in (SelflearnError, StreamError, RewriteOfflineError):
        for kind in kinds(root):
            assert exit_code_of(kind.__new__(kind)) is not None or kind is RewriteOfflineError, kind
    assert exit_code_of(NothingNew("v")) == 7
    assert exit_code_of(PortTaken("h", 1, "why")) == 1
    assert exit_code_of(NoRatings(0, "none")) == 4
    assert exit_code_of(KeyError("x")) is None


def test_exit_codes_are_documented():
    text = (DOCS / "table.md").read_text()
    for code in range(8):
        assert f"| {code} |" in text


def test_versions_diff_restore_and_history(run, put):
    old = put(entry("a", "1"), entry("b", "1")).version
    new = put(entry("a", "2"), entry("c", "1")).version
    assert [v["version"] for v in run("table", "versions", "--json").json["versions"]] == [new, old]
    found = run("table", "diff", old, "--json").json
    assert [r["source"] for r in found["added"]] == ["c"]
    assert [r["source"] for r in found["removed"]] == ["b"]
    assert [(c["before"]["target"], c["after"]["target"]) for c in found["changed"]] == [("1", "2")]
    assert "1 added, 1 removed, 1 changed" in run("table", "diff", old, new).stderr
    assert run("table", "restore", old, "--json").json == {"status": "restored", "version": old, "entries": 2}
    assert [line["action"] for line in run("table", "history", "--json").json["history"]] == [
        "publish",
        "publish",
        "restore",
    ]
    marked = [v["version"] for v in run("table", "versions", "--json").json["versions"] if v["current"]]
    assert marked == [old]
    for command in (["versions"], ["history"]):
        assert old in run("table", *command).stdout


def test_block_and_unblock(run, settings, table):
    blocked = run("table", "block", "--source", HEARD, "--reason", "it offends", "--json").json
    assert Table.open(settings.table_folder).lookup(HEARD) is None
    assert run("table", "blocks", "--json").json["blocks"][0]["reason"] == "it offends"
    assert "it offends" in run("table", "blocks").stdout
    assert run("table", "unblock", blocked["block_id"], "--json").json["status"] == "unblocked"
    assert Table.open(settings.table_folder).lookup(HEARD).target == MEANT
    assert run("table", "unblock", blocked["block_id"]).exit_code == 5


def test_export(run, table, tmp_path):
    assert run("table", "export", tmp_path / "out.csv", "--json").json["entries"] == 3
    with (tmp_path / "out.csv").open(newline="") as stream:
        assert {row["source"] for row in csv.DictReader(stream)} == {
            "play maj and dragons",
            "living rome",
            "unlock door",
        }
    (tmp_path / "file").write_text("")
    assert run("table", "export", tmp_path / "file" / "x.csv").exit_code == 5


def test_show_searches(run, table):
    shown = run("table", "show", "--search", "Living ROOM", "--json").json
    assert [r["source"] for r in shown["entries"]] == ["living rome"]
    assert shown["of"] == 1


def test_show_lists_templates(run, settings, table):
    template = Entry(
        asked=None,
        source="nobody is in the {room} anymore",
        target="turn off the {room} light",
        interpretation=Interpretation(intent="off", slots=(Slot(name="room", value="{room}"),)),
        win_probability=0.8,
        evidence=entry("play halo", "play hello").evidence,
    )
    files = Templates([template]).attachments()
    publish([entry("play halo", "play hello")], settings.table_folder, made_from={}, attachments=files)
    shown = run("table", "show", "--json").json
    assert [t["source"] for t in shown["templates"]] == ["nobody is in the {room} anymore"]
    assert shown["templates_of"] == 1
    assert "turn off the {room} light" in run("table", "show").stdout
    assert run("table", "show", "--search", "a song", "--json").json["templates"] == []
    explained = run("explain", "Nobody is in the attic anymore!", "--json").json
    assert explained["rewrite"]["target"] == "turn off the attic light"
    assert (explained["template"]["source"], explained["values"]) == (template.source, {"room": "attic"})
    assert "is an example of" in run("explain", "nobody is in the attic anymore").stdout
    assert run("explain", "nobody is anywhere").exit_code == 4


def test_texts_of_customers_are_not_read_as_markup(run, put):
    put(entry("say [red]x[/blue]", "[link=http://x]y"))
    assert "[link=http://x]y" in run("table", "show").stdout


def test_failing(run, learned):
    found = run("failing", "--json").json
    worst = found["requests"][0]
    assert (worst["text"], worst["rewrite"], worst["served"]) == (HEARD, MEANT, True)
    assert worst["customers"] == 16
    assert HEARD in run("failing").stdout
    assert all(not r["served"] for r in run("failing", "--not-rewritten", "--json").json["requests"])
    assert run("failing", "--tenant", "nobody").exit_code == 4


@pytest.mark.parametrize("ending", ["png", "svg"])
def test_explain_and_draw(run, learned, tmp_path, ending):
    drawing = tmp_path / f"drawing.{ending}"
    found = run("explain", HEARD.upper(), "--draw", drawing, "--json").json
    assert found["rewrite"]["target"] == MEANT
    assert found["meant"][0]["state"].endswith("music/play(artist=imagine dragons)")
    assert drawing.stat().st_size > 1000
    assert "say instead" in run("explain", HEARD).stdout
    assert run("explain", "never said").exit_code == 4
    assert run("explain", HEARD, "--draw", tmp_path / "drawing.nonsense").exit_code == 5


def test_mapping_check(run, tmp_path):
    (tmp_path / "log.jsonl").write_text(
        '{"id": "1", "who": "ann", "said": "stop", "at": 1767225600, "mood": "good"}\n'
    )
    (tmp_path / "map.toml").write_text(
        '[turn]\nturn_id = "id"\ncustomer_id = "who"\nutterance = "said"\n'
        'time = { path = "at", format = "epoch_s" }\n'
    )
    found = run("mapping", "check", tmp_path / "map.toml", tmp_path / "log.jsonl", "--json")
    assert found.exit_code == 0
    assert [lost["path"] for lost in found.json["lost"]] == ["mood"]
    assert "mood" in run("mapping", "check", tmp_path / "map.toml", tmp_path / "log.jsonl").stdout
    (tmp_path / "log.jsonl").write_text('{"id": "1"}\n')
    assert run("mapping", "check", tmp_path / "map.toml", tmp_path / "log.jsonl").exit_code == 5
    (tmp_path / "map.toml").write_text("turn = [")
    assert run("mapping", "check", tmp_path / "map.toml", tmp_path / "log.jsonl").exit_code == 2


@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM])
def test_serve_answers_until_told_to_end_and_keeps_its_decisions(settings, table, told):
    command = [sys.executable, "-m", "selflearn.cli", "--data-folder", str(settings.data_folder)]
    command += ["--set", "access.open=true"]
    with subprocess.Popen([*command, "serve", "--port", "0"], stderr=subprocess.PIPE, text=True) as server:
        try:
            address = next(
                found[0] for line in server.stderr if (found := re.findall(r"listening on (http\S+);", line))
            )
            answer = httpx2.post(f"{address}/v1/rewrite", json={"utterance": HEARD}).json()
            server.send_signal(told)
            assert server.wait(30) == 0
        finally:
            server.kill()
    assert answer["rewrite"] == MEANT
    written = [path.read_text() for path in settings.decision_folder.rglob("*.jsonl")]
    assert [json.loads(text)["request_id"] for text in written] == [answer["request_id"]]


def test_schema_writes_the_committed_files(run, tmp_path):
    assert run("schema", tmp_path / "docs").exit_code == 0
    assert (tmp_path / "docs" / "openapi.json").read_text() == (DOCS / "openapi.json").read_text()
    for path in (tmp_path / "docs" / "schema").iterdir():
        assert path.read_text() == (DOCS / "schema" / path.name).read_text()


class TestPlugins:
    """Commands from outside join; broken ones stay outside."""

    @pytest.fixture
    def points(self, monkeypatch, tmp_path):
        (tmp_path / "plugin_of_ours.py").write_text(
            "import typer\napp = typer.Typer()\nno_app = 3\n"
            "@app.command()\ndef hello() -> None:\n    'Say hello.'\n    typer.echo('hello from outside')\n"
        )
        monkeypatch.syspath_prepend(tmp_path)

        def have(**values):
            made = [EntryPoint(name, value, "selflearn.commands") for name, value in values.items()]
            monkeypatch.setattr(plugins, "entry_points", lambda group: made)

        return have

    def test_a_command_joins(self, run, points):
        points(hello="plugin_of_ours:app")
        assert "Say hello." in run("--help").stdout
        assert run("hello").stdout == "hello from outside\n"

    @pytest.mark.parametrize("value", ["gone_module:app", "plugin_of_ours:gone", "plugin_of_ours:no_app"])
    def test_a_broken_one_is_left_out_with_a_warning(self, run, points, value):
        points(broken=value)
        helped = run("--help")
        assert helped.exit_code == 0
        assert "ingest" in helped.stdout
        assert "`broken`" in helped.stderr
        assert "cannot be loaded" in helped.stderr
        assert run("broken").exit_code == 2
        assert run("table", "versions", "--json").exit_code == 0

    def test_ours_cannot_be_replaced(self, run, points):
        points(table="plugin_of_ours:app")
        assert run("table", "versions", "--json").json == {"versions": []}
