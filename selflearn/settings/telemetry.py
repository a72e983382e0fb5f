"""The settings of tracing."""

from pydantic import Field

from selflearn.settings.section import Section

__all__ = ["TelemetrySettings"]


class TelemetrySettings(Section):
    """Tracing (extra `telemetry`)."""

    enabled: bool = Field(default=False, description="Whether servers make traces; off, they cost nothing.")
    endpoint: str = Field(
        default="http://127.0.0.1:4318/v1/traces", description="OTLP over HTTP: where traces go."
    )
    service: str = Field(default="selflearn", min_length=1, description="What traces call this service.")
    share: float = Field(
        default=1.0, ge=0, le=1, description="Of the traces that begin here; a caller's are its decision."
    )
