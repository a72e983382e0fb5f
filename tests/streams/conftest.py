"""Fixtures for streams/: a real broker."""

from broker import kafka_broker

__all__ = ["kafka_broker"]
