"""The settings of P(success)."""

from typing import Literal

from pydantic import Field

from selflearn.settings.section import Section

__all__ = ["OutcomeSettings"]


class OutcomeSettings(Section):
    """P(success) of a turn."""

    origin: Literal["given", "ratings", "signals"] = Field(
        default="given",
        description="Where the weights are from: as shipped, ratings, or the signals' agreement alone.",
    )
    ratings: Literal["turn", "session"] = Field(
        default="turn", description="Whether a rating is about its turn or about its whole session."
    )
