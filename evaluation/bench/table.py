"""From an archive of many turns to a published table: minutes and memory."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

from pydantic import JsonValue

from evaluation.bench.commands import Cost, run

__all__ = ["measure_table"]

#: Turns of a customer of the sample log, in its 35 days; the log's size is set by its customers.
_TURNS_A_CUSTOMER = 64


def measure_table(
    turns: int, seed: int, folder: Path, step: Callable[[str, float | None], None]
) -> dict[str, JsonValue]:
    """Make a household log of about so many turns, ingest it, and learn a table from the archive.

    Each step is a process of its own, so that its memory is its own.

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
        `turns`, `ingest_seconds`, `ingest_turns_per_second`, `ingest_peak_memory_mb`, `learn_seconds`,
        `learn_cpu_seconds`, `learn_peak_memory_mb`, `entries`.
    """
    customers = max(1, round(turns / _TURNS_A_CUSTOMER))
    log = folder / f"household-{customers}-{seed}"
    if not log.is_dir():
        step(f"writing a log of {customers} customers", None)
        draft = log.with_name(f".{log.name}")
        run([sys.executable, "-m", "simulator.sample_log", "--customers", str(customers), "--seed", str(seed),
             "--out", str(draft)])  # fmt: skip
        draft.rename(log)
    settings = {"SELFLEARN_DATA_FOLDER": str(folder / f"data-{customers}-{seed}")}
    archived: Cost | None = None
    if not (folder / f"data-{customers}-{seed}" / "archive").is_dir():
        step("ingesting it", None)
        archived = run([sys.executable, "-m", "selflearn.cli", "ingest", str(log), "--json"], settings)
    step("learning a table from the archive", None)
    learned = run([sys.executable, "-m", "selflearn.cli", "learn", "rewrites", "--json"], settings)
    said = json.loads(learned.output.strip().splitlines()[-1])
    answer: dict[str, JsonValue] = {
        "turns": said["turns"],
        "entries": said["entries"],
        "learn_seconds": learned.seconds,
        "learn_cpu_seconds": learned.cpu_seconds,
        "learn_peak_memory_mb": learned.peak_memory_mb,
    }
    if archived is not None:
        answer |= {
            "ingest_seconds": archived.seconds,
            "ingest_turns_per_second": said["turns"] / archived.seconds,
            "ingest_peak_memory_mb": archived.peak_memory_mb,
        }
    return answer
