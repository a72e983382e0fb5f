"""The server is asked, and killed, while the table under it is swapped: every answer is of one version."""

import http.client
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from evaluation.broker import free_port
from evaluation.durability.process import Process, product, wait_until
from evaluation.durability.publisher import generation_of, publish_generation, source_of, target_of
from evaluation.durability.trials import Outcome, Trials, summed
from rewrite_offline.table import prune

__all__ = ["serving"]

_ENTRIES = 500
_ASKERS = 4
_KEEP = 3
#: Seconds of one trial in which the server answers; it is killed at its end.
_ANSWERING = 4.0
#: Seconds from the switch of a version until a server has to answer from it: looks are 50 ms apart.
_SEEN_WITHIN = 5.0


class _Answer(NamedTuple):
    """One answer, and when it was asked for."""

    number: int
    status: int
    version: str | None
    rewrite: str | None
    asked: float


class _Published(NamedTuple):
    """One version: what generation it is, and when it had become current."""

    version: str
    generation: int
    at: float


def serving(trials: Trials, runs: int, entries: int = _ENTRIES) -> dict[str, Any]:
    """Publish generation after generation under a server that is asked all the time, and kill it in the middle.

    All entries of a generation tell which it is, and an answer names its version: both have to fit, and no
    answer may be of a version that was replaced long before it was asked for. Old versions are removed
    while servers may still read them.
    """

    def trial(number: int, dice: random.Random, folder: Path) -> Outcome:
        root = folder / "data" / "table"
        published = [_publish(root, 0, entries)]
        answers: list[_Answer] = []
        refused = Counter[str]()
        with _publishing(root, entries, published, dice):
            for _ in range(2):
                port = free_port()
                server = _server(folder, port)
                wait_until(partial(_listens, port), whom=server, pause=0.02)
                with _asking(port, entries, answers, refused):
                    time.sleep(_ANSWERING + dice.random())
                    server.kill()
        return {"kills": 2, "swaps": len(published) - 1, **refused, **_judged(answers, published)}

    outcomes = trials.each(runs, trial, question={"entries": entries})
    return {"runs": runs, **summed(outcomes)}


def _judged(answers: Sequence[_Answer], published: Sequence[_Published]) -> dict[str, int]:
    generations = {one.version: one.generation for one in published}
    replaced = {one.version: later.at for one, later in pairwise(published)}
    halves = stale = failed = 0
    for answer in answers:
        if answer.status != 200:
            failed += 1
            continue
        generation = generations.get(answer.version or "")
        whole = generation is not None and answer.rewrite == target_of(answer.number, generation)
        halves += not whole
        stale += answer.asked > replaced.get(answer.version or "", answer.asked) + _SEEN_WITHIN
    seen = {generation_of(answer.rewrite) for answer in answers if answer.rewrite is not None}
    return {
        "answers": len(answers),
        "halves": halves,
        "stale": stale,
        "failed_answers": failed,
        "versions_answered": len(seen),
    }


def _publish(root: Path, generation: int, entries: int) -> _Published:
    version = publish_generation(root, generation, entries).version
    return _Published(version, generation, time.monotonic())


@contextmanager
def _publishing(root: Path, entries: int, published: list[_Published], dice: random.Random) -> Iterator[None]:
    """Publish one generation after the other while the block runs."""
    ended, failures = threading.Event(), list[BaseException]()

    def publish_on() -> None:
        try:
            while not ended.wait(dice.uniform(0.05, 0.4)):
                published.append(_publish(root, len(published), entries))
                prune(root, _KEEP)
        except BaseException as failure:
            failures.append(failure)

    thread = threading.Thread(target=publish_on)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
    if failures:
        raise failures[0]


@contextmanager
def _asking(port: int, entries: int, answers: list[_Answer], refused: Counter[str]) -> Iterator[None]:
    """Ask from some threads, over connections that stay open, while the block runs."""
    ended = threading.Event()

    def ask_on(seed: int) -> None:
        dice = random.Random(seed)
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        while not ended.is_set():
            number = dice.randrange(entries)
            asked = time.monotonic()
            try:
                answers.append(_ask(connection, number, asked))
            except (OSError, http.client.HTTPException):
                refused["connections_refused"] += 1
                connection.close()
                time.sleep(0.02)
        connection.close()

    threads = [threading.Thread(target=ask_on, args=(seed,)) for seed in range(_ASKERS)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        time.sleep(0.1)  # … and a little into the time in which nobody answers
        ended.set()
        for thread in threads:
            thread.join()


def _ask(connection: http.client.HTTPConnection, number: int, asked: float) -> _Answer:
    body = orjson.dumps({"utterance": source_of(number), "customer_id": f"customer-{number}"})
    connection.request("POST", "/v1/rewrite", body, {"Content-Type": "application/json"})
    response = connection.getresponse()
    told = orjson.loads(response.read())
    return _Answer(number, response.status, told.get("table_version"), told.get("rewrite"), asked)


def _server(folder: Path, port: int) -> Process:
    settings = {"access.open": True, "table.check_every": 0.05, "table.keep": _KEEP}
    return Process.start(product(folder, ["serve", "--port", str(port)], settings), folder / "said.txt")


def _listens(port: int) -> bool:
    with suppress(OSError, http.client.HTTPException, ValueError):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
        try:
            return _ask(connection, 0, 0.0).status == 200
        finally:
            connection.close()
    return False
