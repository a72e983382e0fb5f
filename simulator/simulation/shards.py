"""The homes of a world on one process or several: the same days, whichever lives them."""

import gc
import multiprocessing
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from multiprocessing.connection import Connection
from typing import Any

from simulator.assistant import Assistant, Trained
from simulator.errors import SimulationFailed
from simulator.simulation.lines import fields_of, line_of
from simulator.simulation.simulation import Simulation
from simulator.world import World

__all__ = ["Lines", "Lived", "lived"]

#: A record's place in its file, and its line.
Lines = list[tuple[str, str, bytes]]


@dataclass(frozen=True, slots=True)
class Lived:
    """A day as lines.

    Attributes
    ----------
    number
        From 0.
    turns, signals, truths
        With what they are sorted by.
    defects
        How many of the turns were not met.
    memory
        What must be kept to go on from here: `Simulation.to_json`.
    """

    number: int
    turns: Lines
    signals: Lines
    truths: Lines
    defects: int
    memory: dict[str, Any]


def lived(
    world: World, seed: int, customers: int, days: int, memory: dict[str, Any] | None, processes: int
) -> Iterator[Lived]:
    """Live a world's days, and give each as lines in their order.

    Parameters
    ----------
    world, seed, customers, days
        As of `Simulation`.
    memory
        What an earlier run kept; None: from the first day on.
    processes
        On how many to share the homes; it makes no difference to what they live.

    Raises
    ------
    SimulationFailed
        A process ended before its days.
    """
    if processes == 1:
        yield from _days(world, seed, customers, days, memory, 0, 1)
        return
    context = multiprocessing.get_context("spawn")
    pipes: list[Connection] = []
    tellers: list[Connection] = []
    workers = []
    try:
        for part in range(processes):
            ours, theirs = context.Pipe(duplex=False)
            told, teller = context.Pipe(duplex=False)
            arguments = (theirs, told, world, seed, customers, days, memory, part, processes)
            worker = context.Process(target=_work, args=arguments, daemon=True)
            worker.start()
            theirs.close()
            told.close()
            pipes.append(ours)
            tellers.append(teller)
            workers.append(worker)
        # While they start: it is trained once, for all.
        trained = Assistant(world).trained
        for number, teller in enumerate(tellers):
            _handed(teller, trained, number)
        begins = int(memory["next_day"]) if memory else 0
        for number in range(begins, days):
            yield _together([_received(pipe, number) for pipe in pipes])
    finally:
        for pipe in (*pipes, *tellers):
            pipe.close()
        for worker in workers:
            worker.terminate()
            worker.join()


def _received(pipe: Connection, number: int) -> Lived:
    try:
        found = pipe.recv()
    except EOFError as fault:
        raise SimulationFailed(f"a process ended on day {number}; its last words are above") from fault
    assert isinstance(found, Lived)
    return found


def _handed(teller: Connection, trained: Trained, part: int) -> None:
    try:
        teller.send(trained)
    except (BrokenPipeError, ConnectionError) as fault:
        raise SimulationFailed(f"process {part} ended before its days; its last words are above") from fault


def _work(
    pipe: Connection,
    told: Connection,
    world: World,
    seed: int,
    customers: int,
    days: int,
    memory: dict[str, Any] | None,
    part: int,
    parts: int,
) -> None:
    try:
        assistant = Assistant(world, told.recv())
        for day in _days(world, seed, customers, days, memory, part, parts, assistant):
            pipe.send(day)
    except (BrokenPipeError, EOFError, KeyboardInterrupt):
        return  # nobody waits for it any more


def _days(
    world: World,
    seed: int,
    customers: int,
    days: int,
    memory: dict[str, Any] | None,
    part: int,
    parts: int,
    assistant: Assistant | None = None,
) -> Iterator[Lived]:
    simulation = Simulation(
        world,
        seed,
        customers=customers,
        days=days,
        assistant=assistant,
        homes=lambda number: number % parts == part,
    )
    if memory is not None:
        simulation.restore(memory)
    if assistant is not None:  # a process of its own, which may have its own ways
        # Days make millions of objects and no cycles: world, people and models are not looked through for them
        # again, and what is new seldom.
        gc.collect()
        gc.freeze()
        gc.set_threshold(200_000, 20, 50)
    while simulation.next_day < days:
        drafts, signals = simulation.live()
        yield Lived(
            number=simulation.next_day - 1,
            turns=[(*_place(draft.place), line_of(draft.turn)) for draft in drafts],
            signals=[(*_place((each.time, each.signal_id)), line_of(fields_of(each))) for each in signals],
            truths=[(*_place(draft.place), line_of(draft.truth())) for draft in drafts],
            defects=sum(draft.answer.defect for draft in drafts),
            memory=simulation.to_json(),
        )


def _place(place: tuple[datetime, str]) -> tuple[str, str]:
    return place[0].isoformat(timespec="milliseconds"), place[1]


def _together(parts: list[Lived]) -> Lived:
    homes: dict[str, Any] = {}
    for part in parts:
        homes.update(part.memory["homes"])
    return Lived(
        number=parts[0].number,
        turns=sorted(line for part in parts for line in part.turns),
        signals=sorted(line for part in parts for line in part.signals),
        truths=sorted(line for part in parts for line in part.truths),
        defects=sum(part.defects for part in parts),
        memory={"next_day": parts[0].memory["next_day"], "homes": dict(sorted(homes.items()))},
    )
