"""Sinks: where records go; safe once flushed (extra `learn`)."""

from streams.archive.sink import ArchiveSink
from streams.sinks.base import ColumnSink, Sink
from streams.sinks.folders import JsonlSink, ParquetSink
from streams.sinks.kafka import KafkaSink
from streams.sinks.lists import ListSink

__all__ = ["ArchiveSink", "ColumnSink", "JsonlSink", "KafkaSink", "ListSink", "ParquetSink", "Sink"]
