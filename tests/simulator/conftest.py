"""Fixtures for simulator/: a real broker."""

from broker import kafka_broker

__all__ = ["kafka_broker"]
