"""Rephrase detection in learning: the detector that the settings name, and what it finds in the archive."""

import shutil
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

from rewrite_offline import Portion
from selflearn.settings import Settings
from selflearn.steps import Step

if TYPE_CHECKING:
    from rewrite_offline.mining import DetectedLinks
    from rewrite_offline.rephrase import SpanDetector

__all__ = ["find_rephrases", "open_detector"]


def open_detector(settings: Settings) -> "SpanDetector | None":
    """Read the detector that the settings name; None where they want none.

    Raises
    ------
    BackboneError
        If it, or its encoder, is missing, damaged or another.
    """
    named = settings.rephrase.detector
    if named == "none":
        return None
    from rewrite_offline.rephrase import read_detector

    return read_detector(
        None if named == "shipped" else Path(named),
        encoder=settings.rephrase.encoder,
        threads=settings.rephrase.threads,
    )


def find_rephrases(
    settings: Settings, detector: "SpanDetector", portion: Portion, step: Step
) -> "DetectedLinks":
    """Let a detector read the sessions of a portion that it has not read before."""
    from rewrite_offline.rephrase import detect_archive

    folder = settings.detection_folder / detector.name[:16]
    for other in settings.detection_folder.glob("*"):
        if other != folder:  # what a former detector found is of no use any more
            shutil.rmtree(other, ignore_errors=True)
    folder /= blake2b(portion.tenant.encode(), digest_size=8).hexdigest()
    return detect_archive(portion, detector, folder, step)
