"""What is asked of a rewriter and what it answers: the same over HTTP and in Python."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from streams.records import Interpretation

__all__ = ["Context", "Hypothesis", "RewriteAnswer", "RewriteRequest"]

_Text = Annotated[str, StringConstraints(max_length=8_000)]
_Id = Annotated[str, StringConstraints(min_length=1, max_length=512)]


class _Asked(BaseModel):
    # A misspelt field would silently change the answer, so it is refused.
    model_config = ConfigDict(extra="forbid", frozen=True)


class Context(_Asked):
    """What the assistant had said before the request."""

    asked: _Id | None = Field(
        default=None, description="Name of the slot that the assistant had asked for.", examples=["room"]
    )
    prompt: _Text | None = Field(
        default=None, description="What the assistant had said.", examples=["In which room?"]
    )


class Hypothesis(_Asked):
    """One thing that the recogniser may have heard."""

    text: _Text
    score: float | None = Field(default=None, allow_inf_nan=False)


class RewriteRequest(_Asked):
    """A request that an NLU pipeline is about to parse."""

    utterance: _Text = Field(
        description="The request: the recogniser's best hypothesis, or the text typed.",
        examples=["play maj and dragons"],
    )
    customer_id: _Id | None = None
    device_id: _Id | None = None
    tenant_id: _Id = Field(default="default", description="Whose table answers.")
    context: Context | None = None
    asr: tuple[Hypothesis, ...] = Field(
        default=(), max_length=100, description="ASR n-best, best first; scores compare within it only."
    )
    request_id: _Id | None = Field(
        default=None, description="Made where it is not given. The turn that results echoes it."
    )


class RewriteAnswer(BaseModel):
    """What to parse instead, or null where the request is best left as it is."""

    model_config = ConfigDict(frozen=True)

    request_id: str = Field(description="To be echoed in the turn's `rewrite.request_id`.")
    rewrite: str | None = Field(description="What to say to the NLU instead; null: leave the request alone.")
    interpretation: Interpretation | None = Field(
        description="What the NLU is known to make of the rewrite, for those who want to skip it."
    )
    source: str | None = Field(description="What brought the rewrite: `table`, or `emission`.")
    win_probability: float | None = Field(
        description="Probability that a request that would have failed succeeds with the rewrite."
    )
    table_version: str = Field(description="The table that the whole answer was made from.")
