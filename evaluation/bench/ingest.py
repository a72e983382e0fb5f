"""From files and from Kafka to archive and counts, against a loop that only polls and decodes."""

import json
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import msgspec
from kafka import KafkaProducer
from pydantic import JsonValue

from evaluation.bench.commands import run
from evaluation.bench.household_log import TURNS_A_CUSTOMER, household_log
from evaluation.broker import Broker, broker_command
from streams.cores import cores
from streams.hot.shapes import SignalShape, TurnShape
from streams.kafka import create_topics
from streams.records import DeadLetter, Signal, Turn
from streams.sources import FolderSource

__all__ = ["measure_ingest"]

#: Floor and ingestion take turns so often, and the quickest of each counts: what else the machine does only slows.
_ROUNDS = 2

_PARTITIONS = 4

Step = Callable[[str, float | None], None]


class _Took(NamedTuple):
    """What a step took: turns (0 where it does not say), seconds, those of processors, and peak memory."""

    turns: int
    seconds: float
    cpu_seconds: float
    memory_mb: float


def measure_ingest(turns: int, seed: int, folder: Path, step: Step) -> dict[str, JsonValue]:
    """Bring a household log into an archive and count it, from files and, where there is a broker, from Kafka.

    The floor is a loop over the same source that decodes each entry into the struct that the product decodes into, and
    drops it, in one process. Ingestion is `selflearn.ingestion.ingest` with the settings as they are shipped, its
    privacy filter included, in one process; it ends when everything is committed. What is counted are the transitions
    of which the chain is made, in as many processes as are taken by default, and once more in one.

    Parameters
    ----------
    turns
        About how many; the answer says how many there were.
    seed
        Of the log.
    folder
        Where log and archives are kept; a log of the same size and seed is used again.
    step
        Told what is going on.

    Returns
    -------
    dict
        `turns`, `cores`, and for `files` and `kafka`: `…_ratio_vs_floor` (archive and counts together),
        `…_turns_per_second` (both), `…_counts_turns_per_second`, `…_counts_peak_memory_mb` (of the largest process) and
        `…_cpu_us_a_turn` (both, all processes; it says more than the clock where others use the machine); the same
        with the counts in one process, as in `files_one_process_ratio_vs_floor`; of the archive alone
        `…_archive_ratio_vs_floor`, `…_archive_turns_per_second`, `…_archive_cpu_us_a_turn`,
        `…_archive_peak_memory_mb`; `…_floor_turns_per_second`, `…_floor_cpu_us_a_turn`, and
        `…_orjson_turns_per_second` (the floor with `orjson.loads`). Where there is no broker there are none for
        `kafka`, and `kafka_left_out` says why.

    Raises
    ------
    BenchFailed, BrokerFailed
        A step did not end well.
    """
    log = household_log(max(1, round(turns / TURNS_A_CUSTOMER)), seed, folder, step)
    took = _measured(str(log), folder / "files", step)
    answer: dict[str, JsonValue] = {"turns": took["floor"].turns, "cores": cores(), **_told("files", took)}
    if broker_command() is None:
        return answer | {
            "kafka_left_out": "there is no broker; set KAFKA_HOME to a distribution, with Java 17"
        }
    step("sending the log to a broker", None)
    with _broker_with(log, folder / "broker") as place:
        return answer | _told("kafka", _measured(place, folder / "kafka", step))


def _measured(place: str, folder: Path, step: Step) -> Mapping[str, _Took]:
    """Time each step over one source, and take the quickest round of each."""
    steps = {
        "floor": ("floor", place, "msgspec"),
        "orjson": ("floor", place, "orjson"),
        "archive": ("archive", place),
        "counts": ("counts", str(folder / "archive"), "default"),
        "counts, one process": ("counts", str(folder / "archive"), "1"),
    }
    source = "Kafka" if place.startswith("kafka:") else "files"
    took: dict[str, list[_Took]] = {name: [] for name in steps}
    for number in range(_ROUNDS):
        shutil.rmtree(folder, ignore_errors=True)
        for name, command in steps.items():
            step(f"{source}: {name}, round {number + 1} of {_ROUNDS}", number / _ROUNDS)
            # The last is a consumer group that has read nothing yet; to a folder it says nothing.
            took[name].append(_timed([*command, uuid4().hex], folder))
    return {name: min(rounds, key=lambda one: one.seconds) for name, rounds in took.items()}


def _timed(command: Sequence[str], folder: Path) -> _Took:
    cost = run(
        [sys.executable, "-m", "evaluation.bench.ingest_steps", *command],
        {"SELFLEARN_DATA_FOLDER": str(folder)},
    )
    said = json.loads(cost.output.strip().splitlines()[-1])
    return _Took(said.get("turns", 0), said["seconds"], said["cpu_seconds"], cost.peak_memory_mb)


def _told(source: str, took: Mapping[str, _Took]) -> dict[str, JsonValue]:
    turns, floor, archive = took["floor"].turns, took["floor"].seconds, took["archive"]
    answer: dict[str, JsonValue] = {
        f"{source}_floor_turns_per_second": turns / floor,
        f"{source}_floor_cpu_us_a_turn": took["floor"].cpu_seconds / turns * 1e6,
        f"{source}_orjson_turns_per_second": turns / took["orjson"].seconds,
        f"{source}_archive_ratio_vs_floor": floor / archive.seconds,
        f"{source}_archive_turns_per_second": turns / archive.seconds,
        f"{source}_archive_cpu_us_a_turn": archive.cpu_seconds / turns * 1e6,
        f"{source}_archive_peak_memory_mb": archive.memory_mb,
    }
    for name, counts in ((source, took["counts"]), (f"{source}_one_process", took["counts, one process"])):
        both = archive.seconds + counts.seconds
        answer |= {
            f"{name}_ratio_vs_floor": floor / both,
            f"{name}_turns_per_second": turns / both,
            f"{name}_counts_turns_per_second": turns / counts.seconds,
            f"{name}_cpu_us_a_turn": (archive.cpu_seconds + counts.cpu_seconds) / turns * 1e6,
            f"{name}_counts_peak_memory_mb": counts.memory_mb,
        }
    return answer


@contextmanager
def _broker_with(log: Path, folder: Path) -> Iterator[str]:
    """Run a broker that has the log, keyed by customer; its data is gone afterwards."""
    shutil.rmtree(folder, ignore_errors=True)
    broker = Broker(folder)
    broker.start()
    try:
        create_topics(broker.settings, (Turn, Signal, DeadLetter), partitions=_PARTITIONS)
        _send(log, broker)
        yield f"kafka://127.0.0.1:{broker.port}/"
    finally:
        broker.kill()
        shutil.rmtree(folder, ignore_errors=True)


def _send(log: Path, broker: Broker) -> None:
    decoders: Mapping[str, msgspec.json.Decoder[TurnShape | SignalShape]] = {
        Turn.topic: msgspec.json.Decoder(TurnShape),
        Signal.topic: msgspec.json.Decoder(SignalShape),
    }
    producer = KafkaProducer(**broker.settings.for_producer())
    source = FolderSource(log)
    while not source.exhausted:
        for entry in source.poll(1000):
            customer = decoders[entry.source].decode(entry.raw).customer_id
            producer.send(entry.source, value=entry.raw, key=customer.encode())
    producer.flush()
    producer.close()
