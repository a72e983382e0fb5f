import json
import shutil
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from talks import session, talks, turn  # noqa: E402

from backbone.artifact import read_artifact, write_artifact  # noqa: E402
from backbone.encoder import save_encoder, tiny_bert, tiny_roberta  # noqa: E402
from backbone.errors import ArtifactDamaged, ArtifactMissing, ArtifactOfAnotherEncoder  # noqa: E402
from rewrite_offline.errors import TooFewRephrases  # noqa: E402
from rewrite_offline.mining import DetectedLinks, Portion  # noqa: E402
from rewrite_offline.rephrase import detect_archive, read_detector  # noqa: E402
from rewrite_offline.rephrase.training import TRAINING, train_detector  # noqa: E402
from rewrite_offline.rephrase.writing import write_detector  # noqa: E402
from streams.archive import Archive  # noqa: E402

QUICK = replace(
    TRAINING,
    epochs=12,
    learning_rate=3e-3,
    head_learning_rate=1e-2,
    batch_tokens=1024,
    patience=None,
    threads=1,
)


@pytest.fixture(scope="module", params=[tiny_bert, tiny_roberta], ids=["bert", "roberta"])
def made(request, tmp_path_factory):
    encoder = request.param()
    sessions, labels = talks(240)
    trained = train_detector(sessions, labels, training=QUICK, encoder=encoder)
    folder = tmp_path_factory.mktemp("made")
    save_encoder(encoder, folder / "encoder")
    write_detector(
        trained, encoder, folder / "detector", data=(), command="make it again", licence="Apache-2.0", seed=7
    )
    return trained, folder


def opened(folder, **others):
    return read_detector(folder / "detector", encoder=folder / "encoder", cache=folder / "cache", **others)


def test_it_finds_what_was_said_again_of_customers_it_never_met(made):
    _, folder = made
    sessions, labels = talks(60, seed=9)
    found = opened(folder).detect(sessions)
    assert [one.turn_id for one in found] == [one.turn_id for talk in sessions for one in talk.turns]
    right = [one.rephrase == labels[one.turn_id].best_rephrase for one in found]
    assert np.mean(right) > 0.9
    assert found[2].likeliest is None
    assert found[2].confidence == 0


def test_without_torch_it_says_what_torch_says(made):
    trained, folder = made
    sessions, _ = talks(40, seed=5)
    ours, theirs = opened(folder).detect(sessions), trained.detector().detect(sessions)
    assert [one.rephrase for one in ours] == [one.rephrase for one in theirs]
    assert np.abs([a.confidence - b.confidence for a, b in zip(ours, theirs, strict=True)]).max() < 0.1


def test_what_it_says_of_a_session_does_not_depend_on_the_others(made):
    _, folder = made
    sessions, _ = talks(30, seed=4)
    together = opened(folder).detect(sessions)
    alone = [one for talk in sessions for one in opened(folder).detect([talk])]
    assert [one.rephrase for one in together] == [one.rephrase for one in alone]
    assert np.allclose([one.confidence for one in together], [one.confidence for one in alone], atol=0.02)


def test_no_session_no_detection(made):
    assert opened(made[1]).detect([]) == []
    assert [one.likeliest for one in opened(made[1]).detect([session(turn("c:0", ""))])] == [None]


def test_it_runs_without_torch(made):
    _, folder = made
    code = f"""
import sys
from pathlib import Path
from rewrite_offline.rephrase import read_detector
folder = Path({str(folder)!r})
read_detector(folder / "detector", encoder=folder / "encoder", cache=folder / "cache").detect([])
print(sorted({{"torch", "transformers"}} & sys.modules.keys()))
"""
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"


def test_a_missing_or_damaged_detector_says_how_to_make_it_again(made, tmp_path):
    _, folder = made
    with pytest.raises(ArtifactMissing, match="make rephrase-detector"):
        read_detector(tmp_path / "none")
    broken = tmp_path / "broken"
    shutil.copytree(folder / "detector", broken)
    graph = broken / "spans.onnx"
    graph.write_bytes(graph.read_bytes()[:-7])
    with pytest.raises(ArtifactDamaged, match="make it again"):
        read_detector(broken, encoder=folder / "encoder")
    with pytest.raises(ArtifactOfAnotherEncoder):
        read_detector(folder / "detector", cache=folder / "cache")


def test_a_detector_of_other_markers_is_refused(made, tmp_path):
    _, folder = made
    known = read_artifact(folder / "detector")
    write_artifact(
        tmp_path / "other",
        known.card,
        {**known.settings, "markers": 0},
        {"spans.onnx": known.file("spans.onnx")},
    )
    with pytest.raises(ArtifactDamaged, match=r"another release.*make it again"):
        read_detector(tmp_path / "other", encoder=folder / "encoder")


def test_a_detector_from_before_the_trees_is_of_another_release(made, tmp_path):
    _, folder = made
    known = read_artifact(folder / "detector")
    before = {name: known.settings[name] for name in ("sequences", "calibration")}
    files = {"spans.onnx": known.file("spans.onnx")}
    write_artifact(tmp_path / "before", known.card, {**before, "markers": 1}, files)
    with pytest.raises(ArtifactDamaged, match=r"another release.*make it again"):
        read_detector(tmp_path / "before", encoder=folder / "encoder")


def test_trees_over_other_features_are_refused_by_name(made, tmp_path):
    _, folder = made
    known = read_artifact(folder / "detector")
    (tmp_path / "pairs.json").write_text("{}")
    files = {"spans.onnx": known.file("spans.onnx"), "pairs.json": tmp_path / "pairs.json"}
    write_artifact(tmp_path / "other", known.card, known.settings, files)
    with pytest.raises(ArtifactDamaged, match=r"holds no trees.*make it again"):
        read_detector(tmp_path / "other", encoder=folder / "encoder", cache=folder / "cache")


def test_too_few_rephrases_teach_nothing():
    sessions, labels = talks(8)
    with pytest.raises(TooFewRephrases, match="label more sessions"):
        train_detector(sessions, labels, training=QUICK, encoder=tiny_bert())


def test_what_was_read_is_not_read_again(made, tmp_path):
    _, folder = made
    sessions, _ = talks(40, seed=6)
    sink = Archive(tmp_path / "archive").sink()
    sink.write([one for talk in sessions for one in talk.turns])
    sink.flush()
    sink.close()
    portion = Portion(Archive(tmp_path / "archive"))
    detector = opened(folder)
    first = detect_archive(portion, detector, tmp_path / "found")
    read = detector.counts.sessions
    assert read == len(sessions)
    assert detect_archive(portion, detector, tmp_path / "found") == first
    assert detector.counts.sessions == read
    assert isinstance(first, DetectedLinks)
    said = {one.turn_id: one for one in opened(folder).detect(sessions)}
    assert {name: later for name, (later, _) in first.found.items()} == {
        name: one.likeliest for name, one in said.items() if one.confidence >= 0.02
    }
    late = session(turn("late:0", "ply jazz", 0, met=False), turn("late:1", "play jazz", 5))
    sink = Archive(tmp_path / "archive").sink()
    sink.write(late.turns)
    sink.flush()
    sink.close()
    assert (
        json.dumps(sorted(detect_archive(portion, detector, tmp_path / "found").found)).count("late:0") == 1
    )
    assert detector.counts.sessions == read + 1
