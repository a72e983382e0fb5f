"""What is asked of a rewriter and what it answers: the same over HTTP and in Python."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, Strict, StringConstraints

from streams.records import Interpretation

__all__ = [
    "Context",
    "Feedback",
    "FeedbackAnswer",
    "Hypothesis",
    "Outcome",
    "Parsed",
    "ParsedSlot",
    "RewriteAnswer",
    "RewriteRequest",
    "Verdict",
]

_Text = Annotated[str, StringConstraints(max_length=8_000)]
_Id = Annotated[str, StringConstraints(min_length=1, max_length=512)]


def _written(value: object) -> object:
    """Refuse numbers, which could be seconds or milliseconds since whenever."""
    if isinstance(value, datetime) or (
        isinstance(value, str) and value[:4].isdecimal() and value[4:5] == "-"
    ):
        return value
    raise ValueError("write a time as 2026-01-02T03:04:05Z (ISO 8601, with its zone)")


_Moment = Annotated[AwareDatetime, BeforeValidator(_written)]
#: Neither true nor "1", which Python would take for numbers.
_Number = Annotated[float, Strict()]


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
    score: _Number | None = Field(default=None, allow_inf_nan=False)


class ParsedSlot(_Asked):
    """A named value, as the NLU understood it."""

    model_config = ConfigDict(from_attributes=True)

    name: _Text
    value: _Text


class Parsed(_Asked):
    """What the NLU made of a request; a record's `Interpretation` will do."""

    model_config = ConfigDict(from_attributes=True)

    domain: _Text | None = None
    intent: _Text | None = Field(default=None, description="None where the NLU found no request.")
    slots: tuple[ParsedSlot, ...] = Field(default=(), max_length=100)
    confidence: _Number | None = Field(default=None, ge=0, le=1)


class RewriteRequest(_Asked):
    """A request that an NLU pipeline is about to parse."""

    utterance: _Text = Field(
        description="The request: the recogniser's best hypothesis, or the text typed.",
        examples=["play maj and dragons"],
    )
    customer_id: _Id | None = None
    device_id: _Id | None = None
    tenant_id: _Id | None = Field(
        default=None, description="Whose table answers; where it is not given, the one of who asks."
    )
    context: Context | None = None
    asr: tuple[Hypothesis, ...] = Field(
        default=(), max_length=100, description="ASR n-best, best first; scores compare within it only."
    )
    interpretation: Parsed | None = Field(
        default=None,
        description="What the NLU makes of the request, where it has parsed it already. An intent that is never "
        "rewritten is then left alone, whatever the table says.",
    )
    request_id: _Id | None = Field(
        default=None,
        description="Made where it is not given. The turn that results echoes it. Of requests with the same id, "
        "the newest counts.",
    )


class Outcome(StrEnum):
    """What came of a request. All but `rewritten` leave it as it is."""

    REWRITTEN = "rewritten"
    NO_REWRITE = "no_rewrite"
    REWRITING_OFF = "rewriting_off"
    NEVER_REWRITTEN = "never_rewritten"
    BLOCKED = "blocked"
    REJECTED = "rejected"
    HELD_BACK = "held_back"
    DRY_RUN = "dry_run"


class RewriteAnswer(BaseModel):
    """What to parse instead, or null where the request is best left as it is."""

    model_config = ConfigDict(frozen=True)

    request_id: str = Field(description="To be echoed in the turn's `rewrite.request_id`.")
    outcome: Outcome = Field(
        description="What came of the request; `rewrite` is null unless it is `rewritten`. GET "
        "/v1/decisions/{request_id} says why."
    )
    rewrite: str | None = Field(description="What to say to the NLU instead; null: leave the request alone.")
    interpretation: Interpretation | None = Field(
        description="What the NLU is known to make of the rewrite, for those who want to skip it."
    )
    source: str | None = Field(description="What brought the rewrite: `table`, `template` or `emission`.")
    win_probability: float | None = Field(
        description="Probability that a request that would have failed succeeds with the rewrite."
    )
    table_version: str = Field(description="The table that the whole answer was made from.")


class Verdict(StrEnum):
    """What a customer said to a rewrite."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"


class Feedback(_Asked):
    """What a customer said to a rewrite that was served."""

    feedback_id: _Id = Field(
        description="Made by the sender. Sent again with the same id, feedback has no second effect."
    )
    request_id: _Id = Field(description="The id in the answer that the customer saw.")
    customer_id: _Id | None = Field(
        default=None, description="Who said it; where it is not given, the customer of the request."
    )
    tenant_id: _Id | None = Field(default=None, description="Where it is not given, the one of who asks.")
    verdict: Verdict = Field(
        description="`rejected`: this rewrite is not used for this customer again, from the next request on; "
        "`accepted` takes a rejection back."
    )
    turn_id: _Id | None = Field(
        default=None, description="The turn that resulted; with it, the feedback is kept as a signal too."
    )
    time: _Moment | None = Field(default=None, description="When it was said; default: now.")


class FeedbackAnswer(BaseModel):
    """Feedback was taken."""

    feedback_id: str
    repeated: bool = Field(description="Whether it had been taken before; then nothing changed.")
