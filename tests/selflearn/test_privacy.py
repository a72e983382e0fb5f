"""From a log to the archive: what is personal does not get there, by the fast lane or the slow one."""

import json
import logging
from datetime import UTC, datetime

import duckdb
import pytest
from typer.testing import CliRunner

from selflearn.cli import app
from selflearn.errors import SettingsError
from selflearn.ingestion import ingest
from selflearn.privacy import record_filter
from selflearn.settings import load_settings
from selflearn.settings.privacy import PrivacySettings
from streams.archive import Archive
from streams.privacy import RecordFilter
from streams.records import Signal, Turn

MAIL = "ann.lee@example.org"
#: Every field in which there may be words, with an address in it; unknown ones included.
FIELDS = {
    "utterance": f"write to {MAIL}",
    "device": {"place": MAIL, "state": {"inbox": {"last": [MAIL]}}, "owner": MAIL},
    "ambient": {"activity": MAIL, "sensors": {MAIL: 1}},
    "context": {"asked": "to", "prompt": f"To {MAIL}?"},
    "asr": [{"text": f"right to {MAIL}", "score": -1.0}, {"text": "write", "words": [MAIL]}],
    "nlu": [{"intent": "mail", "slots": [{"name": "to", "value": MAIL, "raw": MAIL}], "span": MAIL}],
    "entities": [{"slot": "to", "value": MAIL, "spoken": MAIL}],
    "response": {
        "text": f"Mail to {MAIL}.",
        "result": MAIL,
        "items": ["x", MAIL],
        "action": MAIL,
        "card": {"a": MAIL},
    },
    "rewrite": {"request_id": "r", "original_utterance": f"wright to {MAIL}"},
    "traces": {"nlu": {"deep": [{"er": MAIL}]}, MAIL: 1},
    "remark": MAIL,
    "extra": {"nested": [MAIL]},
}


def line(number, **fields):
    time = datetime(2026, 1, 5, 8, 0, number % 60, tzinfo=UTC).isoformat()
    given = {"turn_id": f"t{number}", "customer_id": f"c{number}", "time": time, "utterance": "play halo"}
    return json.dumps(given | fields)


@pytest.fixture
def log(tmp_path):
    """A turn for each field, some clean ones between, a signal, and a bad line."""
    turns = [line(100 + number, **{name: value}) for number, (name, value) in enumerate(FIELDS.items())]
    turns += [line(number) for number in range(20)] + [line(200, **FIELDS)]
    signal = {"signal_id": "s", "turn_id": "t1", "customer_id": "c1", "kind": "correction", "text": MAIL}
    signal["time"] = "2026-01-05T09:00:00Z"
    (tmp_path / "log").mkdir()
    (tmp_path / "log" / "dialogue.turns.jsonl").write_text("\n".join([*turns, f"{{{MAIL}"]) + "\n")
    (tmp_path / "log" / "dialogue.signals.jsonl").write_text(json.dumps(signal) + "\n")
    return tmp_path / "log"


def archived(settings):
    with duckdb.connect() as connection:
        archive = Archive(settings.archive_folder)
        return [*archive.turns(connection).fetchall(), *archive.signals(connection).fetchall()]


def test_what_is_personal_does_not_get_into_the_archive(settings, log, caplog):
    with caplog.at_level(logging.DEBUG):
        done = ingest(settings, str(log))
    rows = archived(settings)
    assert len(rows) == len(FIELDS) + 20 + 1 + 1
    assert not [row for row in rows if "example" in str(row)]
    assert sum("<email>" in str(row) for row in rows) == len(FIELDS) + 2
    assert done.caught == {"email": len(FIELDS) + 2}
    assert "example" not in caplog.text


def test_the_fast_lane_and_the_slow_one_keep_the_same(settings, log, tmp_path):
    ingest(settings, str(log))
    kept = {(row[1], row[-1]) for row in archived(settings)}
    plain = RecordFilter()
    for kind in (Turn, Signal):
        for raw in (log / f"{kind.topic}.jsonl").read_text().splitlines():
            if raw.endswith("}"):
                record = plain.filtered(kind.model_validate_json(raw))
                name = record.turn_id if kind is Turn else record.signal_id
                (found,) = (text for at, text in kept if at == name)
                assert kind.model_validate_json(found) == record


def test_it_may_be_turned_off(settings, log):
    off = load_settings(overrides=[f"data_folder={settings.data_folder}", "privacy.filter=off"])
    assert record_filter(off.privacy) is None
    ingest(off, str(log))
    assert sum(MAIL in str(row) for row in archived(off)) == len(FIELDS) + 2


def test_the_summary_counts_and_shows_nothing(settings, log):
    before = ["--data-folder", str(settings.data_folder), "ingest", str(log)]
    told = CliRunner().invoke(app, [*before, "--json"])
    assert json.loads(told.stdout)["personal"] == {"email": len(FIELDS) + 2}
    assert "example" not in told.output


def test_presidio_without_its_extra_is_a_setting_that_does_not_fit(monkeypatch):
    monkeypatch.setattr("streams.privacy.presidio.find_spec", lambda name: None)
    with pytest.raises(SettingsError, match=r"selflearn\[privacy\]"):
        record_filter(PrivacySettings(filter="presidio"))
