"""What people give away in what they say is taken out before it is kept, and counted, never shown."""

from streams.privacy.finding import PLACEHOLDER, Finder, Found
from streams.privacy.patterns import KINDS, PatternFinder
from streams.privacy.presidio import PresidioFinder
from streams.privacy.record_filter import RecordFilter

__all__ = ["KINDS", "PLACEHOLDER", "Finder", "Found", "PatternFinder", "PresidioFinder", "RecordFilter"]
