"""Ingestion: logs into the archive, and what does not parse into the dead letters."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from urllib.parse import urlsplit

from selflearn.errors import NoInput
from selflearn.settings import Settings
from streams.archive import Archive
from streams.errors import SourceError
from streams.kafka import KafkaSettings
from streams.mapping import Mapping, log_source
from streams.records import DeadLetter, Signal, Turn
from streams.sinks import JsonlSink, KafkaSink, Sink
from streams.sources import FolderSource, KafkaSource, Source
from streams.worker import Parser, Worker, WorkerCounts

__all__ = ["Ingested", "ingest"]

_RECORDS = (Turn, Signal)


@dataclass(frozen=True)
class Ingested:
    """What an ingestion did.

    Attributes
    ----------
    counts
        What was read, kept and refused, and why.
    archive
        Where the kept ones are.
    dead_letters
        Where the refused ones are: a folder, or a topic.
    """

    counts: WorkerCounts
    archive: Path
    dead_letters: str


def ingest(
    settings: Settings,
    place: str,
    *,
    mapping: Path | None = None,
    follow: bool = False,
    group: str = "selflearn-ingest",
    until: Event | None = None,
    on_progress: Callable[[WorkerCounts], None] | None = None,
) -> Ingested:
    """Bring the turns and signals of a log into the archive.

    What was read is remembered (for folders in the data folder, for Kafka by the consumer group), so a second
    run takes up what is new; what comes twice nevertheless counts once.

    Parameters
    ----------
    settings
        Where the archive is, and how to reach Kafka.
    place
        A folder or file of JSONL or Parquet, or `kafka://host:port/topic` (topic: the records' own where left
        out; several with commas; `kafka:///` takes the servers of the settings).
    mapping
        How a foreign log becomes turns and signals.
    follow
        Go on waiting for more, until `until` is set.
    group
        Consumer group in Kafka.
    until
        Ends the work after what is being done.
    on_progress
        Told of the counts after each batch.

    Raises
    ------
    NoInput
        There is nothing to read at `place`.
    MappingError
        The mapping does not fit.
    SourceError, SinkError
        Something cannot be read or written; what was committed stays.
    """
    parser: Parser | None = None if mapping is None else Mapping.load(mapping).parser()
    if place.startswith("kafka:"):
        source: Source = _kafka(settings, place, group, follow)
        dead_letters: Sink = KafkaSink(_reach(settings, place))
        refused_at = f"{DeadLetter.topic} at {', '.join(_reach(settings, place).bootstrap_servers)}"
    else:
        source = _folder(settings, Path(place), follow, foreign=mapping is not None)
        dead_letters = JsonlSink(settings.dead_letter_folder)
        refused_at = str(settings.dead_letter_folder)
    sink = Archive(settings.archive_folder).sink()
    try:
        worker = Worker(source, _RECORDS, sink, dead_letters, on_progress=on_progress, parser=parser)
        counts = worker.run(until)
    finally:
        source.close()
        sink.close()
        dead_letters.close()
    return Ingested(counts, settings.archive_folder, refused_at)


def _folder(settings: Settings, path: Path, follow: bool, *, foreign: bool) -> Source:
    # One state a place: offsets of files with the same name in other folders are others.
    name = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:16]
    state = settings.state_folder / f"ingest-{name}.json"
    try:
        if foreign:
            return log_source(path, state=state, tail=follow)
        return FolderSource(path, state=state, tail=follow)
    except SourceError as error:
        raise NoInput(str(error)) from error


def _reach(settings: Settings, place: str) -> KafkaSettings:
    host = urlsplit(place).netloc
    servers = tuple(host.split(",")) if host else settings.kafka.bootstrap_servers
    return settings.kafka.model_copy(update={"bootstrap_servers": servers})


def _kafka(settings: Settings, place: str, group: str, follow: bool) -> Source:
    named = urlsplit(place).path.strip("/")
    topics = tuple(named.split(",")) if named else tuple(record.topic for record in _RECORDS)
    return KafkaSource(topics, group, _reach(settings, place), stop_at_end=not follow)
