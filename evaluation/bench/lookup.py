"""Rewrites served over HTTP, against a bare endpoint under the same load, and looked up in process."""

import json
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from pydantic import JsonValue

from evaluation.bench.load import Load
from evaluation.bench.rounds import Round, compared
from evaluation.bench.servers import Server, serving
from evaluation.errors import BenchFailed
from rewrite_offline.table import RewriteQuery, Table, publish
from selflearn.messages import RewriteRequest
from selflearn.rewriter import Rewriter
from streams.records import Evidence, Interpretation, Rewrite, Slot

__all__ = ["measure_lookup"]

_ASKED = 20_000

#: Servers know a new key after a second.
_HEED = 2.0


def measure_lookup(
    *,
    entries: int,
    seconds: float,
    rounds: int,
    connections: int,
    seed: int,
    folder: Path,
    step: Callable[[str, float | None], None],
) -> dict[str, JsonValue]:
    """Serve a table of generated entries, and ask for what it holds.

    Every request is a hit, the dearest case. The servers are processes of their own with the same loop and parser;
    so is the load. Each of many short rounds asks them one after the other, beginning with another one, so that a
    disturbance of the machine meets all; and what a server's answers take of the processor is measured beside, which a
    busy machine hardly touches.

    Parameters
    ----------
    entries
        Of the table.
    seconds, rounds, connections
        Of each run under load.
    seed
        Of the table and of what is asked.
    folder
        Where the table is kept; one of the same size and seed is used again.
    step
        Told what is going on.

    Returns
    -------
    dict
        What `evaluation.bench.rounds.compared` says of the rounds;
        `in_process_us` (a lookup in the table), `rewriter_us` (the whole answer, in process, decisions recorded),
        `resident_mb` (of the server after the load), `answers_per_second`.

    Raises
    ------
    BenchFailed
        A server did not come up, or an answer was not 200.
    """
    root = _table(entries, seed, folder, step)
    sources = [
        source_of(number) for number in random.Random(seed).sample(range(entries), min(_ASKED, entries))
    ]
    step("looking up in process", None)
    answer: dict[str, JsonValue] = {
        "entries": entries,
        "seed": seed,
        "table_content": Table.open(root).manifest.content,
        "in_process_us": _in_process(root, sources),
        "rewriter_us": _rewriter(root, sources, folder),
    }
    bodies = [
        json.dumps({"utterance": source, "customer_id": f"c{i % 997}"}) for i, source in enumerate(sources)
    ]
    with (
        serving([sys.executable, "-m", "evaluation.bench.bare"], folder / "bare.log") as bare,
        _product(folder, folder / "open", open_to_all=True) as served,
        _product(folder, folder / "unrecorded", open_to_all=True, record=False) as unrecorded,
        _product(folder, folder / "keys", open_to_all=False) as keyed,
    ):
        servers = {
            "bare": bare, "served": served, "unrecorded": unrecorded, "with_key": keyed, "with_rate": keyed,
        }  # fmt: skip
        headers = {
            "with_key": _key(folder / "keys"),
            "with_rate": _key(folder / "keys", "--rate", "1000000/second"),
        }
        done: dict[str, list[Round]] = {name: [] for name in servers}
        names = list(servers)
        time.sleep(_HEED)
        for number in range(rounds + 1):
            first = number % len(names)
            for name in names[first:] + names[:first]:
                step(f"asking {name}", number / (rounds + 1))
                server = servers[name]
                before = server.cpu_seconds()
                load = _load(server.port, bodies, headers.get(name, ()), seconds, connections, folder)
                if number:  # the first round warms up
                    done[name].append(Round(load, server.cpu_seconds() - before))
        answer |= compared(done, seed)
        answer["resident_mb"] = served.resident_mb()
        answer["bare_resident_mb"] = bare.resident_mb()
    return answer


def source_of(number: int) -> str:
    """Return the source text of an entry: as long as requests are."""
    return f"play song {number * 7919 % 1_000_003} by artist {number} in the kitchen"


def _table(entries: int, seed: int, folder: Path, step: Callable[[str, float | None], None]) -> Path:
    root = folder / f"table-{entries}-{seed}"
    if not (root / "current").is_file():
        step(f"publishing {entries} entries", None)
        publish(_entries(entries), root, made_from={"bench": "lookup", "seed": seed})
    return root


def _entries(count: int) -> Iterator[Rewrite]:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    evidence = Evidence(
        turns=12, customers=7, source_success=0.2, target_success=0.8, improvement_low=0.3,
        turn_ids=("t1", "t2", "t3"),
    )  # fmt: skip
    for number in range(count):
        source = source_of(number)
        yield Rewrite(
            rewrite_id=f"r{number}",
            source=source,
            target=f"play the song {number} by the artist {number}",
            interpretation=Interpretation(
                domain="music",
                intent="play",
                slots=(
                    Slot(name="song", value=f"song {number}"),
                    Slot(name="artist", value=f"artist {number}"),
                ),
            ),
            win_probability=0.9,
            evidence=evidence,
            miner="chain",
            time=moment,
        )


def _in_process(root: Path, sources: Sequence[str]) -> float:
    """Microseconds of a lookup: the median of batches, each text asked once a pass."""
    table = Table.open(root)
    queries = [RewriteQuery(source) for source in sources]
    return _microseconds(lambda number: table.find(queries[number]), len(queries))


def _rewriter(root: Path, sources: Sequence[str], folder: Path) -> float:
    from selflearn.decisions import DecisionFiles, DecisionLog

    log = DecisionLog(DecisionFiles(folder / "decisions-in-process"), capacity=10 * len(sources))
    rewriter = Rewriter(Table.open(root), decisions=log)
    requests = [RewriteRequest(utterance=source, customer_id="c") for source in sources]
    try:
        return _microseconds(lambda number: rewriter.rewrite(requests[number]), len(requests))
    finally:
        rewriter.close()


def _microseconds(work: Callable[[int], object], count: int, batch: int = 1000) -> float:
    for number in range(count):  # pages of the table come into memory
        work(number)
    took = []
    for start in range(0, count - batch + 1, batch):
        began = time.perf_counter()
        for number in range(start, start + batch):
            work(number)
        took.append((time.perf_counter() - began) / batch)
    return 1e6 * median(took)


def _load(
    port: int, bodies: Sequence[str], headers: Sequence[str], seconds: float, connections: int, folder: Path
) -> Load:
    wanted = folder / "load.json"
    wanted.write_text(
        json.dumps(
            {"port": port, "path": "/v1/rewrite", "bodies": bodies, "headers": headers, "seconds": seconds,
             "connections": connections}
        ),
        encoding="utf-8",
    )  # fmt: skip
    command = [sys.executable, "-m", "evaluation.bench.load", str(wanted)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise BenchFailed(command, done.returncode, done.stderr[-2000:])
    return Load(**json.loads(done.stdout))


@contextmanager
def _product(folder: Path, data: Path, *, open_to_all: bool, record: bool = True) -> Iterator[Server]:
    tables = sorted(folder.glob("table-*"))
    data.mkdir(exist_ok=True)
    if not (data / "table").is_symlink():
        (data / "table").symlink_to(tables[-1].resolve(), target_is_directory=True)
    command = [
        sys.executable, "-m", "selflearn.cli", "--data-folder", str(data), "--set", f"access.open={_toml(open_to_all)}",
        "--set", f"decisions.keep={_toml(record)}", "serve", "--port",
    ]  # fmt: skip
    with serving(command, data / "serve.log") as server:
        yield server


def _key(data: Path, *rate: str) -> tuple[str, ...]:
    """Make a key, and give the header that sends it."""
    command = [
        sys.executable, "-m", "selflearn.cli", "--data-folder", str(data), "keys", "make", "--tenant", "default",
        "--scope", "rewrite", *rate, "--json",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise BenchFailed(command, done.returncode, done.stderr[-2000:])
    return (f"authorization: Bearer {json.loads(done.stdout)['key']}",)


def _toml(value: bool) -> str:
    return "true" if value else "false"
