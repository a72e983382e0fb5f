"""The Label record: supervision, whoever gave it."""

from enum import StrEnum
from typing import ClassVar

from pydantic import Field

from streams.records.base import Identifier, Probability, Record, Time
from streams.records.interpretation import Slot

__all__ = ["Label", "LabelOrigin"]


class LabelOrigin(StrEnum):
    """Who gave a label. What serves or learns by itself refuses `TRUTH`."""

    PERSON = "person"
    SIGNALS = "signals"
    LABELGEN = "labelgen"
    TRUTH = "truth"


class Label(Record):
    """What a turn meant and whether its goal was met. None: this label says nothing about it."""

    topic: ClassVar[str] = "selflearn.labels"

    label_id: Identifier
    turn_id: Identifier
    customer_id: Identifier | None = None
    time: Time
    origin: LabelOrigin
    goal_id: Identifier | None = None
    goal_success: Probability | None = None
    defect: Probability | None = None
    intent: str | None = None
    slots: tuple[Slot, ...] | None = None
    transcription: str | None = None
    rephrases: tuple[Identifier, ...] | None = Field(
        default=None, description="Later turns that say the same again; empty: none does."
    )
    best_rephrase: Identifier | None = Field(
        default=None,
        description="The first of the rephrases that was met; none of them was, where they are given.",
    )
    confidence: Probability | None = None
    model_version: str | None = None
