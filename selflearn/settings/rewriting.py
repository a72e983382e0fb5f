"""The settings of what is done with a rewrite that was found."""

from selflearn.settings.section import Section

__all__ = ["RewritingSettings"]


class RewritingSettings(Section):
    """What is done with a rewrite that was found."""
