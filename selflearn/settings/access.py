"""The settings of who may ask what."""

from datetime import timedelta

from pydantic import Field

from selflearn.settings.section import Section

__all__ = ["RATE_PATTERN", "AccessSettings"]

#: How a rate is written: so many requests in a unit of time.
RATE_PATTERN = r"^[1-9][0-9]{0,8}/(second|minute|hour|day)$"


class AccessSettings(Section):
    """Who may ask what, and how often."""

    open: bool = Field(
        default=False, description="Ask for no key; only where the server listens on loopback alone."
    )
    check_every: timedelta = Field(
        default=timedelta(seconds=1),
        ge=timedelta(0),
        description="How often servers look for keys that were made or revoked; 0: at every request.",
    )
    rate: str | None = Field(
        default=None,
        pattern=RATE_PATTERN,
        description="Requests that a key may make where it was made without a rate, as `100/second`.",
    )
