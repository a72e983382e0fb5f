"""The settings of the HTTP API."""

from datetime import timedelta

from pydantic import Field

from selflearn.settings.section import Section

__all__ = ["ApiSettings"]


class ApiSettings(Section):
    """The HTTP API."""

    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=8080, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    max_body_bytes: int = Field(default=2 * 1024 * 1024, ge=1024, description="Longest request body.")
    drain_delay: timedelta = Field(
        default=timedelta(0),
        ge=timedelta(0),
        description="After SIGTERM, how long to go on while `/readyz` says no.",
    )
    stop_within: timedelta = Field(
        default=timedelta(seconds=10),
        ge=timedelta(seconds=1),
        description="How long requests that were begun may take to end after that.",
    )
