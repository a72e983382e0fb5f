"""The settings of the process's own log."""

from selflearn.settings.section import Section

__all__ = ["LogSettings"]


class LogSettings(Section):
    """The process's own log."""
