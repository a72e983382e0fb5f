"""Household logs of any size for the benchmarks: simulated, and kept to be used again."""

import sys
from collections.abc import Callable
from pathlib import Path

from evaluation.bench.commands import run

__all__ = ["TURNS_A_CUSTOMER", "household_log"]

#: What a customer of the world `household` says in these days; a log's size is set by its customers.
TURNS_A_CUSTOMER = 200
_DAYS = 30


def household_log(customers: int, seed: int, folder: Path, step: Callable[[str, float | None], None]) -> Path:
    """Simulate what is not there yet of a log of so many customers.

    Parameters
    ----------
    customers, seed
        Of the simulation.
    folder
        Where logs are kept.
    step
        Told what is going on.

    Returns
    -------
    Path
        The log's folder, of JSON lines by day.

    Raises
    ------
    BenchFailed
        The simulation did not end well; so it is with a log that was kept from another state of the world.
    """
    log = folder / f"simulated-{customers}-{seed}"
    step(f"simulating {customers} customers", None)
    run([sys.executable, "-m", "selflearn.cli", "simulate", "--world", "household", "--days", f"{_DAYS}",
         "--customers", f"{customers}", "--seed", f"{seed}", "--truth", "none", "--out", f"{log}"])  # fmt: skip
    return log
