"""Sources: where records come from, as bytes with their offsets (extra `learn`)."""

from streams.sources.base import Entry, Source
from streams.sources.folder import FolderSource
from streams.sources.kafka import KafkaSource
from streams.sources.lists import ListSource

__all__ = ["Entry", "FolderSource", "KafkaSource", "ListSource", "Source"]
