"""The steps that `bench ingest` times, each in a process of its own: `python -m evaluation.bench.ingest_steps STEP …`.

The clock begins when everything is imported, and ends when all that was read is committed, or counted.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import msgspec
import orjson

from streams.hot.shapes import SignalShape, TurnShape
from streams.kafka import KafkaSettings
from streams.records import Signal, Turn
from streams.sources import FolderSource, KafkaSource, Source

__all__ = ["main"]

Decoders = Mapping[str, Callable[[bytes], Any]]

#: How many entries a poll gives, and how long it waits: as the worker polls.
_ENTRIES_AT_ONCE = 1000
_PATIENCE = 0.5

#: The same structs that the fast lane decodes into, and the quickest way to JSON of any shape.
_DECODERS: Mapping[str, Decoders] = {
    "msgspec": {
        Turn.topic: msgspec.json.Decoder(TurnShape).decode,
        Signal.topic: msgspec.json.Decoder(SignalShape).decode,
    },
    "orjson": {Turn.topic: orjson.loads, Signal.topic: orjson.loads},
}


def floor(place: str, decoder: str, group: str) -> dict[str, Any]:
    """Poll and decode, and nothing else."""
    decoders = _DECODERS[decoder]
    began = _Clock.now()
    source = _source(place, group)
    turns = entries = 0
    while not source.exhausted:
        for entry in source.poll(_ENTRIES_AT_ONCE, _PATIENCE):
            decoders[entry.source](entry.raw)
            turns += entry.source == Turn.topic
            entries += 1
    took = _since(began)
    source.close()
    return {**took, "turns": turns, "entries": entries}


def archive(place: str, group: str) -> dict[str, Any]:
    """Bring the log into the archive, as `selflearn ingest` does."""
    from selflearn.ingestion import ingest  # here and below: a step's memory is to be its own
    from selflearn.settings import load_settings

    began = _Clock.now()
    done = ingest(load_settings(), place, group=group)
    return {**_since(began), "entries": done.counts.kept}


def counts(folder: str, workers: str, group: str) -> dict[str, Any]:
    """Count the transitions of which the chain is made, in so many processes."""
    from rewrite_offline.mining import count_archive
    from streams.archive import Archive

    began = _Clock.now()
    chosen = None if workers == "default" else int(workers)
    counted = count_archive(Archive(Path(folder)), workers=chosen)
    steps = len(counted.steps())
    return {**_since(began), "steps": steps}


class _Clock(NamedTuple):
    """The clock on the wall, and that of the processors: of this process and of those that it had and that ended."""

    wall: float
    cpu: float

    @classmethod
    def now(cls) -> "_Clock":
        used = os.times()
        return cls(time.perf_counter(), used.user + used.system + used.children_user + used.children_system)


def _since(began: _Clock) -> dict[str, float]:
    now = _Clock.now()
    return {"seconds": now.wall - began.wall, "cpu_seconds": now.cpu - began.cpu}


def _source(place: str, group: str) -> Source:
    if not place.startswith("kafka:"):
        return FolderSource(Path(place))
    settings = KafkaSettings(bootstrap_servers=(urlsplit(place).netloc,))
    return KafkaSource([Turn.topic, Signal.topic], group, settings, stop_at_end=True)


_STEPS: Mapping[str, Callable[..., dict[str, Any]]] = {"floor": floor, "archive": archive, "counts": counts}


def main() -> None:
    """Run the step that the command line names, and print what it took as JSON."""
    step, *given = sys.argv[1:]
    print(json.dumps(_STEPS[step](*given)))


if __name__ == "__main__":
    main()
