"""The settings of the store of small state: keys, switches, rejections."""

from selflearn.settings.section import Section

__all__ = ["StoreSettings"]


class StoreSettings(Section):
    """Small state: keys, switches, rejections."""
