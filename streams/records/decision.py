"""The Decision record: why a request was rewritten, or not."""

from typing import ClassVar

from pydantic import Field

from streams.records.base import Identifier, Part, Probability, Record, Time
from streams.records.interpretation import Interpretation
from streams.records.turn import DialogueContext

__all__ = ["Candidate", "Decision"]


class Candidate(Part):
    """One rewrite that was considered."""

    utterance: str
    interpretation: Interpretation | None = None
    source: str = Field(description="The strategy that brought it: table, …")
    win_probability: Probability | None = None
    propensity: Probability | None = Field(default=None, description="Probability that it was shown.")
    rewrite_id: Identifier | None = None
    refused: str | None = Field(default=None, description="Why it could not be chosen; None where it could.")


class Decision(Record):
    """One rewrite request and its answer. The turn echoes `request_id`."""

    topic: ClassVar[str] = "selflearn.decisions"

    request_id: Identifier
    time: Time
    utterance: str
    customer_id: Identifier | None = None
    device_id: Identifier | None = None
    context: DialogueContext | None = None
    candidates: tuple[Candidate, ...] = ()
    chosen: int | None = Field(default=None, ge=0, description="Index into candidates; None: left alone.")
    applied: bool = Field(default=True, description="False in a dry run and for held-back traffic.")
    outcome: str | None = Field(
        default=None,
        description="What came of it: rewritten, no_rewrite, rejected, …; None: not written down.",
    )
    because: str | None = Field(
        default=None,
        description="What kept the rewrite from being applied, in words: which switch or rejection, whose and when.",
    )
    features: str | None = Field(default=None, description="Reference to the features that were seen.")
    versions: dict[str, str] = Field(default_factory=dict)
    arms: dict[str, str] = Field(default_factory=dict, description="Experiment name to arm.")
