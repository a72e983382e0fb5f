"""The rewriter as a Python object, and the decisions that it leaves behind."""

import subprocess
import sys
import threading

import pytest
from entries import entry
from pydantic import ValidationError

from rewrite_offline.table import Table, block
from selflearn import Context, Rewriter, RewriteRequest
from selflearn.decisions import DecisionFiles, DecisionLog
from selflearn.errors import NoTable
from streams.records import Decision


class Kept:
    """Keeps decisions in a list, and can be told to fail or to wait."""

    def __init__(self):
        self.taken = []
        self.may_go_on = threading.Event()
        self.may_go_on.set()
        self.fails = False

    def begin(self):
        pass

    def keep(self, taken):
        self.may_go_on.wait()
        if self.fails:
            raise OSError("disk full")
        self.taken += taken

    def find(self, tenant_id, request_id):
        return None

    def close(self):
        pass


def decisions_of(folder):
    lines = [line for path in folder.rglob("*.jsonl") for line in path.read_bytes().splitlines()]
    return [Decision.model_validate_json(line) for line in lines]


def test_an_answer_says_what_it_is_from(settings, table):
    answer = Rewriter(settings.table_folder).rewrite("Play maj and dragons!")
    assert answer.rewrite == "play imagine dragons"
    assert answer.interpretation.intent == "inform"
    assert (answer.source, answer.win_probability) == ("table", 0.9)
    assert answer.table_version == table.version
    assert answer.request_id


def test_what_is_not_known_is_left_alone(settings, table):
    answer = Rewriter(settings.table_folder).rewrite(RewriteRequest(utterance="stop", request_id="r1"))
    assert (answer.rewrite, answer.interpretation, answer.source, answer.win_probability) == (None,) * 4
    assert answer.request_id == "r1"
    assert answer.table_version == table.version


def test_what_the_assistant_had_asked_decides(settings, table):
    rewriter = Rewriter(settings.table_folder)
    request = RewriteRequest(utterance="living rome", context=Context(asked="room"))
    assert rewriter.rewrite(request).rewrite == "living room"
    assert rewriter.rewrite("living rome").rewrite is None


def test_blocked_entries_are_not_served(settings, table):
    rewriter = Rewriter(Table.open(settings.table_folder))
    assert rewriter.rewrite("unlock door").rewrite is None
    block(settings.table_folder, source="play maj and dragons")
    assert Rewriter(settings.table_folder).rewrite("play maj and dragons").rewrite is None


def test_no_table_yet(settings, put):
    rewriter = Rewriter(settings.table_folder)
    with pytest.raises(NoTable, match="learn rewrites"):
        rewriter.rewrite("a")
    put(entry("a", "b"))
    rewriter = Rewriter(str(settings.table_folder))
    assert [a.rewrite for a in rewriter.rewrite_batch(["a", "c"])] == ["b", None]


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"utterance": 3},
        {"utterance": "a", "utterence": "a"},
        {"utterance": "a", "customer_id": ""},
        {"utterance": "\ud800"},
    ],
)
def test_requests_that_are_none(fields):
    with pytest.raises(ValidationError):
        RewriteRequest(**fields)


def test_every_decision_is_written_with_what_was_considered(settings, table):
    rewriter = Rewriter(settings.table_folder, decisions=DecisionLog(DecisionFiles(settings.decision_folder)))
    asked = [
        RewriteRequest(utterance="play maj and dragons", customer_id="c", device_id="d", request_id="1"),
        RewriteRequest(utterance="stop", request_id="2"),
        RewriteRequest(utterance="unlock door", request_id="3", context=Context(prompt="Which?")),
    ]
    rewriter.rewrite_batch(asked)
    rewriter.close()
    first, second, third = sorted(decisions_of(settings.decision_folder), key=lambda d: d.request_id)
    assert (first.customer_id, first.device_id, first.chosen) == ("c", "d", 0)
    assert first.candidates[0].utterance == "play imagine dragons"
    assert first.versions == {"table": table.version}
    assert (second.chosen, second.candidates) == (None, ())
    assert third.chosen is None
    assert third.candidates[0].refused == "intent is never rewritten"
    assert third.context.prompt == "Which?"


def test_a_request_does_not_wait_for_the_log(settings, table):
    keeper = Kept()
    keeper.may_go_on.clear()
    log = DecisionLog(keeper, capacity=5, every=0.001)
    rewriter = Rewriter(settings.table_folder, decisions=log)
    answers = rewriter.rewrite_batch(["stop"] * 100)
    assert len(answers) == 100
    keeper.may_go_on.set()
    rewriter.close()
    assert log.dropped > 0
    assert len(keeper.taken) + log.dropped == 100


def test_decisions_that_cannot_be_written_are_counted(settings, table):
    keeper = Kept()
    keeper.fails = True
    log = DecisionLog(keeper)
    rewriter = Rewriter(settings.table_folder, decisions=log)
    rewriter.rewrite("stop")
    rewriter.close()
    assert log.dropped == 1


def test_the_rewriter_needs_only_the_core(settings, table):
    code = (
        "import sys, selflearn\n"
        "assert selflearn.Rewriter(sys.argv[1]).rewrite('play maj and dragons').rewrite\n"
        "extras = {'fastapi', 'starlette', 'uvicorn', 'duckdb', 'torch', 'pyarrow', 'scipy', 'networkx', 'kafka',\n"
        "          'transformers', 'prometheus_client'}\n"
        "assert not extras & set(sys.modules), extras & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code, str(settings.table_folder)], check=True)
