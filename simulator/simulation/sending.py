"""Days of a world to Kafka."""

from datetime import timedelta
from pathlib import Path

from selflearn.steps import Step
from simulator.simulation.lines import fields_of, line_of
from simulator.simulation.simulation import Simulation
from simulator.simulation.writing import Written, put
from streams.sinks.base import Sink

__all__ = ["send"]


def send(
    simulation: Simulation,
    sink: Sink,
    *,
    truth: Path | None = None,
    step: Step = lambda what, share: None,
) -> Written:
    """Send turns and signals day by day, keyed by customer; the truth, if it is wanted, goes to files.

    Parameters
    ----------
    simulation
        Its days that are left.
    sink
        Where they go.
    truth
        Folder for `DATE.jsonl`; None: the truth is not written. It is never on a topic.
    step
        Told what is going on.

    Raises
    ------
    SinkError
        Not everything reached its place.
    CannotWriteHere
        The truth's folder cannot be written to.
    """
    written = Written()
    for day in simulation:
        sink.write(day.turns)
        sink.write(day.signals)
        sink.flush()
        if truth is not None:
            name = f"{simulation.world.file.first_day + timedelta(days=day.number)}.jsonl"
            put(truth, name, [("", "", line_of(fields_of(one))) for one in day.truths])
        written.days += 1
        written.turns += len(day.turns)
        written.signals += len(day.signals)
        written.defects += sum(bool(one.defect) for one in day.truths)
        done = day.number + 1
        step(f"day {done} of {simulation.days}, {written.turns} turns", done / simulation.days)
    return written
