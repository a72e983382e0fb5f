"""Days of a world as files."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson

from selflearn.steps import Step
from simulator.errors import CannotWriteHere, OtherSimulation, TruthInLog
from simulator.simulation.shards import Lines, lived
from simulator.world import World
from streams.files import written_beside
from streams.records import Signal, Turn
from streams.truth import Truth

__all__ = ["MEMORY", "Written", "put", "write"]

#: Raised with whatever changes the bytes that a world and seed give.
_EDITION = 2
#: Hidden, so that who reads the log does not take it for a part of it.
MEMORY = Path(".simulation") / "memory.json"


@dataclass(slots=True)
class Written:
    """What was written in all.

    Attributes
    ----------
    days
        Days written now; those that were there are not among them.
    turns, signals, defects
        How many.
    """

    days: int = 0
    turns: int = 0
    signals: int = 0
    defects: int = 0


def write(
    world: World,
    seed: int,
    customers: int,
    days: int,
    out: Path,
    *,
    truth: Path | None = None,
    processes: int = 1,
    step: Step = lambda what, share: None,
) -> Written:
    """Write days as files; those that an earlier run has written are left as they are.

    A day is `dialogue.turns/DATE.jsonl`, `dialogue.signals/DATE.jsonl` and, apart, `DATE.jsonl` in `truth`, each
    there whole or not at all. What people remember from day to day is in a hidden file, so that a later run goes
    on where this one ended.

    Parameters
    ----------
    world, seed, customers, days
        As of `Simulation`.
    out
        Folder of the log; `selflearn ingest` reads it.
    truth
        Folder of what really happened; None: it is not written.
    processes
        On how many to share the homes; the bytes are the same.
    step
        Told what is going on.

    Raises
    ------
    OtherSimulation
        The folder holds days of another world, seed or number of customers, or a log of something else.
    TruthInLog
        The truth would be read as a part of the log.
    CannotWriteHere
        A folder cannot be made or written to.
    """
    about = {
        "edition": _EDITION,
        "world": world.file.name,
        "digest": world.digest,
        "seed": seed,
        "customers": customers,
    }
    written = Written()
    if truth is not None:
        _keep_apart(truth, out)
    with _writing(out):
        memory = _begun(out, about)
        if memory is None:  # from now on what is in the folder is ours, though no day may be whole
            _keep(out, {**about, "memory": {"next_day": 0, "homes": {}}})
    if truth is not None:
        with _writing(truth):
            truth.mkdir(parents=True, exist_ok=True)
    if memory is not None and int(memory["next_day"]) >= days:
        return written
    step("training the assistant", None)
    for day in lived(world, seed, customers, days, memory, processes):
        name = f"{world.file.first_day + timedelta(days=day.number)}.jsonl"
        put(out / Turn.topic, name, day.turns)
        put(out / Signal.topic, name, day.signals)
        if truth is not None:
            put(truth, name, day.truths)
        # Last: a run that is killed before this lives the day again, to the same bytes.
        with _writing(out):
            _keep(out, {**about, "memory": day.memory})
        written.days += 1
        written.turns += len(day.turns)
        written.signals += len(day.signals)
        written.defects += day.defects
        step(f"day {day.number + 1} of {days}, {written.turns} turns", (day.number + 1) / days)
    return written


def _keep(out: Path, kept: dict[str, Any]) -> None:
    with written_beside(out / MEMORY) as beside:
        beside.write_bytes(orjson.dumps(kept))


def _keep_apart(truth: Path, out: Path) -> None:
    """See to it that who reads the log does not read the truth (streams.sources.FolderSource)."""
    where, log = truth.resolve(), out.resolve()
    if where.is_relative_to(log):
        names = where.relative_to(log).parts
        if not any(name == Truth.topic or name.startswith(".") for name in names):
            raise TruthInLog(truth, out)


def put(folder: Path, name: str, lines: Lines) -> None:
    """Write lines to a file that is there whole or not at all.

    Raises
    ------
    CannotWriteHere
        It cannot be written.
    """
    with _writing(folder), written_beside(folder / name) as beside, beside.open("wb") as file:
        file.writelines(line for _, _, line in lines)


def _begun(out: Path, about: dict[str, Any]) -> dict[str, Any] | None:
    """Read how far an earlier run came; refuse to mix two logs."""
    kept = out / MEMORY
    if not kept.is_file():
        kept.parent.mkdir(parents=True, exist_ok=True)
        strange = next((path.name for path in sorted(out.iterdir()) if not path.name.startswith(".")), None)
        if strange is not None:
            raise OtherSimulation(
                out, f"holds {strange}, which no simulation has written; take an empty folder"
            )
        return None
    found = orjson.loads(kept.read_bytes())
    for name, value in about.items():
        if found.get(name) != value:
            raise OtherSimulation(
                out,
                f"holds a simulation of another {'world' if name == 'digest' else name} "
                f"({found.get('world')}, seed {found.get('seed')}, {found.get('customers')} customers); "
                "take another folder, or remove it",
            )
    memory: dict[str, Any] = found["memory"]
    return memory


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as fault:
        raise CannotWriteHere(folder, fault) from fault
