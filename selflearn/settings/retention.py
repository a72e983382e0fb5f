"""The settings of how long records are kept."""

from selflearn.settings.section import Section

__all__ = ["RetentionSettings"]


class RetentionSettings(Section):
    """How long records are kept."""
