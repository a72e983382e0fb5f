"""A sink over Kafka: each record to its own topic, keyed by customer."""

import time
from collections.abc import Sequence
from typing import NamedTuple

from kafka import KafkaProducer
from kafka.errors import KafkaError
from kafka.producer.future import FutureRecordMetadata

from streams.errors import SinkError
from streams.kafka.settings import KafkaSettings
from streams.records import DeadLetter, Record, Rewrite

__all__ = ["KafkaSink", "key_of"]


def key_of(record: Record) -> str | None:
    """Key under which a record is written.

    The customer, so that all that one customer does comes in order to one reader; a rewrite's id, since its
    topic is compacted; for a dead letter, where it stood; else nothing.
    """
    if isinstance(record, Rewrite):
        return f"{record.tenant_id}/{record.rewrite_id}"
    if isinstance(record, DeadLetter):
        return f"{record.source}/{record.partition}/{record.offset}"
    customer: str | None = getattr(record, "customer_id", None)
    return customer


class KafkaSink:
    """Sends records to their topics with an idempotent producer.

    Parameters
    ----------
    settings
        How to reach Kafka.
    flush_seconds
        How long a flush may take; less than the session timeout of a consumer that flushes before it gives
        up a partition.

    Raises
    ------
    SinkError
        Kafka cannot be reached.
    """

    def __init__(self, settings: KafkaSettings, *, flush_seconds: float = 30.0) -> None:
        self._settings = settings
        self._servers = ", ".join(settings.bootstrap_servers)
        self._flush_seconds = flush_seconds
        self._sent: list[_Sent] = []
        self._producer = self._connected()

    def write(self, records: Sequence[Record]) -> None:
        """Hand records to the producer, which sends them in batches."""
        for record in records:
            key = key_of(record)
            self._sent.append(
                self._send(
                    record.topic, None if key is None else key.encode(), record.model_dump_json().encode()
                )
            )

    def flush(self) -> None:
        """Wait until all replicas have everything; what failed before is sent again."""
        until = time.monotonic() + self._flush_seconds
        if any(one.future.failed() for one in self._sent):
            self._send_again()
        try:
            self._producer.flush(timeout=self._flush_seconds)
            for one in self._sent:
                one.future.get(timeout=max(0.0, until - time.monotonic()))
        except KafkaError as error:
            self._sent = [one for one in self._sent if not one.future.succeeded()]
            raise SinkError(
                f"not everything reached Kafka at {self._servers}: {error!r}. If a record is too large for its "
                "topic, raise the topic's max.message.bytes"
            ) from error
        self._sent.clear()

    def close(self) -> None:
        """Close the connection; what was not flushed may or may not arrive."""
        self._producer.close(timeout=1.0)

    def _connected(self) -> KafkaProducer:
        try:
            return KafkaProducer(**self._settings.for_producer())
        except (KafkaError, OSError) as error:
            raise SinkError(
                f"no Kafka at {self._servers}: {error!r}; is it up, and is `security` what it wants?"
            ) from error

    def _send_again(self) -> None:
        # An idempotent producer that was refused one message sends no other: what is left goes through a new one.
        producer = self._connected()
        self._producer.close(timeout=1.0)
        self._producer = producer
        left = [one for one in self._sent if not one.future.succeeded()]
        self._sent = left  # until all of them are on their way again
        self._sent = [self._send(one.topic, one.key, one.value) for one in left]

    def _send(self, topic: str, key: bytes | None, value: bytes) -> "_Sent":
        try:
            return _Sent(topic, key, value, self._producer.send(topic, value=value, key=key))
        except (KafkaError, AssertionError) as error:
            raise SinkError(f"{topic} at {self._servers} takes nothing: {error!r}") from error


class _Sent(NamedTuple):
    """A message on its way, kept until it has arrived."""

    topic: str
    key: bytes | None
    value: bytes
    future: FutureRecordMetadata
