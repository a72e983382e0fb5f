"""A process that publishes one generation of a table: `python -m … ROOT GENERATION ENTRIES`."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from rewrite_offline.table import Manifest, publish
from streams.records import Evidence, Rewrite

__all__ = ["generation_of", "publish_generation", "source_of", "target_of"]

_TIME = datetime(2026, 1, 5, tzinfo=UTC)


def source_of(number: int) -> str:
    """Text of a request that every generation has an entry for."""
    return f"play song {number}"


def target_of(number: int, generation: int) -> str:
    """What a generation rewrites it to: it tells which generation answers."""
    return f"play song {number} of album {generation}"


def generation_of(target: str) -> int:
    """Generation that a rewrite is of."""
    return int(target.rsplit(" ", 1)[1])


def publish_generation(root: Path, generation: int, entries: int) -> Manifest:
    """Publish as many entries, all of one generation."""
    return publish(_entries(generation, entries), root, made_from={"generation": generation})


def _entries(generation: int, entries: int) -> Iterator[Rewrite]:
    for number in range(entries):
        yield Rewrite(
            rewrite_id=f"rewrite-{number}",
            source=source_of(number),
            target=target_of(number, generation),
            win_probability=0.9,
            evidence=Evidence(
                turns=12, customers=7, source_success=0.2, target_success=0.8, improvement_low=0.3
            ),
            miner="chain",
            time=_TIME,
        )


if __name__ == "__main__":
    publish_generation(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
