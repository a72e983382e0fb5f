"""Keeping house: what is too old goes, everything is backed up and restored, old formats become new ones."""

from selflearn.upkeep.backing_up import BackedUp, backup
from selflearn.upkeep.contents import Contents
from selflearn.upkeep.restoring import Restored, restore, verify
from selflearn.upkeep.retaining import Retained, retain

__all__ = ["BackedUp", "Contents", "Restored", "Retained", "backup", "restore", "retain", "verify"]
