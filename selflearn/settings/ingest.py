"""The settings of ingestion."""

from datetime import timedelta

from pydantic import Field

from selflearn.settings.section import Section

__all__ = ["IngestSettings"]


class IngestSettings(Section):
    """Bringing logs into the archive."""

    commit_entries: int = Field(
        default=250_000,
        ge=1,
        description="Entries after which what was made is flushed and what was read committed.",
    )
    commit_every: timedelta = Field(
        default=timedelta(seconds=30), ge=timedelta(0), description="The same, at the latest after so long."
    )
    try_again: timedelta = Field(
        default=timedelta(seconds=5),
        gt=timedelta(0),
        description="Pause before the next try to write where the disk is full.",
    )
