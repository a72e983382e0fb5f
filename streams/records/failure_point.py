"""The FailurePoint record: which component failed first beyond recovery."""

from enum import StrEnum
from typing import ClassVar

from pydantic import Field

from streams.records.base import Identifier, Probability, Record, Time

__all__ = ["FailurePoint", "Stage"]


class Stage(StrEnum):
    """The stages of an assistant in order, and the verdict that none of them failed."""

    FALSE_WAKE = "false_wake"
    ASR = "asr"
    NLU = "nlu"
    ENTITY = "entity"
    RESULT = "result"
    CORRECT = "correct"


class FailurePoint(Record):
    """Verdict on a turn: the earliest stage from which on every stage's output is wrong."""

    topic: ClassVar[str] = "selflearn.failure-points"

    turn_id: Identifier
    customer_id: Identifier | None = None
    time: Time
    stage: Stage
    unsupported: bool = Field(default=False, description="Nobody could have served the request; no defect.")
    probabilities: dict[Stage, Probability] = Field(default_factory=dict)
    model_version: str | None = None
