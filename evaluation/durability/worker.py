"""The worker is killed at random points of its work and started again: over files, and as a member of a group."""

import random
import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

from evaluation.broker import Broker
from evaluation.durability.kafka import FAST, broker_in, fill
from evaluation.durability.kept import compared, parts
from evaluation.durability.process import Process, product, wait_until
from evaluation.durability.sent import Sent, made, write_files
from evaluation.durability.trials import Outcome, Trials, summed
from streams.records import DeadLetter

__all__ = ["COMMIT_ENTRIES", "letters_in", "worker_files", "worker_kafka"]

#: Few, so that there are many flushes and commits to be killed in.
COMMIT_ENTRIES = 100
_TURNS = 1_500
#: Few, so that an archive has not too many partitions: comparing takes longer than killing.
_CUSTOMERS = 6


def worker_files(trials: Trials, runs: int, turns: int = _TURNS) -> dict[str, Any]:
    """Kill `selflearn ingest FOLDER` at random points, each in a trial of its own, and start it again.

    A point is a number of finished part files, drawn between none and all, and some milliseconds more: whether
    reading, writing a part, between two parts, or between flush and commit is left to chance.
    """
    sent = made(turns, trials.seed, customers=_CUSTOMERS)
    log = trials.folder / f"{trials.name}-log"
    write_files(sent, log)
    question = {"turns": turns, "customers": _CUSTOMERS, "commit_entries": COMMIT_ENTRIES}

    def ingest(folder: Path) -> Process:
        settings = {"ingest.commit_entries": COMMIT_ENTRIES}
        return Process.start(product(folder, ["ingest", str(log), "--json"], settings), folder / "said.txt")

    whole = _undisturbed(trials.folder / f"{trials.name}-undisturbed", ingest)

    def trial(number: int, dice: random.Random, folder: Path) -> Outcome:
        def letters() -> Sequence[DeadLetter]:
            return letters_in(folder / "data" / "dead-letters")

        return _killed(dice, folder, ingest, sent, letters, whole)

    outcomes = trials.each(runs, trial, at_once=2, question=question)
    return {"runs": runs, **summed(outcomes)}


def worker_kafka(trials: Trials, runs: int, turns: int = _TURNS) -> dict[str, Any]:
    """Do the same with `selflearn ingest kafka://…`: each trial is a group of its own over the same topics."""
    sent = made(turns, trials.seed, customers=_CUSTOMERS)
    question = {"turns": turns, "customers": _CUSTOMERS, "commit_entries": COMMIT_ENTRIES}
    with broker_in(trials.folder / f"{trials.name}-broker") as broker:
        fill(broker, sent)

        def of_group(group: str) -> Callable[[Path], Process]:
            return lambda folder: _member(broker, folder, group)

        whole = _undisturbed(trials.folder / f"{trials.name}-undisturbed", of_group(uuid4().hex))

        def trial(number: int, dice: random.Random, folder: Path) -> Outcome:
            return _killed(dice, folder, of_group(uuid4().hex), sent, None, whole)

        found = summed(trials.each(runs, trial, at_once=2, question=question))
    # All trials share one topic of dead letters: `broker_consuming` and `group` look for each of theirs.
    del found["letters_lost"], found["letters_repeated"]
    return {"runs": runs, **found}


def _member(broker: Broker, folder: Path, group: str) -> Process:
    settings = {"ingest.commit_entries": COMMIT_ENTRIES, "kafka.consumer": FAST}
    address = f"kafka://{broker.settings.bootstrap_servers[0]}"
    command = product(folder, ["ingest", address, "--group", group, "--json"], settings)
    return Process.start(command, folder / "said.txt")


def _undisturbed(folder: Path, ingest: Callable[[Path], Process]) -> int:
    """Part files that a worker writes when nobody kills it."""
    shutil.rmtree(folder, ignore_errors=True)
    ingest(folder).done()
    return len(parts(folder / "data" / "archive"))


def _killed(
    dice: random.Random,
    folder: Path,
    ingest: Callable[[Path], Process],
    sent: Sent,
    letters: Callable[[], Sequence[DeadLetter]] | None,
    whole: int,
) -> Outcome:
    """Kill a worker at a point of those that a whole run passes, start it again, and compare when it has ended."""
    archive = folder / "data" / "archive"
    point = dice.randrange(whole)
    worker = ingest(folder)
    reached = wait_until(lambda: len(parts(archive)) >= point, whom=worker)
    time.sleep(dice.uniform(0.0, 0.03))
    killed = worker.kill()
    half_written = any(archive.rglob(".*.tmp"))
    ingest(folder).done()
    if letters is None:
        sent = Sent(sent.turns, sent.signals, ())
    kept = compared(sent, archive, () if letters is None else letters())
    return {
        "kills": int(killed and reached),
        "replays": 1,
        **kept.figures(),
        "killed_while_writing_a_file": int(half_written),
        "killed_between_flush_and_commit": int(kept.copies > 0),
    }


def letters_in(folder: Path) -> list[DeadLetter]:
    """All dead letters of a folder."""
    return [
        DeadLetter.model_validate_json(line)
        for part in sorted(folder.rglob("part-*.jsonl"))
        for line in part.read_bytes().splitlines()
    ]
