"""A source over Kafka topics: one member of a consumer group, which commits only what was dealt with."""

import logging
import time
from collections.abc import Callable, Sequence
from typing import Any

from kafka import AsyncConsumerRebalanceListener, KafkaConsumer, OffsetAndMetadata, TopicPartition
from kafka.errors import (
    CommitFailedError,
    FencedInstanceIdError,
    IllegalGenerationError,
    KafkaError,
    RebalanceInProgressError,
    UnknownMemberIdError,
)

from streams.errors import SourceError, StreamError
from streams.kafka.settings import KafkaSettings
from streams.sources.base import Entry

__all__ = ["KafkaSource"]

_log = logging.getLogger(__name__)

#: Seconds for which a broker may be away while offsets are to be committed, as when it is started again.
_AWAY = 60.0
_BETWEEN_TRIES = 0.5

#: Seconds without any partition after which the group is joined anew; twice as many each time, up to the last.
_LEFT_OUT = 10.0
_LEFT_OUT_AT_MOST = 3600.0

#: The group has moved on without us: whoever has the partitions now reads the same entries again.
_NOT_OURS_ANY_MORE = (
    CommitFailedError,
    FencedInstanceIdError,
    IllegalGenerationError,
    RebalanceInProgressError,
    UnknownMemberIdError,
)


class KafkaSource:
    """Entries of some topics, shared with the other members of a group.

    Before partitions go to another member, what was made of them is flushed and their offsets are committed
    (`before_revoked`). A member that was thrown out commits nothing: its entries are read again elsewhere.

    Parameters
    ----------
    topics
        Topics to read.
    group
        Name of the consumer group. A new group begins at the beginning.
    settings
        How to reach Kafka.
    stop_at_end
        Be exhausted when everything that was there when partitions were assigned has been read.

    Raises
    ------
    SourceError
        Kafka cannot be reached.
    """

    def __init__(
        self, topics: Sequence[str], group: str, settings: KafkaSettings, *, stop_at_end: bool = False
    ) -> None:
        self._place = f"{', '.join(topics)} at {', '.join(settings.bootstrap_servers)}"
        self._finish: Callable[[], None] = lambda: None
        self._reached: dict[TopicPartition, OffsetAndMetadata] = {}
        self._ends: dict[TopicPartition, int] | None = None
        self._stop_at_end = stop_at_end
        self._exhausted = False
        self._rebalancing = False
        self._closing = False
        self._topics = list(topics)
        self._left_out_since, self._patience = time.monotonic(), _LEFT_OUT
        try:
            self._consumer = KafkaConsumer(**settings.for_consumer(group))
            self._consumer.subscribe(topics=self._topics, listener=_Handover(self))
        except (KafkaError, OSError) as error:
            raise SourceError(
                f"cannot read {self._place}: {error!r}; is Kafka up, and is `security` what it wants?"
            ) from error

    @property
    def exhausted(self) -> bool:
        """Whether the end was reached, where it was asked for."""
        return self._exhausted

    def poll(self, max_entries: int, timeout: float) -> list[Entry]:
        """Read on; partitions may be taken or given meanwhile."""
        try:
            batches = self._consumer.poll(timeout_ms=int(timeout * 1000), max_records=max_entries)
            entries = [
                entry for partition, batch in batches.items() for entry in self._entries(partition, batch)
            ]
            if not entries:
                self._join_anew_if_left_out()
            if self._stop_at_end and not entries:
                self._exhausted = self._at_end()
        except KafkaError as error:
            if isinstance(error.__cause__, StreamError):  # our own, from before_revoked
                raise error.__cause__ from error
            raise SourceError(f"cannot read {self._place}: {error!r}") from error
        return entries

    def commit(self) -> None:
        """Commit the offsets of everything polled so far; a broker that is away is waited for, a minute long."""
        if not self._reached or self._rebalancing:  # in a rebalance, the handover commits
            return
        until = time.monotonic() + _AWAY
        while True:
            try:
                self._consumer.commit(dict(self._reached))
            except _NOT_OURS_ANY_MORE as error:
                _log.warning(
                    "%s: offsets were not committed, entries will come again: %r", self._place, error
                )
            except KafkaError as error:
                if error.retriable and time.monotonic() < until:
                    _log.warning("%s: offsets cannot be committed yet, trying again: %r", self._place, error)
                    time.sleep(_BETWEEN_TRIES)
                    continue
                raise SourceError(f"offsets of {self._place} cannot be committed: {error!r}") from error
            break
        self._reached.clear()

    def before_revoked(self, finish: Callable[[], None]) -> None:
        """Name what must happen before partitions go to another member."""
        self._finish = finish

    def close(self) -> None:
        """Leave the group without committing."""
        self._closing = True
        self._consumer.close()

    async def hand_over(self) -> None:
        """Finish what was begun, then commit it: another member goes on from there."""
        if self._closing:
            return
        self._rebalancing = True
        try:
            self._finish()
            if self._reached:
                await self._consumer.commit_async(dict(self._reached))
        except KafkaError as error:
            _log.warning("%s: offsets were not handed over, entries will come again: %r", self._place, error)
        finally:
            self._rebalancing = False
            self._reached.clear()
            self._ends = None

    def forget(self, lost: set[TopicPartition]) -> None:
        """Commit nothing of partitions that belong to another member already."""
        for partition in lost:
            self._reached.pop(partition, None)
        self._ends = None

    def _entries(self, partition: TopicPartition, messages: Sequence[Any]) -> list[Entry]:
        self._reached[partition] = OffsetAndMetadata(messages[-1].offset + 1, "", -1)
        topic, name = partition.topic, str(partition.partition)
        return [Entry(message.value or b"", topic, name, message.offset) for message in messages]

    def _join_anew_if_left_out(self) -> None:
        """Join the group once more where no partition has come for long.

        A member that joins while a broker comes up may be told of no partitions, and kafka-python 3.0 then never joins
        again: it believes that a rebalance goes on. A member that has none because others have them all disturbs
        these, so it waits longer and longer.
        """
        now = time.monotonic()
        if self._consumer.assignment():
            self._left_out_since, self._patience = now, _LEFT_OUT
        elif now - self._left_out_since > self._patience:
            _log.warning(
                "%s: no partition came within %.0f s, joining the group anew", self._place, self._patience
            )
            self._left_out_since, self._patience = now, min(2 * self._patience, _LEFT_OUT_AT_MOST)
            self._consumer.unsubscribe()
            self._consumer.subscribe(topics=self._topics, listener=_Handover(self))

    def _at_end(self) -> bool:
        assigned = self._consumer.assignment()
        if not assigned:
            return False
        if self._ends is None:
            self._ends = self._consumer.end_offsets(list(assigned))
        return all(self._consumer.position(partition) >= end for partition, end in self._ends.items())


class _Handover(AsyncConsumerRebalanceListener):  # type: ignore[misc]
    """Runs inside `poll`, on the consumer's loop, where only awaited commits are possible."""

    def __init__(self, source: KafkaSource) -> None:
        self._source = source

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        await self._source.hand_over()

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        return None

    async def on_partitions_lost(self, lost: set[TopicPartition]) -> None:
        self._source.forget(lost)
