"""Logs into the archive: folders, foreign logs, Kafka, and what is refused."""

import os
import time
import uuid
from datetime import UTC, datetime
from threading import Event

import duckdb
import pytest
from broker import kafka_broker
from starlette.testclient import TestClient

from selflearn.api import create_app
from selflearn.errors import NoInput
from selflearn.ingestion import ingest
from selflearn.learning import learn_rewrites
from selflearn.settings import load_settings
from streams.archive import Archive
from streams.errors import MappingError, NoRoom
from streams.kafka import create_topics
from streams.records import DeadLetter, Signal, Turn
from streams.sinks import ArchiveSink, KafkaSink
from tests.selflearn.household import HEARD, MEANT, customers_turns, write_log

__all__ = ["kafka_broker"]


def turns_in(settings):
    with duckdb.connect() as connection:
        counted = Archive(settings.archive_folder).turns(connection).aggregate("count(*)").fetchall()
    return counted[0][0]


def test_what_is_good_is_kept_and_what_is_not_is_refused(settings, tmp_path):
    log = write_log(tmp_path / "log", customers_turns())
    with (log / "dialogue.turns.jsonl").open("a") as stream:
        stream.write("{not json\n")
    done = ingest(settings, str(log))
    assert (done.counts.read, done.counts.kept, dict(done.counts.refused)) == (257, 256, {"malformed": 1})
    assert turns_in(settings) == 128
    assert len(list(settings.dead_letter_folder.rglob("*.jsonl"))) == 1


def test_a_second_run_takes_up_what_is_new(settings, tmp_path):
    log = write_log(tmp_path / "log", customers_turns(4))
    assert ingest(settings, str(log)).counts.read == 64
    assert ingest(settings, str(log)).counts.read == 0
    write_log(log / "more", customers_turns(5))
    ingest(settings, str(log))
    assert turns_in(settings) == 40


def test_a_foreign_log_comes_in_through_its_mapping(settings, tmp_path):
    (tmp_path / "log.csv").write_text("id,who,said,at\n1,ann,play halo,1767225600\n2,bob,stop,1767225700\n")
    (tmp_path / "log.toml").write_text(
        '[turn]\nturn_id = "id"\ncustomer_id = "who"\nutterance = "said"\n'
        'time = { path = "at", format = "epoch_s" }\n'
    )
    done = ingest(settings, str(tmp_path / "log.csv"), mapping=tmp_path / "log.toml")
    assert (done.counts.read, done.counts.kept) == (2, 2)
    assert turns_in(settings) == 2
    (tmp_path / "log.toml").write_text("[turn]\n")
    with pytest.raises(MappingError, match="turn_id"):
        ingest(settings, str(tmp_path / "log.csv"), mapping=tmp_path / "log.toml")


@pytest.mark.parametrize("mapped", [False, True])
def test_nothing_there(settings, tmp_path, mapped):
    (tmp_path / "empty").mkdir()
    (tmp_path / "m.toml").write_text(
        '[turn]\nturn_id = "i"\ncustomer_id = "w"\nutterance = "u"\ntime = { path = "a", format = "iso" }\n'
    )
    for place in ("empty", "gone"):
        with pytest.raises(NoInput, match=place):
            ingest(settings, str(tmp_path / place), mapping=tmp_path / "m.toml" if mapped else None)


@pytest.mark.kafka
def test_the_whole_path_over_kafka(settings, kafka_broker):
    """Produced, ingested, learned, published, served."""
    create_topics(kafka_broker.settings, (Turn, Signal), partitions=3)
    sink = KafkaSink(kafka_broker.settings)
    tenant = f"whole-path-{uuid.uuid4().hex[:6]}"
    sink.write(customers_turns(tenant=tenant))
    sink.flush()
    sink.close()
    servers = ",".join(kafka_broker.settings.bootstrap_servers)
    overrides = [f"data_folder={settings.data_folder}", "table.check_every=0", "access.open=true"]
    given = load_settings(overrides=overrides)
    done = ingest(given, f"kafka://{servers}", group=tenant)
    assert done.counts.kept >= 256
    with TestClient(create_app(given)) as client:
        assert client.get("/readyz").status_code == 503
        learn_rewrites(given, tenant=tenant)
        client.app.state.rewriter._source.refresh()
        answer = client.post("/v1/rewrite", json={"utterance": HEARD, "tenant_id": tenant}).json()
    assert answer["rewrite"] == MEANT
    assert ingest(given, f"kafka://{servers}", group=tenant).counts.read == 0


def test_what_is_personal_is_not_kept_and_is_counted(settings, tmp_path):
    turns = [
        Turn(turn_id=str(i), customer_id="c", time=datetime(2026, 1, 5, tzinfo=UTC), utterance=words)
        for i, words in enumerate(["mail bob@example.org now", "play halo"])
    ]
    write_log(tmp_path / "log", turns)
    done = ingest(settings, str(tmp_path / "log"))
    assert (done.counts.kept, done.caught) == (2, {"email": 1})
    with duckdb.connect() as connection:
        kept = Archive(settings.archive_folder).turns(connection).select("record").fetchall()
    assert not any("bob@example.org" in record for (record,) in kept)

    off = load_settings(overrides=[f"data_folder={tmp_path / 'off'}", "privacy.filter=off"])
    assert ingest(off, str(tmp_path / "log")).caught == {}
    with duckdb.connect() as connection:
        kept = Archive(off.archive_folder).turns(connection).select("record").fetchall()
    assert any("bob@example.org" in record for (record,) in kept)


def test_an_end_while_the_disk_is_full_says_what_comes_again(settings, tmp_path, monkeypatch):
    log = write_log(tmp_path / "log", customers_turns(4))
    ended, told = Event(), []

    def no_room(self):
        raise NoRoom("there is no room")

    def wait(why):
        told.append(why)
        ended.set()

    given = load_settings(overrides=[f"data_folder={settings.data_folder}", "ingest.try_again=0.01"])
    with monkeypatch.context() as full:
        full.setattr(ArchiveSink, "flush", no_room)
        done = ingest(given, str(log), until=ended, on_wait=wait)
    assert (done.uncommitted, done.counts.commits, told) == (64, 0, ["there is no room"])
    done = ingest(given, str(log))
    assert (done.counts.read, done.uncommitted, turns_in(settings)) == (64, 0, 32)


def test_what_a_killed_run_left_half_written_is_removed(settings, tmp_path):
    left = settings.archive_folder / "turns" / "date=2026-01-05" / "bucket=03" / ".part-1.parquet.x.tmp"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"half of what somebody said")
    os.utime(left, (0, 0))
    ingest(settings, str(write_log(tmp_path / "log", customers_turns(1))))
    assert not left.exists()


def test_dead_letters_expire_when_the_next_ingestion_begins(settings, tmp_path):
    (tmp_path / "log").mkdir()
    (tmp_path / "log" / "broken.jsonl").write_bytes(b"not JSON\n")
    ingest(settings, str(tmp_path / "log"))
    (letters,) = (settings.dead_letter_folder / DeadLetter.topic).glob("part-*")
    old = int(time.time() - (settings.retention.dead_letters + 1) * 24 * 3600) * 10**9
    expired = letters.rename(
        letters.with_name("-".join(["part", f"{old:020d}", *letters.name.split("-")[2:]]))
    )
    (tmp_path / "log" / "more.jsonl").write_bytes(b"not JSON either\n")
    ingest(settings, str(tmp_path / "log"))
    assert not expired.exists()
    assert len(list((settings.dead_letter_folder / DeadLetter.topic).glob("part-*"))) == 1
