"""The settings of what is done with a rewrite that was found."""

from datetime import timedelta

from pydantic import Field

from rewrite_offline.settings import MiningSettings
from selflearn.settings.section import Section

__all__ = ["RewritingSettings"]


class RewritingSettings(Section):
    """What is done with a rewrite that was found. Live switches (`selflearn switch`) add to these."""

    off: bool = Field(default=False, description="Whether all requests are left alone.")
    dry_run: bool = Field(
        default=False, description="Whether rewrites are decided and logged, but not applied."
    )
    hold_back_share: float = Field(
        default=0.0,
        ge=0.0,
        le=1.0,
        allow_inf_nan=False,
        description="Share of the customers whose rewrites are decided and logged, but not applied.",
    )
    compare_share: float = Field(
        default=0.02,
        ge=0.0,
        le=1.0,
        allow_inf_nan=False,
        description="Share of an entry's customers who go without it, so that it stays known what it does.",
    )
    never_rewritten: frozenset[str] = Field(
        default_factory=lambda: MiningSettings().never_rewritten,
        description="Intents that are neither rewritten nor rewritten to, whatever the table holds.",
    )
    salt: str = Field(
        default="selflearn",
        description="What the hash deals customers by; another salt deals them anew. The same on all servers.",
    )
    check_every: timedelta = Field(
        default=timedelta(seconds=1), description="How often servers look for a changed switch."
    )
