"""The commands as a person runs them: the whole way through the product, and every refusal with its reason."""

import gzip
import json

import pytest
from typer.testing import CliRunner

from selflearn.cli.app import app
from selflearn.cli.exits import NO_INPUT, NOTHING_TO_LEARN, UNREADABLE, USAGE

SCORE_KEYS = [
    "turns",
    "defects",
    "rewritten",
    "wins",
    "losses",
    "win_loss_ratio",
    "defect_rate_before",
    "defect_rate_after",
    "defect_reduction",
    "win_loss_ratio_interval",
    "defect_reduction_interval",
]


SETTINGS = ["mining.min_customers=3", "mining.min_margin=0.05"]

LENIENT = ["min_customers=2", "min_turns=2", "min_margin=0.0", "min_win_loss=1.0", "confidence=0.51"]


def run(*arguments, settings=()):
    """Run `selflearn evaluate …`, with settings before it: the way is the entry point's."""
    before = [part for setting in settings for part in ("--set", setting)]
    return CliRunner().invoke(app, [*before, "evaluate", *map(str, arguments)])


@pytest.fixture(scope="module")
def halves(dstc2_train, dstc2_reference, tmp_path_factory):
    """Two logs of the training split that share no caller."""
    folder = tmp_path_factory.mktemp("halves")
    dialogues = dstc2_reference.read(dstc2_train)
    callers = sorted({dialogue["log"]["caller-id"] for dialogue in dialogues})
    paths = []
    for name, chosen in (("train", callers[:36]), ("test", callers[36:48])):
        paths.append(folder / f"{name}.jsonl.gz")
        with gzip.open(paths[-1], "wt") as lines:
            lines.writelines(json.dumps(d) + "\n" for d in dialogues if d["log"]["caller-id"] in chosen)
    return paths


@pytest.fixture(scope="module")
def judging(halves, tmp_path_factory):
    """The command that judges the second half, its figures, its decisions, and the folder it kept."""
    train, test = halves
    folder = tmp_path_factory.mktemp("judging")
    arguments = ["rewrites", "--corpus", "dstc2", "--test", test, "--json", "--no-baselines"]
    kept = ["--decisions", folder / "decisions.jsonl", "--workdir", folder / "work"]
    result = run(*arguments, "--train", train, *kept, settings=SETTINGS)
    assert result.exit_code == 0, result.stderr
    return arguments, json.loads(result.stdout), (folder / "decisions.jsonl").read_text(), folder / "work"


def test_rewrites_are_learned_served_and_scored_as_the_reference_scores_them(
    halves, judging, dstc2_reference
):
    _, figures, decisions, _ = judging
    lines = [json.loads(line) for line in decisions.splitlines()]
    first, second = (dstc2_reference.read(half) for half in halves)
    expected = dstc2_reference.score_rewrites(
        dstc2_reference.truth(second, first),
        dstc2_reference.counterfactual(first),
        {line["turn_id"]: line["rewrite"] for line in lines},
    )
    assert {key: figures[key] for key in SCORE_KEYS} == expected
    assert figures["rewritten"] > 0, "nothing was rewritten, so nothing was tested"
    assert figures["settings"] == {"mining": {"min_customers": 3, "min_margin": 0.05}}
    assert figures["curve"][-1]["wins"] == figures["wins"]


def test_what_was_kept_is_used_again_and_teaches_the_same(halves, judging):
    arguments, figures, _, work = judging
    written = {path: path.stat().st_mtime_ns for path in work.glob("*/archive/**/*.parquet")}
    assert written
    again = run(*arguments, "--train", halves[0], "--workdir", work, settings=SETTINGS)
    assert json.loads(again.stdout) == figures
    assert {path: path.stat().st_mtime_ns for path in work.glob("*/archive/**/*.parquet")} == written


def test_a_poisoned_annotation_changes_no_decision(halves, judging, dstc2_reference, tmp_path):
    arguments, _, decisions, _ = judging
    poisoned = tmp_path / "train.jsonl.gz"
    with gzip.open(poisoned, "wt") as lines:
        for dialogue in dstc2_reference.read(halves[0]):
            for turn in dialogue["label"]["turns"]:
                turn["transcription"] = "poison"
                turn["semantics"]["json"] = [{"act": "inform", "slots": [["poison", "poison"]]}]
            dialogue["label"]["task-information"]["feedback"]["success"] = False
            lines.write(json.dumps(dialogue) + "\n")
    result = run(
        *arguments, "--train", poisoned, "--decisions", tmp_path / "decisions.jsonl", settings=SETTINGS
    )
    assert result.exit_code == 0, result.stderr
    assert (tmp_path / "decisions.jsonl").read_text() == decisions


def test_without_json_a_table_is_printed_and_a_curve_drawn(halves, tmp_path):
    pytest.importorskip("matplotlib")
    train, _ = halves
    result = run(
        *("rewrites", "--corpus", "dstc2", "--train", train, "--cross-validate", "--folds", 2),
        *("--no-baselines", "--curve", tmp_path / "curve.png"),
        settings=["outcome.origin=ratings", *(f"mining.{setting}" for setting in LENIENT)],
    )
    assert result.exit_code == 0, result.stderr
    assert "win_loss_ratio" in result.stdout
    assert (tmp_path / "curve.png").stat().st_size > 1000


def test_refusals_say_why_and_end_with_an_error(halves, sgd_dev, tmp_path):
    _, test = halves
    train = test
    half = tmp_path / "half.jsonl.gz"
    half.write_bytes(train.read_bytes()[:5000])
    (tmp_path / "empty.jsonl").touch()
    base = ["rewrites", "--corpus", "dstc2", "--json"]
    refusals = {
        ("no such file", NO_INPUT): [*base, "--train", tmp_path / "absent.jsonl.gz", "--test", test],
        ("cannot be read", UNREADABLE): [*base, "--train", half, "--test", test],
        ("no dialogue in it", NO_INPUT): [*base, "--train", train, "--test", tmp_path / "empty.jsonl"],
        ("is not one of dstc2", UNREADABLE): [*base, "--train", sgd_dev, "--test", test],
        ("hold no interpretations", USAGE): [*base, "--corpus", "sgd", "--train", sgd_dev, "--test", sgd_dev],
        ("no corpus is called", USAGE): [*base, "--corpus", "atis", "--train", train, "--test", test],
        ("either --test FILE or --cross-validate", USAGE): [*base, "--train", train],
        ("folds cannot be made", USAGE): [*base, "--train", train, "--cross-validate", "--folds", 1000],
        ("there is no folder", UNREADABLE): [
            *(*base, "--train", train, "--test", test, "--decisions", tmp_path / "no" / "d")
        ],
    }
    for (reason, code), arguments in refusals.items():
        result = run(*arguments)
        assert result.exit_code == code, reason
        assert reason in result.stderr
        told = json.loads(result.stdout)
        assert (told["status"], told["exit_code"]) == ("failed", code)
        assert reason in told["message"]
    wrong = run(*base, "--train", train, "--test", test, settings=["mining.min_custommers=3"])
    assert wrong.exit_code == USAGE
    assert "min_custommers" in wrong.stderr


def test_a_log_that_teaches_nothing_is_refused(halves, dstc2_reference, tmp_path):
    _, test = halves
    (dialogue,) = dstc2_reference.read(test)[:1]
    for turn in dialogue["log"]["turns"]:
        turn["input"]["live"].update({"asr-hyps": [], "slu-hyps": []})
    silence = tmp_path / "silence.jsonl"
    silence.write_text(json.dumps(dialogue))
    result = run("rewrites", "--corpus", "dstc2", "--train", silence, "--test", test)
    assert (result.exit_code, result.stdout) == (NOTHING_TO_LEARN, "")
    assert "NothingLearned" in result.stderr


def test_customers_in_both_logs_are_warned_of_on_standard_error(halves):
    _, test = halves
    result = run(
        *("rewrites", "--corpus", "dstc2", "--train", test, "--test", test, "--json", "--no-baselines"),
        settings=SETTINGS,
    )
    assert result.exit_code == 0, result.stderr
    assert "12 customers are in both logs" in result.stderr
    assert len(json.loads(result.stdout)["warnings"]) == 1


def test_corpora_are_counted_and_checked(dstc2_train, halves, tmp_path):
    path = tmp_path / "dstc2" / "dstc2_train.jsonl.gz"
    path.parent.mkdir()
    path.symlink_to(dstc2_train)
    result = run("corpora", "--data", tmp_path, "--json")
    assert result.exit_code == 0, result.stderr
    facts = json.loads(result.stdout)
    assert facts["dstc2/dstc2_train.jsonl.gz"]["counts"]["defects"] == 2643
    assert facts["dstc2/dstc2_train.jsonl.gz"]["faults"] == []
    assert facts["sgd/sgd_dev.jsonl.gz"]["absent"] == [str(tmp_path / "sgd/sgd_dev.jsonl.gz")]
    path.unlink()
    path.symlink_to(halves[1])
    wrong = run("corpora", "--data", tmp_path)
    assert wrong.exit_code == UNREADABLE
    assert "should be 11677" in wrong.stdout.replace("\n", " ")
    assert "dstc2_train.jsonl.gz" in wrong.stderr


def test_a_folder_without_corpora_is_refused(tmp_path):
    assert "none of the corpora" in run("corpora", "--data", tmp_path).stderr
    assert "no such folder" in run("corpora", "--data", tmp_path / "nowhere").stderr
