"""What the emission model may be told."""

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["EmissionSettings"]


class EmissionSettings(BaseModel):
    """Settings of the model that rewrites requests nobody has counted; the defaults serve most logs.

    | setting | default | what it does |
    | --- | --- | --- |
    | `min_win_loss` | 1 | a request is rewritten where the expected win exceeds the expected loss this many times |
    | `min_win` | 0 | … and wins at least this probably |
    | `min_turns` | 1000 | understood turns that a log must have, or there is no model |
    | `max_turns` | 30 000 | turns to learn from at most: those of the customers with the smallest hashes |
    | `max_features` | 30 000 | features, and runs of words, at most: those of most customers |
    | `max_items` | 400 | intents, slots and values at most: those of most customers |
    | `epochs` | 6 | passes over the turns |
    | `seed` | 0 | of the order in which turns are learned from |
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    min_win_loss: float = Field(default=1.0, gt=0)
    min_win: float = Field(default=0.0, ge=0, lt=1)
    min_turns: int = Field(default=1000, ge=1)
    max_turns: int = Field(default=30_000, ge=1)
    max_features: int = Field(default=30_000, ge=1)
    max_items: int = Field(default=400, ge=1)
    epochs: int = Field(default=6, ge=1)
    seed: int = Field(default=0, ge=0)
