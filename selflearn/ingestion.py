"""Ingestion: logs into the archive, and what does not parse into the dead letters."""

import hashlib
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from threading import Event
from urllib.parse import urlsplit

from selflearn.errors import NoInput
from selflearn.privacy import record_filter
from selflearn.settings import Settings
from streams.archive import Archive
from streams.dead_letters import remove_old
from streams.disk import Patience
from streams.errors import NoRoom, SourceError
from streams.files import remove_leftovers
from streams.kafka import KafkaSettings
from streams.mapping import Mapping as LogMapping
from streams.mapping import log_source
from streams.records import DeadLetter, Signal, Turn
from streams.sinks import JsonlSink, KafkaSink, Sink
from streams.sinks.patient import patient
from streams.sources import FolderSource, KafkaSource, Source
from streams.sources.patient import PatientSource
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
    caught
        How often something personal was taken out of what is kept, by kind.
    uncommitted
        Entries that were read in vain, because the work was ended while the disk was full; they come again.
    """

    counts: WorkerCounts
    archive: Path
    dead_letters: str
    caught: Mapping[str, int]
    uncommitted: int


def ingest(
    settings: Settings,
    place: str,
    *,
    mapping: Path | None = None,
    follow: bool = False,
    group: str = "selflearn-ingest",
    until: Event | None = None,
    on_progress: Callable[[WorkerCounts], None] | None = None,
    on_wait: Callable[[str | None], None] = lambda why: None,
) -> Ingested:
    """Bring the turns and signals of a log into the archive, without what is personal in people's words.

    What was read is remembered (for folders in the data folder, for Kafka by the consumer group), so a second
    run takes up what is new; what comes twice nevertheless counts once. Where the disk is full, nothing more is
    read and committed until there is room again.

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
    on_wait
        Told why there is waiting for room on a disk, and None when it is over.

    Raises
    ------
    NoInput
        There is nothing to read at `place`.
    MappingError
        The mapping does not fit.
    SettingsError
        `privacy.filter` needs what is not installed.
    SourceError, SinkError
        Something cannot be read or written; what was committed stays.
    """
    parser: Parser | None = None if mapping is None else LogMapping.load(mapping).parser()
    privacy = record_filter(settings.privacy)
    patience = Patience(pause=settings.ingest.try_again.total_seconds(), until=until, on_wait=on_wait)
    with ExitStack() as opened:
        source = PatientSource(
            opened.enter_context(closing(_source(settings, place, group, follow, mapping))), patience
        )
        dead_letters, refused_at = _dead_letters(settings, place)
        sink = Archive(settings.archive_folder).sink()
        opened.enter_context(closing(dead_letters))
        opened.enter_context(closing(sink))
        for folder in (settings.archive_folder, settings.dead_letter_folder, settings.state_folder):
            remove_leftovers(folder)
        if settings.retention.dead_letters:
            remove_old(settings.dead_letter_folder, timedelta(days=settings.retention.dead_letters))
        worker = Worker(
            source,
            _RECORDS,
            patient(sink, patience),
            patient(dead_letters, patience),
            commit_entries=settings.ingest.commit_entries,
            commit_seconds=settings.ingest.commit_every.total_seconds(),
            on_progress=on_progress,
            parser=parser,
            privacy=privacy,
        )
        try:
            worker.run(until)
        except NoRoom:
            if until is None or not until.is_set():
                raise
    caught = {} if privacy is None else dict(privacy.caught)
    return Ingested(worker.counts, settings.archive_folder, refused_at, caught, source.uncommitted)


def _source(settings: Settings, place: str, group: str, follow: bool, mapping: Path | None) -> Source:
    if place.startswith("kafka:"):
        return _kafka(settings, place, group, follow)
    return _folder(settings, Path(place), follow, foreign=mapping is not None)


def _dead_letters(settings: Settings, place: str) -> tuple[Sink, str]:
    """Where refused entries go, and its name for people: to a topic where they came from one."""
    if place.startswith("kafka:"):
        reach = _reach(settings, place)
        return KafkaSink(reach), f"{DeadLetter.topic} at {', '.join(reach.bootstrap_servers)}"
    return JsonlSink(settings.dead_letter_folder), str(settings.dead_letter_folder)


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
