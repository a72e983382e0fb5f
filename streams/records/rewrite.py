"""The Rewrite record: an entry of a rewrite table, or a candidate for one."""

from typing import ClassVar

from pydantic import Field

from streams.records.base import Identifier, Part, Probability, Record, Time
from streams.records.interpretation import Interpretation

__all__ = ["Evidence", "Rewrite"]


class Evidence(Part):
    """Why a rewrite was believed."""

    turns: int = Field(ge=0, description="Turns that speak for it.")
    customers: int = Field(ge=0, description="Customers behind them, each home counted once.")
    source_success: Probability = Field(description="Mean P(success) of the source request as it is.")
    target_success: Probability = Field(description="Mean P(success) of the target request.")
    improvement_low: float = Field(description="Credible lower bound on the gain in P(success).")
    turn_ids: tuple[Identifier, ...] = Field(
        default=(), description="Some of the turns, for a person to read."
    )


class Rewrite(Record):
    """A request and the better request to put in its place."""

    topic: ClassVar[str] = "selflearn.rewrites"

    rewrite_id: Identifier
    source: str = Field(description="The request, as streams.text.normalise leaves it.")
    asked: str | None = Field(
        default=None, description="Slot that the assistant had asked for; part of the key."
    )
    target: str = Field(description="What to say instead.")
    interpretation: Interpretation | None = Field(
        default=None, description="What the NLU makes of the target."
    )
    win_probability: Probability
    evidence: Evidence
    miner: str = Field(description="What found it: chain, rephrases, …")
    table_version: str | None = None
    time: Time
    blocked: str | None = Field(default=None, description="Why it must not be served; None where it may.")
