"""Sinks: where records go."""

from streams.sinks.base import Sink

__all__ = ["Sink"]
