import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("safetensors")

from backbone.artifact import DataUsed, ModelCard, code_version, machine, read_artifact, write_artifact
from backbone.errors import ArtifactDamaged, ArtifactMissing, ArtifactOfAnotherEncoder, UnsafeFile

COMMAND = "selflearn train something --out somewhere"
CARD = ModelCard(
    task="Says whether a text names a colour",
    encoder="tiny-bert",
    encoder_fingerprint="ab" * 32,
    layer=2,
    licence="Apache-2.0",
    data=(DataUsed(name="colours | names", licence="CC0-1.0", fingerprint="cd" * 32, examples=1200),),
    code_version="selflearn 0.1.0",
    seed=7,
    machine="Linux, x86_64",
    metrics={"accuracy": 0.97531, "examples": 100},
    limits=("English only.", "Four colours."),
    command=COMMAND,
)
SETTINGS = {"threshold": 0.5, "window": 128}
WEIGHTS = {"head.weight": np.arange(6, dtype=np.float32).reshape(2, 3)}


@pytest.fixture
def artifact(tmp_path):
    folder = tmp_path / "colours"
    write_artifact(folder, CARD, SETTINGS, {"model.onnx": b"a graph", "more/words.txt": b"red"}, WEIGHTS)
    return folder


def test_what_is_written_is_read(artifact):
    found = read_artifact(artifact, encoder_fingerprint="ab" * 32)
    assert found.card == CARD
    assert found.settings == SETTINGS
    assert found.file("model.onnx").read_bytes() == b"a graph"
    np.testing.assert_array_equal(found.weights()["head.weight"], WEIGHTS["head.weight"])
    assert [path.name for path in artifact.parent.iterdir()] == ["colours"]


def test_the_same_content_has_the_same_hash(artifact, tmp_path):
    graph = tmp_path / "graph"
    graph.write_bytes(b"a graph")
    files = {"more/words.txt": b"red", "model.onnx": graph}
    assert (
        write_artifact(tmp_path / "again", CARD, SETTINGS, files, WEIGHTS) == read_artifact(artifact).content
    )
    other = CARD.model_copy(update={"seed": 8})
    assert (
        write_artifact(tmp_path / "other", other, SETTINGS, files, WEIGHTS) != read_artifact(artifact).content
    )


def test_the_card_tells_what_is_to_be_known(artifact):
    said = (artifact / "README.md").read_text()
    for told in (
        "# Says whether a text names a colour",
        "tiny-bert, split at layer 2",
        "| colours \\| names | CC0-1.0 | 1,200 |",
        "| accuracy | 0.9753 |",
        "| examples | 100 |",
        "- English only.",
        f"    {COMMAND}",
    ):
        assert told in said


def test_a_missing_artifact_names_itself_and_the_command(tmp_path):
    with pytest.raises(ArtifactMissing, match=r"nowhere.*remake it: make it") as refused:
        read_artifact(tmp_path / "nowhere", command="make it")
    assert refused.value.command == "make it"
    (tmp_path / "empty").mkdir()
    with pytest.raises(ArtifactMissing):
        read_artifact(tmp_path / "empty", command="make it")


def _change(path):
    held = bytearray(path.read_bytes())
    held[len(held) // 2] ^= 1
    path.write_bytes(held)


def _all_files(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("damage", ["changed", "cut", "empty", "missing"])
def test_damage_anywhere_is_told_with_the_command(artifact, damage):
    names = _all_files(artifact)
    assert len(names) == 7
    for name in names:
        path = artifact / name
        held = path.read_bytes()
        if damage == "changed":
            _change(path)
        elif damage == "missing":
            path.unlink()
        else:
            path.write_bytes(held[: len(held) // 2] if damage == "cut" else b"")
        with pytest.raises(ArtifactDamaged) as refused:
            read_artifact(artifact, command=COMMAND)
        assert "colours" in str(refused.value)
        assert f"remake it: {COMMAND}" in str(refused.value)
        path.write_bytes(held)
    read_artifact(artifact)


def test_the_card_itself_says_the_command_where_it_can(artifact):
    _change(artifact / "model.onnx")
    with pytest.raises(ArtifactDamaged, match=COMMAND):
        read_artifact(artifact)


def test_a_file_too_many_is_damage(artifact):
    (artifact / "extra.txt").write_text("more")
    with pytest.raises(ArtifactDamaged, match=r"extra\.txt was not written with it"):
        read_artifact(artifact)


def test_another_encoder_is_told(artifact):
    with pytest.raises(ArtifactOfAnotherEncoder, match=rf"tiny-bert \(abab.*remake it: {COMMAND}"):
        read_artifact(artifact, encoder_fingerprint="ef" * 32)


@pytest.mark.parametrize("name", ["model.bin", "model.pt", "weights.PKL", "states.npy"])
def test_files_that_can_run_code_are_neither_written_nor_read(artifact, name, tmp_path):
    with pytest.raises(UnsafeFile, match="safetensors"):
        write_artifact(tmp_path / "new", CARD, SETTINGS, {name: b"x"})
    assert not (tmp_path / "new").exists()
    (artifact / name).write_bytes(b"x")
    with pytest.raises(UnsafeFile):
        read_artifact(artifact)


def test_a_new_one_takes_the_old_ones_place_only_when_it_is_whole(artifact, tmp_path):
    before = read_artifact(artifact).content
    with pytest.raises(FileNotFoundError):
        write_artifact(artifact, CARD, SETTINGS, {"model.onnx": tmp_path / "nothing"})
    assert read_artifact(artifact).content == before
    after = write_artifact(artifact, CARD, {"threshold": 0.6}, {"model.onnx": b"another"})
    assert read_artifact(artifact).content == after != before
    assert [path.name for path in artifact.parent.iterdir()] == ["colours"]
    with pytest.raises(ArtifactDamaged, match=r"weights\.safetensors is not in it"):
        read_artifact(artifact).weights()


def test_where_it_comes_from():
    assert code_version().startswith("selflearn")
    assert "cores" in machine()
    assert json.dumps(machine())


def test_reading_imports_no_torch(artifact):
    code = f"import sys\nfrom pathlib import Path\nfrom backbone.artifact import read_artifact\n" \
        f"read_artifact(Path({str(artifact)!r})).weights()\nsys.exit('torch' in sys.modules)"  # fmt: skip
    assert (
        subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[2], check=False).returncode
        == 0
    )
