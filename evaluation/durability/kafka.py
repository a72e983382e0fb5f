"""A broker for trials, what is put into it, and how its clients notice a death soon."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from kafka import KafkaProducer

from evaluation.broker import Broker
from evaluation.durability.sent import Sent
from streams.kafka import create_topics
from streams.records import DeadLetter, Signal, Turn
from streams.sources import KafkaSource

__all__ = ["FAST", "broker_in", "fill", "letters_of"]

#: A member that is dead is found out after two seconds: trials wait for that.
FAST = {"session_timeout_ms": 2000, "heartbeat_interval_ms": 400}

_PARTITIONS = 4


@contextmanager
def broker_in(folder: Path) -> Iterator[Broker]:
    """Run a fresh broker with the topics of a log; what one that was ended left in the folder is removed."""
    shutil.rmtree(folder, ignore_errors=True)
    broker = Broker(folder, {"group.min.session.timeout.ms": "1000"})
    broker.start()
    try:
        create_topics(broker.settings, (Turn, Signal, DeadLetter), partitions=_PARTITIONS)
        yield broker
    finally:
        broker.kill()


def fill(broker: Broker, sent: Sent) -> None:
    """Put everything that is sent into the topics."""
    producer = KafkaProducer(**broker.settings.for_producer())
    try:
        for topic, key, raw in sent.lines():
            producer.send(topic, value=raw, key=None if key is None else key.encode())
        producer.flush()
    finally:
        producer.close()


def letters_of(broker: Broker) -> list[DeadLetter]:
    """All dead letters in the topic."""
    source = KafkaSource([DeadLetter.topic], uuid4().hex, broker.settings, stop_at_end=True)
    letters: list[DeadLetter] = []
    try:
        while not source.exhausted:
            letters += [DeadLetter.model_validate_json(entry.raw) for entry in source.poll(1000, 0.2)]
    finally:
        source.close()
    return letters
