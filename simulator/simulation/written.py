"""One turn of a log that was written earlier, and the world that it is of."""

from pathlib import Path
from typing import Any, NamedTuple

import orjson

from simulator.errors import NoSimulation, OtherSimulation, UnknownTurn
from simulator.simulation.writing import MEMORY
from simulator.world import World, load_world
from streams.records import Turn
from streams.truth import Truth

__all__ = ["WrittenTurn", "world_of", "written_turn"]


class WrittenTurn(NamedTuple):
    """A turn as it was written.

    Attributes
    ----------
    world
        That of the simulation.
    turn
        What was logged.
    truth
        What really happened.
    """

    world: World
    turn: Turn
    truth: Truth


def written_turn(
    log: Path, turn_id: str, *, truth: Path | None = None, world: str | None = None
) -> WrittenTurn:
    """Find a turn in a folder that `write` has written.

    Parameters
    ----------
    log
        The folder.
    turn_id
        Which turn.
    truth
        Where the truth was written; None: in `truth` of the log.
    world
        The world's file, where it is not a shipped one.

    Raises
    ------
    NoSimulation
        The folder, or that of the truth, is not one that a simulation has written.
    OtherSimulation
        It is one of another world, or of this one as it was before.
    UnknownTurn
        No turn has this id.
    """
    lived, apart = world_of(log, truth=truth, world=world)
    told = _line(apart, turn_id)
    noted = _line(log / Turn.topic, turn_id)
    if told is None or noted is None:
        raise UnknownTurn(turn_id, log)
    return WrittenTurn(lived, Turn.model_validate_json(noted), Truth.model_validate_json(told))


def world_of(log: Path, *, truth: Path | None = None, world: str | None = None) -> tuple[World, Path]:
    """Give the world of a written log, and the folder of its truth; parameters and errors as of `written_turn`."""
    about = _about(log)
    lived = load_world(world or str(about["world"]))
    if lived.digest != about["digest"]:
        raise OtherSimulation(
            log, f"holds another world than this {lived.file.name}: name its file as it was, with --world"
        )
    apart = truth or log / "truth"
    if not apart.is_dir():
        raise NoSimulation(apart, "is no folder: where the truth was written is told with --truth")
    return lived, apart


def _about(log: Path) -> dict[str, Any]:
    try:
        about: dict[str, Any] = orjson.loads((log / MEMORY).read_bytes())
    except (OSError, orjson.JSONDecodeError) as fault:
        raise NoSimulation(log, "is no folder that selflearn simulate has written") from fault
    return about


def _line(folder: Path, turn_id: str) -> bytes | None:
    """Find the line of a turn; most lines need not be parsed for that."""
    mark = orjson.dumps(turn_id)
    for path in sorted(folder.glob("*.jsonl")):
        with path.open("rb") as file:
            for line in file:
                if mark in line and orjson.loads(line)["turn_id"] == turn_id:
                    return line
    return None
