"""Kafka: how to reach it, and its topics. The source and the sink are with the others (extra `learn`)."""

from streams.kafka.settings import KafkaSettings
from streams.kafka.topics import create_topics

__all__ = ["KafkaSettings", "create_topics"]
