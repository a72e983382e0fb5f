"""Keeping house: what is too old goes, everything is backed up and restored, old formats become new ones."""

from selflearn.upkeep.retaining import Retained, retain

__all__ = ["Retained", "retain"]
