"""The settings of what is taken out of people's words before they are kept."""

from selflearn.settings.section import Section

__all__ = ["PrivacySettings"]


class PrivacySettings(Section):
    """What is taken out of people's words before they are kept."""
