"""The Truth record: what really happened. Only `simulator/` and `evaluation/` may import this module."""

from typing import ClassVar

from pydantic import Field, JsonValue

from streams.records.base import Identifier, Record
from streams.records.failure_point import Stage
from streams.records.interpretation import Interpretation
from streams.records.turn import EntityResolution

__all__ = ["Truth"]


class Truth(Record):
    """What was said, what was meant and how it ended, for one turn. Files only; never on a topic."""

    topic: ClassVar[str] = "truth"

    turn_id: Identifier
    customer_id: Identifier | None = None
    transcription: str | None = None
    speech: bool = Field(default=True, description="Whether somebody spoke to the assistant.")
    interpretation: Interpretation | None = Field(default=None, description="The right one.")
    defect: bool | None = Field(default=None, description="The request was not met.")
    failure_point: Stage | None = None
    unsupported: bool = False
    goal_id: Identifier | None = None
    goal_success: bool | None = None
    rephrases: tuple[Identifier, ...] = Field(default=(), description="Later turns that say the same again.")
    best_rephrase: Identifier | None = Field(
        default=None, description="The first of them that was understood."
    )
    entities: tuple[EntityResolution, ...] = Field(default=(), description="What was really meant.")
    right: dict[str, JsonValue] = Field(
        default_factory=dict, description="What each stage should have put out, by stage."
    )
    wrong: tuple[str, ...] = Field(
        default=(), description="The stages whose output was wrong, whosever fault it was, in their order."
    )
    situation: dict[str, JsonValue] = Field(
        default_factory=dict,
        description="What else decided: enough to tell what would have happened with another text.",
    )
    defect_without_rewrite: bool | None = Field(
        default=None,
        description="Where a rewrite was applied: how the same turn would have ended without it.",
    )
