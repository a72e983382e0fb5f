"""Contextual rephrase detection: which later request of a session says an earlier one again."""

from rewrite_offline.rephrase.detection import Detection, RephraseDetector

__all__ = ["Detection", "RephraseDetector"]
