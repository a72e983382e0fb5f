"""Keeping house: what is too old goes, everything is backed up and restored, old formats become new ones."""

from selflearn.upkeep.backing_up import BackedUp, backup
from selflearn.upkeep.contents import Contents
from selflearn.upkeep.restoring import Restored, restore, verify
from selflearn.upkeep.retaining import Retained, retain
from selflearn.upkeep.upgrading import Format, Upgraded, formats, upgrade

__all__ = [
    "BackedUp",
    "Contents",
    "Format",
    "Restored",
    "Retained",
    "Upgraded",
    "backup",
    "formats",
    "restore",
    "retain",
    "upgrade",
    "verify",
]
