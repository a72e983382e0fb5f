"""Two workers share a group, and one of them is killed: the other takes over what it had."""

import random
import threading
import time
from pathlib import Path
from typing import Any

from kafka import KafkaProducer

from evaluation.broker import Broker
from evaluation.durability.broker import everything, member
from evaluation.durability.kafka import broker_in, letters_of
from evaluation.durability.kept import compared, parts
from evaluation.durability.process import wait_until
from evaluation.durability.sent import Sent, made
from evaluation.durability.trials import Outcome, Trials, summed

__all__ = ["group"]

_TURNS = 3_000
#: Seconds over which the turns are sent: before, while and after a worker is killed.
_SENDING = 6.0


def group(trials: Trials, runs: int, turns: int = _TURNS) -> dict[str, Any]:
    """Kill one of two workers while turns go on coming in; the other ends in good order when all are there.

    Workers that have written part files under names of their own are known to have had partitions.
    """

    def trial(number: int, dice: random.Random, folder: Path) -> Outcome:
        sent = made(turns, trials.seed, f"trial-{number}")
        archive = folder / "data" / "archive"
        with broker_in(folder / "broker") as broker:
            workers = [member(broker, folder, "trial") for _ in range(2)]
            sending = threading.Thread(target=_send, args=(broker, sent))
            sending.start()
            try:
                both = wait_until(lambda: len(_writers(archive)) == 2, whom=workers[0])
                time.sleep(dice.uniform(0.0, 2.0))
                killed = workers.pop(dice.randrange(2)).kill()
                half_written = any(archive.rglob(".*.tmp"))
            finally:
                sending.join()
            took_over = everything(sent, archive, workers[0])
            code = workers[0].end()
            kept = compared(sent, archive, letters_of(broker))
        return {
            "kills": int(killed),
            "both_had_partitions": int(both),
            "took_over": int(took_over),
            "ended_badly": int(code != 0),
            "killed_while_writing_a_file": int(half_written),
            **kept.figures(),
        }

    outcomes = trials.each(runs, trial, question={"turns": turns})
    return {"runs": runs, **summed(outcomes)}


def _writers(archive: Path) -> set[str]:
    """Processes that have written parts: their names carry it."""
    return {part.name.split("-")[2] for part in parts(archive)}


def _send(broker: Broker, sent: Sent) -> None:
    lines = list(sent.lines())
    producer = KafkaProducer(**broker.settings.for_producer())
    began = time.monotonic()
    for number, (topic, key, raw) in enumerate(lines):
        producer.send(topic, value=raw, key=None if key is None else key.encode())
        ahead = number / len(lines) * _SENDING - (time.monotonic() - began)
        if ahead > 0.01:
            time.sleep(ahead)
    producer.flush()
    producer.close()
