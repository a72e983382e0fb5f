"""What a miner may be told."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from rewrite_offline.emission.settings import EmissionSettings

__all__ = ["MiningSettings"]


class MiningSettings(BaseModel):
    """Settings of the rewrite miner; the defaults serve a home assistant's log and a phone line's alike.

    | setting | default | what it does |
    | --- | --- | --- |
    | `min_customers` | 5 | k-anonymity: an entry needs this many customers (homes, where known) behind it |
    | `min_turns` | 5 | … and this many turns |
    | `vote_cap` | 3 | one customer's turns with the same request count as this many at most |
    | `min_ended` | 0.5 | how many of the request's votes are expected to have ended with the target's meaning |
    | `min_margin` | 0.15 | lead of the target's meaning over the next, of all customers who ended satisfied |
    | `min_win_loss` | 1 | P(win) is at least this many times P(the request succeeds as it is, in another meaning) |
    | `confidence` | 0.7 | of the credible lower bound on the improvement, which must be above zero |
    | `near_text` | 0.85 | likeness from which another request's readings are evidence too |
    | `near_weight` | 0.1 | weight of such evidence |
    | `elsewhere` | 1 | weight of what the same text is read as after another question |
    | `weaker` | 0.3 | weight of the NLU's weaker hypotheses where it found no request |
    | `pointed` | 0.8 | share of the turns without a reading that such evidence may explain |
    | `never_rewritten` | locks, … | intents that are neither rewritten nor rewritten to |
    | `giving_up` | cancel, … | what customers say who give up; it is never said instead of anything |
    | `evidence` | both | of a log that a detector read: what the `chain` says, the `detector`'s pairs, or `both` |
    | `chain_votes` | 5 | … and as how many of a request's own votes the chain's word then counts |
    | `templates` | true | learn rewrites of templates too: of a way to say things, whatever it is about |
    | `template_win_loss` | 4 | `min_win_loss` of templates, which rewrite what nobody has said yet |
    | `self_aware` | true | turns that were rewritten are evidence about their rewrites, and about nothing else |
    | `half_life` | 14 | days in which evidence about a rewrite comes to count half |
    | `min_gain` | 0.05 | how much likelier a request succeeds with a rewrite that is called better |
    | `keep_above` | 0.8 | P(better) from which a rewrite is kept, whatever the chain still finds |
    | `withdraw_below` | 0.25 | P(better) below which it is withdrawn |
    | `change` | 3 | log of the Bayes factor from which what was before a change counts no more |
    | `fade_out` | 0.5 | faded votes below which a rewrite is used by nobody any more |
    | `generalise` | true | learn a model too, for requests that too few customers made for an entry |
    | `workers` | none | processes that count; none: one for each core, but for small archives |
    | `memory_mb` | 1024 | what the database of the counts holds in memory; the rest goes to disk |
    | `emission` | | that model's own settings, see `EmissionSettings` |
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    min_customers: int = Field(default=5, ge=1)
    min_turns: int = Field(default=5, ge=1)
    vote_cap: int = Field(default=3, ge=1)
    min_ended: float = Field(default=0.5, ge=0)
    min_margin: float = Field(default=0.15, ge=0, lt=1)
    min_win_loss: float = Field(default=1.0, ge=1)
    confidence: float = Field(default=0.7, gt=0.5, lt=1)
    near_text: float = Field(default=0.85, gt=0, le=1)
    near_weight: float = Field(default=0.1, ge=0, le=1)
    elsewhere: float = Field(default=1.0, ge=0, le=1)
    weaker: float = Field(default=0.3, ge=0, le=1)
    pointed: float = Field(default=0.8, ge=0, le=1)
    never_rewritten: frozenset[str] = Field(
        default=frozenset(
            {
                *("lock", "unlock", "lock_door", "unlock_door", "arm", "disarm"),
                *("pay", "payment", "purchase", "emergency"),
            }
        ),
        description="Intents that no rewrite may touch.",
    )
    giving_up: tuple[str, ...] = Field(
        default=(
            *("cancel", "cancel that", "never mind", "nevermind"),
            *("forget it", "forget that", "forget about it"),
        ),
        description="What customers say who give up; it is never said instead of anything.",
    )
    evidence: Literal["chain", "detector", "both"] = Field(
        default="both", description="Of a log read by a rephrase detector: whose word counts."
    )
    chain_votes: float = Field(
        default=5.0,
        gt=0,
        allow_inf_nan=False,
        description="As how many of a request's own votes the chain's word counts beside the detector's pairs.",
    )
    templates: bool = Field(default=True, description="Learn rewrites of templates too.")
    template_win_loss: float = Field(
        default=4.0, ge=1, description="`min_win_loss` of templates, which rewrite what nobody has said yet."
    )
    self_aware: bool = Field(
        default=True,
        description="Turns that were rewritten are evidence about their rewrites, and about nothing else.",
    )
    half_life: float = Field(
        default=14.0,
        gt=0,
        allow_inf_nan=False,
        description="Days in which evidence about a rewrite comes to count half.",
    )
    min_gain: float = Field(
        default=0.05, ge=0, lt=1, description="How much likelier a request succeeds with a better rewrite."
    )
    keep_above: float = Field(
        default=0.8,
        ge=0,
        le=1,
        description="P(better) from which a rewrite is kept, whatever the chain finds.",
    )
    withdraw_below: float = Field(
        default=0.25, ge=0, le=1, description="P(better) below which a rewrite is withdrawn."
    )
    change: float = Field(
        default=3.0,
        gt=0,
        allow_inf_nan=False,
        description="Log of the Bayes factor from which what was before a change counts no more.",
    )
    fade_out: float = Field(
        default=0.5, ge=0, description="Faded votes below which a rewrite is used by nobody any more."
    )
    generalise: bool = Field(default=True, description="Learn a model for requests without an entry too.")
    workers: int | None = Field(
        default=None,
        ge=1,
        description="Processes that count; none: one for each core, but for small archives.",
    )
    memory_mb: int = Field(
        default=1024,
        ge=128,
        description="What the database of the counts holds in memory; the rest goes to disk.",
    )
    emission: EmissionSettings = Field(default_factory=EmissionSettings)
