"""What the rephrase detector may be told."""

from datetime import timedelta

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["RephraseSettings"]


class RephraseSettings(BaseModel):
    """Settings of contextual rephrase detection.

    | setting | default | what it does |
    | --- | --- | --- |
    | `max_gap` | 1 minute | a request that comes later than this after the one it might say again is no candidate |
    | `max_candidates` | 5 | … nor is one with this many requests in between |
    | `text_tokens` | 24 | a request or an answer is read up to this many tokens |
    | `window` | 512 | a sequence has at most this many tokens; it is cut by whole turns, nearest first |
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    max_gap: timedelta = Field(
        default=timedelta(minutes=1), gt=timedelta(0), description="Later requests are no candidates."
    )
    max_candidates: int = Field(default=5, ge=1, le=32, description="Later requests looked at, at most.")
    text_tokens: int = Field(default=24, ge=4, description="Tokens of one request or answer, at most.")
    window: int = Field(default=512, ge=16, description="Tokens of a sequence, at most.")
