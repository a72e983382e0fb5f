"""Decisions as lines that anyone can score: {"turn_id": …, "rewrite": … or null}."""

from collections.abc import Iterable
from pathlib import Path

import orjson

from evaluation.errors import CannotWrite
from evaluation.metrics import Decided

__all__ = ["write_decisions"]


def write_decisions(decisions: Iterable[Decided], path: Path) -> None:
    """Write one line for every decision, those to leave a turn alone included.

    Raises
    ------
    CannotWrite
        If the file cannot be written; then what was there before is still there.
    """
    beside = path.with_name(f".{path.name}.part")
    try:
        with beside.open("wb") as lines:
            for decision in decisions:
                line = {
                    "turn_id": decision.turn_id,
                    "rewrite": decision.rewrite,
                    "win_probability": decision.win_probability,
                }
                lines.write(orjson.dumps(line) + b"\n")
        beside.replace(path)
    except OSError as fault:
        beside.unlink(missing_ok=True)
        raise CannotWrite(f"{path}: {fault}") from fault
