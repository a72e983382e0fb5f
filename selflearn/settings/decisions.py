"""The settings of the log of decisions."""

from pydantic import Field

from selflearn.settings.section import Section

__all__ = ["DecisionSettings"]


class DecisionSettings(Section):
    """The log of decisions."""

    keep: bool = Field(default=True, description="Whether servers write a Decision for every request.")
    capacity: int = Field(
        default=10_000, ge=1, description="Decisions that may wait before some are dropped."
    )
