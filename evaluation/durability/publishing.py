"""The table job is killed while it publishes: what is current stays whole, old or new, and the next one works."""

import random
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from evaluation.durability.process import Process, wait_until
from evaluation.durability.publisher import generation_of, publish_generation
from evaluation.durability.trials import Outcome, Trials, summed
from rewrite_offline.table import Table, current_version
from streams.records import Rewrite

__all__ = ["publishing", "states_of"]

_ENTRIES = 3_000


def publishing(trials: Trials, runs: int, entries: int = _ENTRIES) -> dict[str, Any]:
    """Kill a publishing process at random points, look at the table, and publish once more.

    A point is a share of the time that an undisturbed publishing takes from its first file to the switch,
    and a little more, so that some are killed after it.
    """
    lasts = _undisturbed(trials.folder / f"{trials.name}-undisturbed", entries)

    def trial(number: int, dice: random.Random, folder: Path) -> Outcome:
        root = folder / "table"
        old = publish_generation(root, 1, entries).version
        job = _job(root, 2, entries, folder)
        wait_until(lambda: bool(_drafts(root)) or current_version(root) != old, whom=job, pause=0.0005)
        time.sleep(dice.uniform(0.0, 1.15 * lasts))
        killed = job.kill()
        state = states_of(root, [1, 2], entries)
        left = len(_drafts(root))
        publish_generation(root, 3, entries)
        return {
            "kills": int(killed),
            "old": int(state == 1),
            "new": int(state == 2),
            "halves": int(state is None),
            "drafts_left": left,
            "drafts_left_after_the_next": len(_drafts(root)),
            "next_works": int(states_of(root, [3], entries) == 3),
        }

    outcomes = trials.each(runs, trial, question={"entries": entries})
    return {"runs": runs, "publishing_ms": round(1000 * lasts, 1), **summed(outcomes)}


def states_of(root: Path, generations: Sequence[int], entries: int) -> int | None:
    """Return the one generation that the current table is wholly of; None where it is not whole.

    Opening compares all files with the manifest; then every entry is read.
    """
    table = Table.open(root)
    found = {generation_of(Rewrite.model_validate_json(value).target) for value in table.values()}
    whole = len(found) == 1 and len(list(table.pairs())) == entries == len(table)
    (generation,) = found if whole else (None,)
    return generation if generation in generations else None


def _undisturbed(folder: Path, entries: int) -> float:
    """Seconds from the first file of a publishing process until the new version is current; the middle of three."""
    return sorted(_timed(folder / str(number), entries) for number in range(3))[1]


def _timed(root: Path, entries: int) -> float:
    before = publish_generation(root, 0, entries).version
    job = _job(root, 1, entries, root.parent)
    wait_until(lambda: bool(_drafts(root)), whom=job, pause=0.0005)
    began = time.monotonic()
    wait_until(lambda: current_version(root) != before, pause=0.0005)
    took = time.monotonic() - began
    job.done()
    return took


def _job(root: Path, generation: int, entries: int, folder: Path) -> Process:
    command = [
        sys.executable,
        "-m",
        "evaluation.durability.publisher",
        str(root),
        str(generation),
        str(entries),
    ]
    return Process.start(command, folder / "said.txt")


def _drafts(root: Path) -> list[Path]:
    return list((root / "versions").glob(".*"))
