"""What came of each request, by the truth."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson

from evaluation.errors import CannotWrite
from simulator.simulation import Day

__all__ = ["Seen", "seen_on", "write_seen"]


@dataclass(frozen=True, slots=True)
class Seen:
    """A request in which somebody spoke and which could have been served.

    Attributes
    ----------
    text
        What was heard, before any rewrite.
    rewrite
        What the NLU got instead; None where nothing was rewritten.
    defect, defect_without
        Whether the request was not met, and whether it would not have been without the rewrite.
    met
        Whether the whole goal was, in the end.
    """

    day: int
    turn_id: str
    customer_id: str
    goal_id: str | None
    text: str
    rewrite: str | None
    defect: bool
    defect_without: bool
    met: bool

    @property
    def win(self) -> bool:
        """A rewrite made a success of a defect."""
        return self.defect_without and not self.defect

    @property
    def loss(self) -> bool:
        """A rewrite made a defect of a success."""
        return self.defect and not self.defect_without


def seen_on(day: Day, number: int) -> Iterator[Seen]:
    """Give the requests of a day, in their order."""
    truths = {truth.turn_id: truth for truth in day.truths}
    for turn in day.turns:
        truth = truths[turn.turn_id]
        if not truth.speech or truth.unsupported:
            continue
        defect = bool(truth.defect)
        rewritten = turn.rewrite is not None
        without = truth.defect_without_rewrite
        yield Seen(
            day=number,
            turn_id=turn.turn_id,
            customer_id=turn.customer_id,
            goal_id=truth.goal_id,
            text=turn.utterance if turn.rewrite is None else turn.rewrite.original_utterance,
            rewrite=turn.utterance if rewritten else None,
            defect=defect,
            defect_without=bool(without) if rewritten and without is not None else defect,
            met=bool(truth.goal_success),
        )


def write_seen(arms: Mapping[str, Iterable[Seen]], path: Path) -> None:
    """Write what came of every request, one JSON object a line, whole or not at all.

    Raises
    ------
    CannotWrite
        The file cannot be written.
    """
    beside = path.with_name(f".{path.name}.part")
    try:
        with beside.open("wb") as file:
            for arm, seen in arms.items():
                for one in seen:
                    file.write(orjson.dumps({"arm": arm, **asdict(one)}) + b"\n")
        beside.replace(path)
    except OSError as fault:
        beside.unlink(missing_ok=True)
        raise CannotWrite(f"{path}: {fault}") from fault
