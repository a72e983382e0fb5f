"""An intent that is switched to never rewritten also holds for entries whose request may mean it."""

import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from entries import entry

from rewrite_offline.mining.states import reading_state, text_state
from rewrite_offline.mining.traces import EMISSIONS
from rewrite_offline.table import Table, publish
from selflearn import Context, Rewriter, RewriteRequest
from selflearn.policy import Board, Policy, Switch, SwitchKind
from selflearn.settings import RewritingSettings
from streams.records import Interpretation

_NOTHING = RewritingSettings(never_rewritten=frozenset())


def meant(*rows):
    """A trace: what the miner publishes about each request and what it may have meant."""
    columns = {
        "asked": [asked for asked, _, _, _ in rows],
        "text": [text for _, text, _, _ in rows],
        "state": [
            text_state(asked, text)
            if intent is None
            else reading_state(asked, Interpretation(domain="d", intent=intent))
            for asked, text, intent, _ in rows
        ],
        "emitted": [share for *_, share in rows],
        "end": [0.5] * len(rows),
    }
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink)
    return sink.getvalue()


@pytest.fixture
def table(tmp_path):
    trace = meant(
        (None, "pay the bell", "pay", 0.2),
        (None, "pay the bell", "play", 0.8),
        (None, "a rare one", "pay", 0.05),
        ("room", "the bell", "play+pay", 0.3),
        (None, "the bell", "play", 1.0),
        (None, "pay", None, 1.0),
    )
    texts = [
        ("pay the bell", None),
        ("a rare one", None),
        ("the bell", "room"),
        ("the bell", None),
        ("pay", None),
    ]
    publish(
        [entry(text, "play the bell", asked) for text, asked in texts],
        tmp_path,
        made_from={"settings": {"mining": {"never_rewritten": ["unlock"]}}},
        attachments={EMISSIONS: trace},
    )
    return Table.open(tmp_path)


def outcome(rewriter, utterance, asked=None):
    context = None if asked is None else Context(asked=asked)
    request = RewriteRequest(utterance=utterance, context=context)
    rewriter.rewrite(request)
    rewriter.policy.meanings.wait()
    return rewriter.rewrite(request).outcome


def switched(*intents):
    switches = [Switch(kind=SwitchKind.NEVER_REWRITTEN, intent=intent) for intent in intents]
    return Policy(Board(_NOTHING, switches))


@pytest.mark.parametrize(
    ("utterance", "asked", "expected"),
    [
        ("Pay the bell!", None, "never_rewritten"),
        ("a rare one", None, "rewritten"),
        ("the bell", "room", "never_rewritten"),
        ("the bell", None, "rewritten"),
        ("pay", None, "rewritten"),
    ],
)
def test_what_a_request_may_mean_in_more_than_a_tenth(table, utterance, asked, expected):
    assert outcome(Rewriter(table, policy=switched("pay")), utterance, asked) == expected
    assert outcome(Rewriter(table, policy=switched("stop")), utterance, asked) == "rewritten"
    assert outcome(Rewriter(table), utterance, asked) == "rewritten"


def test_what_was_kept_out_when_the_table_was_learned_is_not_looked_for(table, monkeypatch):
    import selflearn.policy.meanings as meanings

    monkeypatch.setattr(meanings, "requests_meaning", lambda path, intents: looked.append(intents) or {})
    looked = []
    assert outcome(Rewriter(table, policy=switched("unlock")), "pay the bell") == "rewritten"
    assert looked == []
    assert outcome(Rewriter(table, policy=switched("unlock", "pay")), "pay the bell") == "rewritten"
    assert looked == [frozenset({"pay"})]


def test_a_version_without_traces_knows_nothing_and_a_broken_one_says_so(tmp_path, caplog):
    publish([entry("a", "b")], tmp_path, made_from={})
    assert outcome(Rewriter(Table.open(tmp_path), policy=switched("pay")), "a") == "rewritten"
    publish([entry("a", "b")], tmp_path, made_from={}, attachments={EMISSIONS: b"no parquet"})
    assert outcome(Rewriter(Table.open(tmp_path), policy=switched("pay")), "a") == "rewritten"
    assert "is not known" in caplog.text
