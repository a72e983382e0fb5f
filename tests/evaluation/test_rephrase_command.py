"""The command: every method on the same requests, scored as the corpus scores them; and what is refused."""

import gzip
import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from evaluation.errors import BadQuestion
from evaluation.rephrase import METHODS, RephraseQuestion, rephrase_answer, supervision
from evaluation.rephrase.metrics import FIGURES
from rewrite_offline.rephrase import Detection
from selflearn.cli.app import app
from selflearn.cli.exits import NO_INPUT, NOTHING_TO_LEARN, UNREADABLE, USAGE
from streams.records import Turn
from streams.truth import Truth

LEXICAL = ("--method", "edit_distance", "--method", "next_turn")


def run(*arguments):
    return CliRunner().invoke(app, ["evaluate", "rephrase", *map(str, arguments)])


@pytest.fixture(scope="module")
def calls(dstc2_train, dstc2_reference, tmp_path_factory):
    """Two small logs of the training split that share no caller."""
    folder = tmp_path_factory.mktemp("calls")
    dialogues = dstc2_reference.read(dstc2_train)
    callers = sorted({dialogue["log"]["caller-id"] for dialogue in dialogues})
    paths = []
    for name, chosen in (("train", callers[:12]), ("test", callers[12:20])):
        paths.append(folder / f"{name}.jsonl.gz")
        with gzip.open(paths[-1], "wt") as lines:
            lines.writelines(json.dumps(d) + "\n" for d in dialogues if d["log"]["caller-id"] in chosen)
    return paths


class _Following:
    """A detector that says every next turn."""

    def detect(self, sessions):
        found = []
        for session in sessions:
            for index, turn in enumerate(session.turns):
                later = session.following(index)
                name = None if later is None else later.turn_id
                found.append(Detection(turn.turn_id, name, 0.5, name))
        return found


def test_the_corpus_scores_decisions_as_we_do(calls, corpora, tmp_path):
    train, test = calls
    reference = corpora / "dstc2" / "reference.py"
    lines = tmp_path / "decisions.jsonl"
    result = run(
        *("--corpus", "dstc2", "--train", train, "--test", test, "--json", *LEXICAL[:2]),
        *("--decisions", lines, "--curve", tmp_path / "curve.png"),
    )
    assert result.exit_code == 0, result.stderr
    figures = json.loads(result.stdout)
    asked = [sys.executable, str(reference), "rephrases", str(test), "--train", str(train)]
    scored = subprocess.run(asked, input=lines.read_text(), capture_output=True, text=True, check=True)
    theirs = json.loads(scored.stdout)
    ours = figures["baselines"]["edit_distance"]
    assert {name: ours[name] for name in theirs} == pytest.approx(theirs)
    assert theirs["detected"] > 0
    assert set(FIGURES) <= ours.keys() & ours["defects"].keys() & ours["different_words"].keys()
    assert figures["inputs"]["train"]["file"] == "train.jsonl.gz"
    assert (tmp_path / "curve.png").stat().st_size > 1000


def test_the_models_figures_come_first_and_no_method_sees_the_judged_labels(calls, dstc2_reference, tmp_path):
    train, test = calls
    judged = {f"{d['log']['session-id']}:" for d in dstc2_reference.read(test)}
    seen = []

    def learn(sessions, labels, setup):
        seen.append((len(sessions), len(labels)))
        assert not any(turn_id.rpartition(":")[0] + ":" in judged for turn_id in labels)
        return _Following()

    methods = {"model": learn, "edit_distance": METHODS["edit_distance"], "next_turn": METHODS["next_turn"]}
    answer = rephrase_answer(RephraseQuestion("dstc2", train, test), tmp_path, _silent, methods)
    figures = answer.figures
    assert list(figures)[:3] == ["turns", "with_rephrase", "detected"]
    assert list(figures["baselines"]) == ["edit_distance", "next_turn"]
    assert figures["against_best_without_context"]["baseline"] == "edit_distance"
    rows = dstc2_reference.truth(dstc2_reference.read(test), dstc2_reference.read(train))
    theirs = dstc2_reference.score_rephrases(
        rows, {one.turn_id: one.rephrase for one in answer.detections["model"]}
    )
    assert {name: figures[name] for name in theirs} == pytest.approx(theirs)
    assert len(seen) == 1


def _silent(what, share):
    assert what


def test_in_a_cross_validation_everybody_is_judged_once(calls, tmp_path):
    question = RephraseQuestion("dstc2", calls[1], cross_validate=True, folds=3, methods=("next_turn",))
    answer = rephrase_answer(question, tmp_path, _silent)
    ids = [one.turn_id for one in answer.detections["next_turn"]]
    assert len(ids) == len(set(ids)) >= len(answer.requests)
    assert (answer.figures["judged"], answer.figures["folds"]) == ("cross-validation", 3)
    assert "f1" not in answer.figures


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    pytest.importorskip("torch")
    from backbone.encoder import save_encoder, tiny_bert

    folder = tmp_path_factory.mktemp("encoder")
    save_encoder(tiny_bert(), folder)
    return folder


@pytest.mark.slow
def test_all_methods_are_judged_side_by_side(calls, encoder, dstc2_reference, tmp_path):
    train, test = calls
    lines = tmp_path / "decisions.jsonl"
    result = run(
        *("--corpus", "dstc2", "--train", train, "--test", test, "--json", "--encoder", encoder),
        *("--decisions", lines),
    )
    assert result.exit_code == 0, result.stderr
    figures = json.loads(result.stdout)
    assert list(figures["baselines"]) == ["next_turn", "edit_distance", "embedding_cosine", "pairwise_bert"]
    for row in (figures, *figures["baselines"].values()):
        for part in (row, row["defects"], row["different_words"]):
            assert all(0.0 <= part[name] <= 1.0 for name in FIGURES)
    said = {line["turn_id"]: line["rephrase"] for line in map(json.loads, lines.read_text().splitlines())}
    rows = dstc2_reference.truth(dstc2_reference.read(test), dstc2_reference.read(train))
    theirs = dstc2_reference.score_rephrases(rows, said)
    assert {name: figures[name] for name in theirs} == pytest.approx(theirs)


def test_labels_may_come_without_truth(calls, tmp_path):
    question = RephraseQuestion("dstc2", *calls, methods=("edit_distance",), labels=("signals",))
    answer = rephrase_answer(question, tmp_path, _silent)
    assert answer.figures["learned_from"]["labels"] == ["signals"]
    assert 0.0 < answer.figures["baselines"]["edit_distance"]["f1"] < 1.0


@pytest.mark.slow
def test_labels_may_be_of_a_simulated_world(calls, tmp_path, monkeypatch):
    monkeypatch.setattr(supervision, "_CUSTOMERS", 20)
    monkeypatch.setattr(supervision, "_DAYS", 2)
    question = RephraseQuestion("dstc2", *calls, methods=("edit_distance",), labels=("world",))
    answer = rephrase_answer(question, tmp_path, _silent)
    assert 0.0 < answer.figures["baselines"]["edit_distance"]["f1"] < 1.0


def test_one_file_for_both_is_cut_by_customers(cqr_dev, tmp_path):
    result = run("--corpus", "cqr", "--train", cqr_dev, "--test", cqr_dev, "--json", *LEXICAL)
    assert result.exit_code == 0, result.stderr
    figures = json.loads(result.stdout)
    assert "a third of the customers (7) are judged" in figures["warnings"][0]
    assert "in the crowd's words" in figures["derived"]
    table = run("--corpus", "cqr", "--train", cqr_dev, "--cross-validate", *LEXICAL)
    assert table.exit_code == 0, table.stderr
    assert "different words" in table.stdout


def _simulated(folder, again):
    turns = [
        Turn(turn_id=name, customer_id=name[0], time=f"2026-01-01T00:00:{second:02}Z", utterance="play jazz")
        for name, second in (("a1", 0), ("a2", 10), ("b1", 0), ("b2", 10))
    ]
    truths = [
        Truth(
            turn_id=turn.turn_id,
            defect=turn.turn_id[1] == "1",
            interpretation={"domain": "music", "intent": "play"},
            rephrases=(turn.turn_id[0] + "2",) if again and turn.turn_id[1] == "1" else (),
        )
        for turn in turns
    ]
    for topic, records in (("dialogue.turns", turns), ("dialogue.signals", []), ("truth", truths)):
        (folder / topic).mkdir(parents=True)
        lines = "".join(record.model_dump_json() + "\n" for record in records)
        (folder / topic / "2026-01-01.jsonl").write_text(lines)
    return folder


def test_a_simulated_folder_is_judged(tmp_path):
    train, test = _simulated(tmp_path / "train", True), _simulated(tmp_path / "test", True)
    (test / "dialogue.signals" / "2026-01-02.jsonl").touch()
    result = run("--corpus", "household", "--train", train, "--test", test, "--json", *LEXICAL)
    assert result.exit_code == 0, result.stderr
    figures = json.loads(result.stdout)
    assert figures["baselines"]["edit_distance"]["f1"] == pytest.approx(1.0)
    assert "4 turns are in both logs" in figures["warnings"][0]


def test_refusals_say_why_and_end_with_an_error(calls, sgd_dev, tmp_path):
    train, test = calls
    mute = _simulated(tmp_path / "mute", False)
    refusals = {
        ("no corpus is called 'atis'", USAGE): ["--corpus", "atis", "--train", train, "--test", test],
        ("no such file or folder", NO_INPUT): [
            "--corpus",
            "dstc2",
            "--train",
            tmp_path / "no",
            "--test",
            test,
        ],
        ("either --test or --cross-validate", USAGE): ["--corpus", "dstc2", "--train", train],
        ("needs --train", USAGE): ["--corpus", "dstc2", "--test", test],
        ("is not one of dstc2", UNREADABLE): ["--corpus", "dstc2", "--train", sgd_dev, "--test", test],
        ("none of them is said again", NOTHING_TO_LEARN): [
            *("--corpus", "household", "--train", mute, "--cross-validate", "--folds", 2)
        ],
        ("has no folder dialogue.turns", NO_INPUT): [
            *("--corpus", "household", "--train", tmp_path, "--cross-validate")
        ],
        ("no method is called 'magic'", USAGE): [
            *("--corpus", "dstc2", "--train", train, "--test", test, "--method", "magic")
        ],
        ("labels are any of truth, signals, world", USAGE): [
            *("--corpus", "dstc2", "--train", train, "--test", test, "--labels", "luck")
        ],
        ("there is no folder", UNREADABLE): [
            *("--corpus", "dstc2", "--train", train, "--test", test, "--curve", tmp_path / "no" / "c.png")
        ],
    }
    for (reason, code), arguments in refusals.items():
        result = run(*arguments, "--json", *(() if "magic" in arguments else LEXICAL))
        assert result.exit_code == code, (reason, result.stderr)
        assert reason in result.stderr
        assert json.loads(result.stdout)["exit_code"] == code
    with pytest.raises(BadQuestion):
        RephraseQuestion("dstc2", train, test, cross_validate=True).paths(tmp_path, _silent)
