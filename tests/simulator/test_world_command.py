"""`selflearn world`: list, check, show, from-corpus."""

import json
import tomllib

import pytest
from typer.testing import CliRunner

from selflearn.cli import app
from simulator.world import SHIPPED, load_world


def _run(*arguments):
    return CliRunner().invoke(app, ["world", *map(str, arguments)])


def test_worlds_are_listed():
    result = _run("list")
    assert result.exit_code == 0
    assert all(name in result.stdout for name in SHIPPED)
    listed = json.loads(_run("list", "--json").stdout)["worlds"]
    assert tuple(world["name"] for world in listed) == SHIPPED


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_world_is_shown(name):
    printed = _run("show", name)
    assert printed.exit_code == 0
    shown = json.loads(_run("show", name, "--json").stdout)
    world = load_world(name)
    assert shown["digest"] == world.digest
    assert shown["phrasings"] == sum(row["phrasings"] for row in shown["intents"].values())
    assert sum(row["share"] for row in shown["intents"].values()) == pytest.approx(1.0, abs=0.02)
    assert all(0.0 < row["seen"] <= 1.0 for row in shown["intents"].values())
    assert set(shown["slots"]) == set(world.file.slots)
    assert len(shown["drift"]) == len(world.file.drift)
    assert all(intent in printed.stdout for intent in shown["intents"])


def test_a_good_file_is_said_to_be_good(tmp_path):
    path = tmp_path / "w.toml"
    path.write_text('name = "mine"\nextends = "household"\n')
    result = _run("check", path)
    assert result.exit_code == 0
    assert "'mine' holds together" in result.stdout
    told = json.loads(_run("check", path, "--json").stdout)
    assert told == {"status": "ok", "name": "mine", "digest": load_world(path).digest}


def test_a_mistake_is_told_with_line_and_reason(tmp_path):
    path = tmp_path / "w.toml"
    path.write_text('name = "mine"\nextends = "household"\n[people]\nthanks = 1.5\n')
    result = _run("check", path)
    assert result.exit_code == 2
    assert "error BadWorld: " in result.stderr
    assert ":4: people.thanks = 1.5: should be less than or equal to 1" in result.stderr.replace("\n", "")
    told = json.loads(_run("check", path, "--json").stdout)
    assert (told["error"], told["exit_code"]) == ("BadWorld", 2)
    assert told["message"].startswith(f"{path}:4: ")


def test_a_world_that_is_not_there_is_no_input(tmp_path):
    result = _run("show", tmp_path / "none.toml")
    assert result.exit_code == 3
    assert "household" in result.stderr


def test_a_world_is_made_from_a_corpus(tmp_path, corpora):
    out = tmp_path / "slurp.toml"
    result = _run("from-corpus", "--corpus", "slurp", "--data", corpora, "--out", out, "--json")
    assert result.exit_code == 0
    told = json.loads(result.stdout)
    assert told["intents"] == len(load_world(out).file.intents) > 60
    assert tomllib.loads(out.read_text())["name"] == "slurp" == load_world(out).file.name
    assert "CC BY 4.0" in out.read_text().split("\n")[1]


@pytest.mark.parametrize(
    ("arguments", "code", "why"),
    [
        (["--corpus", "wikipedia", "--out", "w.toml"], 2, "there are: clinc150, hwu64, slurp, snips"),
        (["--corpus", "snips", "--data", "nowhere", "--out", "w.toml"], 3, "SELFLEARN_DATA"),
    ],
)
def test_what_cannot_be_made_is_refused(tmp_path, monkeypatch, arguments, code, why):
    monkeypatch.chdir(tmp_path)
    result = _run("from-corpus", *arguments)
    assert result.exit_code == code
    assert why in result.stderr.replace("\n", " ")
    assert not list(tmp_path.iterdir())
