"""The broker is killed while something produces to it, and while a worker consumes from it."""

import random
import sys
import time
from pathlib import Path
from typing import Any

from evaluation.broker import Broker
from evaluation.durability.kafka import FAST, broker_in, fill, letters_of
from evaluation.durability.kept import Kept, compared, parts
from evaluation.durability.process import Process, product, wait_until
from evaluation.durability.sent import Sent, made
from evaluation.durability.trials import Outcome, Trials, summed
from evaluation.durability.worker import COMMIT_ENTRIES

__all__ = ["broker_consuming", "broker_producing"]

_TURNS = 2_000
#: Seconds that a killed broker stays away.
_AWAY = 0.5
#: Part files that every commit writes at the least.
_PARTS_OF_A_COMMIT = 6


def broker_producing(trials: Trials, runs: int, turns: int = _TURNS) -> dict[str, Any]:
    """Kill the broker while a process sends turns to it, and start it again; then everything is ingested.

    The process is `evaluation.durability.producing`: the product's own sink, told to flush again what failed.
    """

    def trial(number: int, dice: random.Random, folder: Path) -> Outcome:
        sent = made(turns, trials.seed, f"trial-{number}")
        with broker_in(folder / "broker") as broker:
            producing = [sys.executable, "-m", "evaluation.durability.producing"]
            arguments = [
                broker.settings.bootstrap_servers[0],
                str(turns),
                str(trials.seed),
                f"trial-{number}",
            ]
            producer = Process.start([*producing, *arguments], folder / "producer.txt")
            # Batches that have arrived: the producer tells after each.
            point = dice.randrange(_batches(turns))
            wait_until(lambda: producer.said().count("sent") >= point, whom=producer)
            time.sleep(dice.uniform(0.0, 0.05))
            sending = producer.running
            _restart(broker)
            producer.done()
            again = producer.said().count("again")
            member(broker, folder, "trial", follow=False).done()
            kept = _good(sent, folder)
        return {"kills": int(sending), "replays": 1, "flushes_tried_again": again, **kept.figures()}

    outcomes = trials.each(runs, trial, question={"turns": turns})
    return {"runs": runs, **summed(outcomes)}


def broker_consuming(trials: Trials, runs: int, turns: int = _TURNS) -> dict[str, Any]:
    """Kill the broker while a worker follows its topics, and start it again; a worker that ends is started again."""

    def trial(number: int, dice: random.Random, folder: Path) -> Outcome:
        sent = made(turns, trials.seed, f"trial-{number}")
        archive = folder / "data" / "archive"
        with broker_in(folder / "broker") as broker:
            fill(broker, sent)
            worker = member(broker, folder, "trial")
            point = dice.randrange(turns // COMMIT_ENTRIES * _PARTS_OF_A_COMMIT)
            wait_until(lambda: len(parts(archive)) >= point, whom=worker)
            time.sleep(dice.uniform(0.0, 0.05))
            _restart(broker)
            restarts = 0
            while not everything(sent, archive, worker):
                worker, restarts = member(broker, folder, "trial"), restarts + 1
            code = worker.end()
            kept = compared(sent, archive, letters_of(broker))
        return {"kills": 1, "worker_restarts": restarts, "ended_badly": int(code != 0), **kept.figures()}

    outcomes = trials.each(runs, trial, question={"turns": turns, "commit_entries": COMMIT_ENTRIES})
    return {"runs": runs, **summed(outcomes)}


def member(broker: Broker, folder: Path, group: str, *, follow: bool = True) -> Process:
    """Start a worker as a member of a group."""
    settings = {"ingest.commit_entries": COMMIT_ENTRIES, "ingest.commit_every": 1, "kafka.consumer": FAST}
    address = f"kafka://{broker.settings.bootstrap_servers[0]}"
    following = ["--follow"] if follow else []
    command = product(folder, ["ingest", address, "--group", group, *following], settings)
    return Process.start(command, folder / "said.txt")


def everything(sent: Sent, archive: Path, *workers: Process) -> bool:
    """Wait until an archive holds as many rows as were sent; False where a worker ended before."""
    wanted = len(sent.turns) + len(sent.signals)
    return wait_until(lambda: rows_at_least(archive, wanted), whom=workers[0], pause=0.25)


def rows_at_least(archive: Path, wanted: int) -> bool:
    """Whether readers find so many records by now."""
    import duckdb

    from streams.archive import Archive

    if not parts(archive):
        return False
    opened = Archive(archive)
    with duckdb.connect() as connection:
        found = [
            int(rows.aggregate("count(*)").fetchall()[0][0])
            for rows in (opened.turns(connection), opened.signals(connection))
        ]
    return sum(found) >= wanted


def _good(sent: Sent, folder: Path) -> Kept:
    """Compare the good records; a producer of records sends no junk."""
    return compared(Sent(sent.turns, sent.signals, ()), folder / "data" / "archive")


def _batches(turns: int) -> int:
    from evaluation.durability.producing import BATCH

    return max(1, turns // BATCH)


def _restart(broker: Broker) -> None:
    broker.kill()
    time.sleep(_AWAY)
    broker.start()
