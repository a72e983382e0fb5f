"""The settings of tracing."""

from selflearn.settings.section import Section

__all__ = ["TelemetrySettings"]


class TelemetrySettings(Section):
    """Tracing (extra `telemetry`)."""
