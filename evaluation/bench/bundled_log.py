"""The quickstart's log, which every installation has, for benchmarks that need one."""

import gzip
from importlib.resources import files
from typing import TypeVar

from streams.records import Record, Signal, Turn
from streams.sessions import Session, SessionSettings, sessions_of

__all__ = ["bundled", "bundled_sessions"]

_R = TypeVar("_R", bound=Record)


def bundled(kind: type[_R]) -> list[_R]:
    """Read the records of a kind, in the order of the log."""
    log = files("selflearn.quickstart") / "household" / f"{kind.topic}.jsonl.gz"
    with log.open("rb") as packed, gzip.open(packed, "rt", encoding="utf-8") as lines:
        return [kind.model_validate_json(line) for line in lines]


def bundled_sessions() -> list[Session]:
    """Read it session by session."""
    return list(sessions_of(bundled(Turn), bundled(Signal), SessionSettings()))
