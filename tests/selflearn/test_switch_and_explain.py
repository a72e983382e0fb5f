"""`selflearn switch` and `selflearn explain --request`, as people use them."""

import pytest
from entries import entry

from selflearn import Context, Rewriter, RewriteRequest
from selflearn.decisions import DecisionFiles, DecisionLog
from selflearn.policy.stored import stored_policy
from selflearn.store import Store
from tests.selflearn.test_cli import run

__all__ = ["run"]


@pytest.fixture
def served(settings, put):
    """A rewriter as servers have it, over the settings' data folder."""
    put(entry("play maj and dragons", "play imagine dragons"), entry("living rome", "living room", "room"))
    store = Store.open(settings.store, settings.data_folder)
    rewriter = Rewriter(
        settings.table_folder,
        decisions=DecisionLog(DecisionFiles(settings.decision_folder), every=0.001),
        policy=stored_policy(settings.rewriting, store),
    )
    yield rewriter
    rewriter.close()
    store.close()


def outcome(rewriter, utterance="play maj and dragons", asked=None, **fields):
    rewriter.policy.refresh()
    context = None if asked is None else Context(asked=asked)
    return rewriter.rewrite(RewriteRequest(utterance=utterance, context=context, **fields)).outcome


def test_off_and_on_again(run, served):
    assert outcome(served) == "rewritten"
    off = run("switch", "off", "--reason", "complaints", "--json")
    assert off.json["switch"]["reason"] == "complaints"
    assert outcome(served) == "rewriting_off"
    assert run("switch", "on").exit_code == 0
    assert outcome(served) == "rewritten"


@pytest.mark.parametrize(
    ("flags", "heard", "others"),
    [
        (["--tenant", "default"], "rewriting_off", "rewriting_off"),
        (["--tenant", "other"], "rewritten", "rewritten"),
        (["--source", "Play maj & dragons"], "rewritten", "rewritten"),
        (["--source", "Play maj and dragons!"], "rewriting_off", "rewritten"),
        (["--source", "living rome", "--asked", "room"], "rewritten", "rewriting_off"),
        (["--source", "living rome", "--asked", "song"], "rewritten", "rewritten"),
        (["--id", "default:None:play maj and dragons"], "rewriting_off", "rewritten"),
    ],
)
def test_off_for_some(run, served, flags, heard, others):
    assert run("switch", "off", *flags).exit_code == 0
    assert (outcome(served), outcome(served, "living rome", "room")) == (heard, others)
    listed = run("switch", "list", "--json").json["switches"]
    assert len(listed) == 1
    assert run("switch", "lift", listed[0]["switch_id"]).exit_code == 0
    assert (outcome(served), outcome(served, "living rome", "room")) == ("rewritten", "rewritten")


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (["dry-run"], "dry_run"),
        (["hold-back", "--share", "1"], "held_back"),
        (["never-rewritten", "--intent", "inform"], "never_rewritten"),
    ],
)
def test_other_switches(run, served, flags, expected):
    assert run("switch", "on", *flags).exit_code == 0
    assert outcome(served) == expected
    assert "root" in run("switch", "list").stdout or "command line" in run("switch", "list").stdout
    assert run("switch", "off", *flags[:1], *(flags[1:] if "--intent" in flags else [])).exit_code == 0
    assert outcome(served) == "rewritten"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["on", "hold-back"], "needs share"),
        (["on", "never-rewritten"], "needs intent"),
        (["on", "dry-run", "--source", "x"], "has no source"),
        (["on"], "no such switch"),
        (["lift", "gone"], "no switch 'gone'"),
    ],
)
def test_what_cannot_be_switched(run, settings, arguments, message):
    result = run("switch", *arguments, "--json")
    assert (result.exit_code, result.json["exit_code"]) == (2, 2)
    assert message in result.json["message"]


class TestExplain:
    """Why one request was rewritten, or not."""

    @pytest.fixture
    def asked(self, run, served):
        for number in range(3):
            served.rewrite(RewriteRequest(utterance="living rome", request_id=f"r{number}"))
        run("switch", "off", "--source", "play maj and dragons", "--reason", "complaints")
        assert outcome(served, request_id="off", customer_id="c1") == "rewriting_off"
        run("switch", "on", "--source", "play maj and dragons")
        assert outcome(served, request_id="on", customer_id="c1") == "rewritten"
        served.close()

    def test_in_words(self, run, asked):
        told = run("explain", "--request", "off").stdout
        assert "rewriting is switched off" in told.lower()
        assert "at the command line at" in told
        assert "complaints" in told
        told = run("explain", "--request", "on", "--json").json
        assert told["decision"]["candidates"][0]["utterance"] == "play imagine dragons"
        assert any("12 turns of 7 customers" in sentence for sentence in told["why"])

    def test_drawn(self, run, asked, tmp_path):
        for name in ("on", "off"):
            path = tmp_path / f"{name}.svg"
            assert run("explain", "--request", name, "--out", path).exit_code == 0
            assert path.read_text().startswith("<?xml")
        png = tmp_path / "on.png"
        assert run("explain", "--request", "on", "--draw", png).exit_code == 0
        assert png.read_bytes().startswith(b"\x89PNG")
        assert run("explain", "--request", "on", "--out", tmp_path / "on.nonsense").exit_code == 5

    def test_no_such_request(self, run, asked):
        for tenant in ("default", "other"):
            request = "gone" if tenant == "default" else "on"
            result = run("explain", "--request", request, "--tenant", tenant, "--json")
            assert (result.exit_code, result.json["error"]) == (2, "Unknown")

    def test_one_of_the_two(self, run, asked):
        assert run("explain").exit_code == 2
        assert run("explain", "living rome", "--request", "on").exit_code == 2


def test_the_figure_says_what_was_found_and_what_intervened(served):
    from selflearn.decisions.drawing import figure_of_decision

    answer = served.rewrite(RewriteRequest(utterance="play maj and dragons", customer_id="c1"))
    decision = served.decisions.find("default", answer.request_id)
    figure = figure_of_decision(decision, served.entry_of(decision))
    words = " ".join(text.get_text() for text in figure.axes[0].texts).replace("\n", " ")
    for expected in (
        "play maj and dragons",
        "play imagine dragons",
        "wins with 0.900",
        "12 turns",
        "nothing",
    ):
        assert expected in words
