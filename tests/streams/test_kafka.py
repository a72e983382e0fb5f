"""Sources and sinks over a real broker."""

import threading
import time
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import duckdb
import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, NewTopic

from streams.archive import Archive
from streams.dead_letters import original_of
from streams.errors import SinkError, SourceError
from streams.kafka import KafkaSettings, create_topics
from streams.records import DeadLetter, Rewrite, Signal, SignalKind, Turn
from streams.sinks import KafkaSink, ListSink
from streams.sources import KafkaSource
from streams.worker import Worker

pytestmark = pytest.mark.kafka

START = datetime(2026, 1, 5, 8, tzinfo=UTC)


def turns_of(count, prefix, customers=7):
    return [
        Turn(
            turn_id=f"{prefix}-{i}",
            customer_id=f"c{i % customers}",
            time=START + timedelta(seconds=i),
            utterance=f"turn {i}",
        )
        for i in range(count)
    ]


@pytest.fixture(scope="module")
def settings(kafka_broker):
    create_topics(kafka_broker.settings, partitions=4)
    return kafka_broker.settings


def send(settings, records):
    sink = KafkaSink(settings)
    sink.write(records)
    sink.flush()
    sink.close()


def read(settings, topic, group=None):
    """Everything on a topic now."""
    source = KafkaSource([topic], group or uuid4().hex, settings, stop_at_end=True)
    entries = []
    while not source.exhausted:
        entries += source.poll(1000, 0.2)
    source.close()
    return entries


def work(settings, group, sink, letters, **options):
    source = KafkaSource([Turn.topic, Signal.topic], group, settings, stop_at_end=True)
    try:
        return Worker(source, [Turn, Signal], sink, letters, **options).run()
    finally:
        source.close()


def ids_in(archive):
    return [name for (name,) in archive.turns(duckdb.connect()).select("turn_id").fetchall()]


def test_worker_archives_what_was_sent_and_a_restart_reads_nothing_twice(settings, tmp_path):
    group, prefix = uuid4().hex, uuid4().hex
    sent = turns_of(500, prefix)
    rating = Signal(
        signal_id=prefix,
        turn_id=sent[0].turn_id,
        customer_id="c0",
        time=START,
        kind=SignalKind.RATING,
        value=1.0,
    )
    send(settings, [*sent, rating])
    archive = Archive(tmp_path / "archive")

    first = work(settings, group, archive.sink(), ListSink(), commit_entries=100)
    assert {turn.turn_id for turn in sent} <= set(ids_in(archive))
    assert (prefix,) in archive.signals(duckdb.connect()).select("signal_id").fetchall()
    assert first.commits >= 5

    send(settings, turns_of(20, f"{prefix}-more"))
    second = work(settings, group, archive.sink(), ListSink())
    assert second.read == 20
    assert len(set(ids_in(archive)) - {turn.turn_id for turn in sent}) >= 20


def test_what_was_not_committed_comes_again_and_is_archived_once(settings, tmp_path):
    group, prefix = uuid4().hex, uuid4().hex
    sent = turns_of(300, prefix)
    send(settings, sent)
    archive = Archive(tmp_path / "archive")

    class Dies(ListSink):
        """The dead letters cannot be written, after the archive was flushed: nothing may be committed."""

        def flush(self):
            raise SinkError("full")

    with pytest.raises(SinkError):
        work(settings, group, archive.sink(), Dies())
    assert {turn.turn_id for turn in sent} <= set(ids_in(archive))

    again = work(settings, group, archive.sink(), ListSink())
    assert again.read >= 300
    found = ids_in(archive)
    assert len(found) == len(set(found))
    assert sum(name.startswith(f"{prefix}-") for name in found) == 300


def test_key_is_the_customer_so_a_customer_stays_in_one_partition(settings):
    prefix = uuid4().hex
    send(settings, turns_of(100, prefix))
    consumer = KafkaConsumer(**settings.for_consumer(uuid4().hex))
    partitions = [TopicPartition(Turn.topic, p) for p in consumer.partitions_for_topic(Turn.topic)]
    consumer.assign(partitions)
    consumer.seek_to_beginning(*partitions)
    homes, seen, ends = {}, 0, consumer.end_offsets(partitions)
    while any(consumer.position(partition) < end for partition, end in ends.items()):
        for partition, messages in consumer.poll(500).items():
            for message in messages:
                turn = Turn.model_validate_json(message.value)
                if turn.turn_id.startswith(prefix):
                    seen += 1
                    assert message.key.decode() == turn.customer_id
                    homes.setdefault(turn.customer_id, set()).add(partition.partition)
    consumer.close()
    assert seen == 100
    assert all(len(partitions) == 1 for partitions in homes.values())
    assert len(set.union(*homes.values())) > 1


@pytest.mark.parametrize("compression", ["lz4", "zstd", "gzip", "none"])
def test_every_compression_is_written_and_read(settings, compression):
    prefix = uuid4().hex
    send(settings.model_copy(update={"compression": compression}), turns_of(50, prefix))
    found = [entry for entry in read(settings, Turn.topic) if prefix.encode() in entry.raw]
    assert len(found) == 50


def test_bad_records_go_to_the_dead_letter_topic_with_place_and_bytes(settings):
    prefix = uuid4().hex.encode()
    bad = [
        prefix + b" is not JSON",
        b'{"schema_version": "9.0", "turn_id": "' + prefix + b'"}',
        b"\xff\xfe" + prefix,
    ]
    oversized = b'{"utterance": "' + prefix + b"a" * 900_000 + b'"}'
    producer = KafkaProducer(**settings.for_producer())
    sent = [producer.send(Turn.topic, value=raw).get(10) for raw in [*bad, oversized]]
    producer.close()

    letters = KafkaSink(settings)
    counts = work(settings, uuid4().hex, ListSink(), letters)
    letters.close()
    assert counts.refused["malformed"] >= 2

    found = [DeadLetter.model_validate_json(entry.raw) for entry in read(settings, DeadLetter.topic)]
    by_place = {(letter.partition, letter.offset): letter for letter in found}
    for raw, place in zip([*bad, oversized], sent, strict=True):
        letter = by_place[str(place.partition), place.offset]
        assert original_of(letter) == raw
        assert letter.source == Turn.topic
    assert by_place[str(sent[1].partition), sent[1].offset].reason == "unknown_schema_version"
    assert by_place[str(sent[3].partition), sent[3].offset].reason == "oversized"


def test_a_second_worker_joins_and_nothing_is_lost_or_read_twice(settings):
    group, prefix = uuid4().hex, uuid4().hex
    send(settings, turns_of(400, prefix, customers=40))
    sinks, counts, stop = [ListSink(), ListSink()], [], threading.Event()

    def one(sink):
        source = KafkaSource([Turn.topic], group, settings)
        # Commits only when partitions are handed over, or at the end.
        worker = Worker(source, [Turn], sink, ListSink(), commit_entries=10**9, commit_seconds=10**9)
        counts.append(worker.run(until=stop))
        source.close()

    def flushed_or_waiting():
        return sum(
            turn.turn_id.startswith(prefix) for sink in sinks for turn in [*sink.records, *sink._waiting]
        )

    first = threading.Thread(target=one, args=(sinks[0],))
    first.start()
    wait_until(lambda: flushed_or_waiting() == 400)
    second = threading.Thread(target=one, args=(sinks[1],))
    second.start()
    wait_until(lambda: sinks[0].records)  # the handover flushed
    send(settings, turns_of(400, f"{prefix}-later", customers=40))
    wait_until(lambda: flushed_or_waiting() >= 800)
    stop.set()
    first.join()
    second.join()

    ids = [turn.turn_id for sink in sinks for turn in sink.records if turn.turn_id.startswith(prefix)]
    assert len(ids) == len(set(ids)) == 800
    assert sinks[1].records, "the second worker was given nothing"


def test_a_member_without_partitions_joins_anew_and_nothing_is_read_twice(settings, monkeypatch, caplog):
    """As after a broker's restart, when kafka-python may leave a member without any for ever."""
    monkeypatch.setattr("streams.sources.kafka._LEFT_OUT", 0.5)
    topic, group = f"one-partition-{uuid4().hex}", uuid4().hex
    admin = KafkaAdminClient(**settings.for_any())
    admin.create_topics([NewTopic(topic, num_partitions=1, replication_factor=1)])
    admin.close()
    first, second = (KafkaSource([topic], group, settings) for _ in range(2))
    read_by_all = []

    def poll_both():
        for source in (first, second):
            read_by_all.extend(entry.raw for entry in source.poll(100, 0.1))
            source.commit()
        return "joining the group anew" in caplog.text

    wait_until(poll_both)
    producer = KafkaProducer(**settings.for_producer())
    for number in range(50):
        producer.send(topic, value=str(number).encode())
    producer.flush()
    producer.close()
    wait_until(lambda: poll_both() and len(read_by_all) >= 50)
    for _ in range(5):
        poll_both()
    assert sorted(map(int, read_by_all)) == list(range(50))
    first.close()
    second.close()


def test_topics_are_made_once_and_dead_letters_are_kept_for_a_limited_time(settings):
    assert create_topics(settings) == []
    admin = KafkaAdminClient(**settings.for_any())
    kept, compacted = (
        str(admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, record.topic)]))
        for record in (DeadLetter, Rewrite)
    )
    admin.close()
    assert "1209600000" in kept
    assert "compact" in compacted


def test_what_a_topic_refused_is_sent_again_with_the_next_flush(settings):
    prefix = uuid4().hex
    admin = KafkaAdminClient(**settings.for_any())

    def longest(size):
        admin.alter_configs([ConfigResource("TOPIC", Signal.topic, {"max.message.bytes": str(size)})])

    signals = [
        Signal(
            signal_id=f"{prefix}-{i}",
            turn_id="t",
            customer_id="c",
            time=START,
            kind=SignalKind.CORRECTION,
            text=uuid4().hex * 100 * (i % 2),
        )
        for i in range(10)
    ]
    sink = KafkaSink(settings.model_copy(update={"compression": "none"}))
    longest(1000)
    try:
        wait_until(lambda: _refuses(sink, signals))
    finally:
        longest(1_000_000)
    wait_until(lambda: not _refuses(sink, []))
    sink.close()
    admin.close()
    found = {entry.raw for entry in read(settings, Signal.topic)}
    assert {signal.model_dump_json().encode() for signal in signals} <= found


def _refuses(sink, records):
    sink.write(records)
    try:
        sink.flush()
    except SinkError:
        return True
    return False


def test_where_there_is_no_kafka_the_message_names_the_servers():
    nowhere = KafkaSettings(
        bootstrap_servers=("127.0.0.1:1",),
        consumer={"bootstrap_timeout_ms": 300},
        producer={"bootstrap_timeout_ms": 300},
    )
    with pytest.raises(SinkError, match=r"127\.0\.0\.1:1"):
        KafkaSink(nowhere)
    with pytest.raises(SourceError, match=r"127\.0\.0\.1:1"):
        KafkaSource([Turn.topic], "g", nowhere)


def wait_until(true, seconds=30.0):
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.05)
