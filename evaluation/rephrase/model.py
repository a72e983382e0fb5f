"""The product's contextual detector, trained as a stranger would train it. Nothing else here knows it."""

from collections.abc import Mapping, Sequence

from evaluation.rephrase.baselines import Setup
from rewrite_offline.rephrase import RephraseDetector
from streams.records import Label
from streams.sessions import Session

__all__ = ["MODEL", "contextual"]

#: The name under which the detector is judged.
MODEL = "model"


def contextual(sessions: Sequence[Session], labels: Mapping[str, Label], setup: Setup) -> RephraseDetector:
    """Train the contextual detector on the sessions and labels that the baselines get."""
    raise NotImplementedError
