"""Records are sent through the real ingestion, from files or through a broker, and looked for afterwards."""

import gzip
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from kafka import KafkaProducer

from evaluation.broker import Broker
from evaluation.durability.kafka import broker_in, letters_of
from evaluation.durability.process import Process, product
from evaluation.durability.worker import letters_in
from evaluation.malformed.mixture import Line
from streams.records import DeadLetter, Turn

__all__ = ["Arrived", "Place", "through_files", "through_kafka"]

#: Topic, partition (or file) and offset, as a dead letter tells them.
Place = tuple[str, str, int]

_FILES = 4
#: A blank line stands after so many records: it is none.
_BLANK_EVERY = 100
#: Seconds that the ingestion of all may take.
_PATIENCE = 3600.0


class Arrived:
    """What was sent from where, and what came of it.

    Attributes
    ----------
    sent : mapping of place to Line
        Everything that was sent.
    letters : sequence of DeadLetter
        All dead letters.
    archive : Path
        Where the good ones are.
    """

    def __init__(self, sent: Mapping[Place, Line], letters: Sequence[DeadLetter], archive: Path) -> None:
        self.sent = sent
        self.letters = letters
        self.archive = archive


def through_files(lines: Sequence[Line], folder: Path) -> Arrived:
    """Write files, the last of them gzip and one with signals, and run `selflearn ingest` over them."""
    log = folder / "log"
    sent = {place: line for name, some in _shared_out(lines) for place, line in _write(some, log, name)}
    command = product(folder, ["ingest", str(log), "--json"], {"ingest.commit_entries": 20_000})
    Process.start(command, folder / "said.txt").done(_PATIENCE)
    return Arrived(sent, letters_in(folder / "data" / "dead-letters"), folder / "data" / "archive")


def through_kafka(lines: Sequence[Line], folder: Path) -> Arrived:
    """Send records to a broker, and run `selflearn ingest` as a member of a group."""
    with broker_in(folder / "broker") as broker:
        sent = _send(lines, broker)
        address = f"kafka://{broker.settings.bootstrap_servers[0]}"
        command = product(folder, ["ingest", address, "--json"], {})
        Process.start(command, folder / "said.txt").done(_PATIENCE)
        return Arrived(sent, letters_of(broker), folder / "data" / "archive")


def _shared_out(lines: Sequence[Line]) -> Iterator[tuple[str, list[Line]]]:
    turns = [line for line in lines if line.topic == Turn.topic]
    for number in range(_FILES):
        ending = ".jsonl.gz" if number == _FILES - 1 else ".jsonl"
        yield f"{Turn.topic}/{number}{ending}", turns[number::_FILES]
    signals = [line for line in lines if line.topic != Turn.topic]
    if signals:
        yield f"{signals[0].topic}/0.jsonl", signals


def _write(lines: Sequence[Line], log: Path, name: str) -> Iterator[tuple[Place, Line]]:
    path, offset = log / name, 0
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wb", 1) if name.endswith(".gz") else path.open("wb") as file:
        for number, line in enumerate(lines):
            yield (line.topic, name, offset), line
            written = line.raw + (b"\n\r\n" if number % _BLANK_EVERY == 0 else b"\n")
            file.write(written)
            offset += len(written)


def _send(lines: Sequence[Line], broker: Broker) -> dict[Place, Line]:
    producer = KafkaProducer(**broker.settings.for_producer())
    try:
        futures = [(line, producer.send(line.topic, value=line.raw)) for line in lines]
        producer.flush()
        found = [(line, future.get(timeout=60)) for line, future in futures]
    finally:
        producer.close()
    return {(line.topic, str(place.partition), place.offset): line for line, place in found}
