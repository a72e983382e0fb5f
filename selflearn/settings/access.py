"""The settings of who may ask what."""

from selflearn.settings.section import Section

__all__ = ["AccessSettings"]


class AccessSettings(Section):
    """Who may ask what, and how often."""
