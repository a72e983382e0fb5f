"""Contextual rephrase detection: which later request of a session says an earlier one again.

What is here needs no torch; to train a detector, see `rewrite_offline.rephrase.training` and `.writing`.
"""

from rewrite_offline.rephrase.calibration import Calibration
from rewrite_offline.rephrase.detection import Detection, RephraseDetector
from rewrite_offline.rephrase.detector import DetectionCounts, SpanDetector
from rewrite_offline.rephrase.reading import SHIPPED, read_detector
from rewrite_offline.rephrase.sequences import RephraseSequence, sequences_of
from rewrite_offline.rephrase.settings import RephraseSettings
from rewrite_offline.rephrase.store import detect_archive
from rewrite_offline.rephrase.supervision import weak_labels

__all__ = [
    "SHIPPED",
    "Calibration",
    "Detection",
    "DetectionCounts",
    "RephraseDetector",
    "RephraseSequence",
    "RephraseSettings",
    "SpanDetector",
    "detect_archive",
    "read_detector",
    "sequences_of",
    "weak_labels",
]
