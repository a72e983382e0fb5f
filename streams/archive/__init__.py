"""The archive: turns and signals in Parquet by day and customer bucket, each read once (extra `learn`)."""

from streams.archive.archive import Archive
from streams.archive.compaction import Compacted
from streams.archive.sink import ArchiveSink

__all__ = ["Archive", "ArchiveSink", "Compacted"]
