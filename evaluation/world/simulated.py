"""Simulated days as a log, like those of the corpora."""

from evaluation.corpora import CorpusLog
from selflearn.steps import Step
from simulator.simulation import Simulation
from simulator.world import World
from streams.records import Signal, Turn
from streams.truth import Truth

__all__ = ["simulated_log"]


def simulated_log(
    world: World, seed: int, *, customers: int | None = None, days: int | None = None, step: Step
) -> CorpusLog:
    """Live through the days of a world, with no product in it.

    Parameters
    ----------
    world
        Which.
    seed
        Of all chance.
    customers, days
        How many; None: as the world says.
    step
        Told of the progress.
    """
    simulation = Simulation(world, seed, customers=customers, days=days)
    turns: list[Turn] = []
    signals: list[Signal] = []
    truths: dict[str, Truth] = {}
    last = world.file.days if days is None else days
    for number in range(last):
        step(f"day {number + 1} of {last}", number / last)
        day = simulation.day(number)
        turns += day.turns
        signals += day.signals
        truths |= {truth.turn_id: truth for truth in day.truths}
    return CorpusLog(tuple(turns), tuple(signals), truths)
