"""The settings of the rewrite table."""

from datetime import timedelta

from pydantic import Field

from selflearn.settings.section import Section

__all__ = ["TableSettings"]


class TableSettings(Section):
    """The rewrite table."""

    check_every: timedelta = Field(
        default=timedelta(seconds=1), ge=timedelta(0), description="How often servers look for a new version."
    )
    keep: int = Field(default=20, ge=1, description="Versions kept when a new one is published.")
