"""`selflearn rephrase`, as people use it, and learning with what a detector found."""

import json
import re

import pytest
from talks import talks
from typer.testing import CliRunner

from selflearn.cli import app
from streams.archive import Archive

pytest.importorskip("torch")
pytest.importorskip("transformers")

from backbone.encoder import save_encoder, tiny_bert


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A folder with an archive, labels, a tiny encoder, and a detector trained on them."""
    folder = tmp_path_factory.mktemp("rephrase")
    sessions, labels = talks(240)
    sink = Archive(folder / "data" / "archive").sink()
    sink.write([turn for session in sessions for turn in session.turns])
    sink.flush()
    sink.close()
    lines = [label.model_dump_json(exclude_none=True) for label in labels.values()]
    (folder / "labels.jsonl").write_text("\n".join(lines) + "\n")
    save_encoder(tiny_bert(), folder / "encoder")
    result = run(folder, "rephrase", "train", "--labels", folder / "labels.jsonl", "--out", folder / "detector",
                 "--encoder", folder / "encoder", "--epochs", 3, "--data", "talks", "--json")  # fmt: skip
    assert result.exit_code == 0, result.output
    return folder, json.loads(result.stdout)


def run(folder, *arguments, flags=()):
    given = ["--data-folder", str(folder / "data"), *flags, *map(str, arguments)]
    return CliRunner().invoke(app, given, catch_exceptions=False)


def with_encoder(folder):
    return "--set", f"rephrase.encoder={folder / 'encoder'}"


def test_a_trained_detector_says_what_it_is(trained):
    folder, told = trained
    assert told["rephrased"] > 50
    card = json.loads(run(folder, "rephrase", "show", folder / "detector", "--json").stdout)
    assert card["content"] == told["content"]
    assert card["data"][0]["name"] == "talks"
    assert "# Contextual rephrase detection" in run(folder, "rephrase", "show", folder / "detector").stdout


def test_the_shipped_detector_is_what_was_written(trained):
    card = json.loads(run(trained[0], "rephrase", "show", "--json").stdout)
    assert card["command"] == "make rephrase-detector"
    assert {one["licence"] for one in card["data"]} == {"Apache-2.0"}


def test_detections_are_lines(trained):
    folder, _ = trained
    result = run(folder, "rephrase", "detect", "--detector", folder / "detector", flags=with_encoder(folder))
    found = [json.loads(line) for line in result.stdout.splitlines()]
    assert found
    assert all(line.keys() == {"turn_id", "rephrase", "confidence"} for line in found)
    assert all(0 <= line["confidence"] <= 1 for line in found)


def test_the_log_is_learned_from_as_the_detector_reads_it(trained):
    folder, told = trained
    named = ("--set", f"rephrase.detector={folder / 'detector'}", "--set", "mining.generalise=false")
    result = run(folder, "learn", "rewrites", "--json", flags=(*named, *with_encoder(folder)))
    assert result.exit_code == 0, result.output
    answer = json.loads(result.stdout)
    assert answer["made_from"]["settings"]["rephrase"] == {"detector": told["content"]}
    assert answer["entries"] > 0
    again = run(folder, "learn", "rewrites", flags=(*named, *with_encoder(folder)))
    assert again.exit_code == 7
    # Another detector, or none, is something new.
    assert run(folder, "learn", "rewrites", flags=("--set", "mining.generalise=false")).exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "flags", "code", "says"),
    [
        (("rephrase", "detect"), (), 2, "no detector is named"),
        (("rephrase", "detect", "--detector", "nowhere"), (), 5, "make rephrase-detector"),
        (("rephrase", "show", "nowhere"), (), 5, "make rephrase-detector"),
        (("learn", "rewrites"), ("--set", "rephrase.detector=nowhere"), 5, "nowhere"),
        (("rephrase", "train", "--labels", "nowhere.jsonl", "--out", "out"), (), 3, "cannot be read"),
        (
            ("rephrase", "detect", "--detector", "shipped"),
            ("--set", "rephrase.encoder=nowhere"),
            5,
            "nowhere",
        ),
    ],
)
def test_what_is_missing_is_named(trained, monkeypatch, tmp_path, arguments, flags, code, says):
    monkeypatch.chdir(tmp_path)
    result = run(trained[0], *arguments, flags=flags)
    assert result.exit_code == code
    assert says in re.sub(r"\s+", " ", result.output)


def test_labels_that_are_none_are_refused_by_line(trained, tmp_path):
    labels = tmp_path / "labels.jsonl"
    labels.write_text('\n{"turn_id": 3}\n')
    result = run(trained[0], "rephrase", "train", "--labels", labels, "--out", tmp_path / "out")
    assert result.exit_code == 3
    assert "line 2" in re.sub(r"\s+", " ", result.output)
    assert not (tmp_path / "out").exists()
