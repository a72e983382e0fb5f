"""Fixtures for streams/: a real broker."""

from broker import kafka_broker
from hypothesis import settings

__all__ = ["kafka_broker"]

# How long an example takes says nothing on a machine that has other things to do.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
