"""The topics of the records, made as they should be."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from streams.errors import SinkError
from streams.kafka.settings import KafkaSettings
from streams.records import RECORDS, DeadLetter, Record, Rewrite

__all__ = ["create_topics"]


def create_topics(
    settings: KafkaSettings,
    records: Iterable[type[Record]] = RECORDS,
    *,
    partitions: int = 16,
    replicas: int = -1,
    keep_dead_letters: timedelta = timedelta(days=14),
) -> list[str]:
    """Make the topics that are not there yet; those that are, are left as they are.

    Rewrites are compacted, so that their topic is the table. Dead letters hold what customers said and are
    kept for a limited time; they may be longer than other records, because they carry them.

    Parameters
    ----------
    settings
        How to reach Kafka.
    records
        Whose topics.
    partitions
        Of each topic. Turns and signals of a customer meet in partitions of the same number only while both
        topics have the same count.
    replicas
        Of each partition; -1: as the cluster has it.
    keep_dead_letters
        How long.

    Returns
    -------
    list of str
        Names of the topics that were made.

    Raises
    ------
    SinkError
        Kafka cannot be reached, or refuses.
    """
    # Here, so that the settings of Kafka can be read where no client for it is installed.
    from kafka import KafkaAdminClient
    from kafka.errors import KafkaError, TopicAlreadyExistsError

    made = []
    try:
        admin = KafkaAdminClient(**settings.for_any())
        try:
            for record in records:
                topic = {
                    "num_partitions": partitions,
                    "replication_factor": replicas,
                    "configs": _configs(record, settings, keep_dead_letters),
                }
                try:
                    admin.create_topics({record.topic: topic}, wait_for_metadata=True)
                except TopicAlreadyExistsError:
                    continue
                made.append(record.topic)
        finally:
            admin.close()
    except (KafkaError, OSError) as error:
        servers = ", ".join(settings.bootstrap_servers)
        raise SinkError(f"topics cannot be made at {servers}: {error!r}") from error
    return made


def _configs(record: type[Record], settings: KafkaSettings, keep: timedelta) -> dict[str, Any]:
    if record is Rewrite:
        return {"cleanup.policy": "compact"}
    if record is DeadLetter:
        return {
            "retention.ms": str(int(keep.total_seconds() * 1000)),
            "max.message.bytes": str(settings.record_bytes),
        }
    return {}
