"""From an archive of many turns to a published table: minutes and memory."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

from pydantic import JsonValue

from evaluation.bench.commands import Cost, run
from evaluation.bench.copies import write_copies
from evaluation.bench.household_log import TURNS_A_CUSTOMER, household_log
from evaluation.bench.memory import watched

__all__ = ["measure_table"]

#: A log of more turns than this is one of so many customers, each copied: to live through it would take an hour.
_WRITTEN_WHOLE, _COPIED = 1_000_000, 2_500


def measure_table(
    turns: int, seed: int, folder: Path, step: Callable[[str, float | None], None]
) -> dict[str, JsonValue]:
    """Make a household log of about so many turns, ingest it, and learn a table from the archive.

    Each step is a process of its own, so that its memory is its own; of learning, which starts others, it is that of
    all of them together. Beyond a million turns, the archive is that of 2,500 customers, half a million turns, each as
    many times as it takes, under ids of their own: customers, homes, turns and signals are as many as it says, texts
    only as many as 2,500 customers'.

    Parameters
    ----------
    turns
        About how many; the answer says how many there were.
    seed
        Of the log.
    folder
        Where log and archive are kept; a log of the same size and seed is used again.
    step
        Told what is going on.

    Returns
    -------
    dict
        `turns`, `customers`, `copies` (1: none), `ingest_seconds`, `ingest_turns_per_second`,
        `ingest_peak_memory_mb` (where something was ingested, and of what was), `learn_seconds`, `learn_minutes`,
        `learn_cpu_seconds`, `learn_peak_memory_mb`, `entries`.
    """
    wanted = max(1, round(turns / TURNS_A_CUSTOMER))
    copies = 1 if turns <= _WRITTEN_WHOLE else max(1, round(wanted / _COPIED))
    customers = wanted if copies == 1 else _COPIED
    log = household_log(customers, seed, folder, step)
    data = folder / f"data-{customers}-{seed}"
    answer: dict[str, JsonValue] = {"customers": customers * copies, "copies": copies}
    archived: Cost | None = None
    if not (data / "archive").is_dir():
        step("ingesting it", None)
        archived = run(_selflearn("ingest", str(log)), {"SELFLEARN_DATA_FOLDER": str(data)})
    if copies > 1:
        whole = folder / f"data-{customers}x{copies}-{seed}"
        if not (whole / "archive").is_dir():
            write_copies(data / "archive", whole / "archive", copies, step)
        data = whole
    step("learning a table from the archive", None)
    with watched() as memory:
        learned = run(_selflearn("learn", "rewrites", "--force"), {"SELFLEARN_DATA_FOLDER": str(data)})
    said = json.loads(learned.output.strip().splitlines()[-1])
    if archived is not None:
        answer |= {
            "ingest_seconds": archived.seconds,
            "ingest_turns_per_second": said["turns"] / copies / archived.seconds,
            "ingest_peak_memory_mb": archived.peak_memory_mb,
        }
    return answer | {
        "turns": said["turns"],
        "sessions": said["sessions"],
        "entries": said["entries"],
        "learn_seconds": learned.seconds,
        "learn_minutes": learned.seconds / 60,
        "learn_cpu_seconds": learned.cpu_seconds,
        "learn_peak_memory_mb": max(memory.mb, learned.peak_memory_mb),
    }


def _selflearn(*command: str) -> list[str]:
    return [sys.executable, "-m", "selflearn.cli", *command, "--json"]
