"""Likeness of letters."""

from collections.abc import Mapping, Sequence

from rapidfuzz.distance import Levenshtein

from evaluation.rephrase.baselines.candidates import PairDetector, best_threshold, likeliest_of
from evaluation.rephrase.baselines.setup import Setup
from streams.records import Label, Turn
from streams.sessions import Session

__all__ = ["edit_distance"]


def edit_distance(sessions: Sequence[Session], labels: Mapping[str, Label], setup: Setup) -> PairDetector:
    """One less the edit distance of the two texts, as a share of the longer one; the threshold tuned on the labels.

    Empty texts are like nothing.
    """
    found = likeliest_of(sessions, _alike, setup.near)
    return PairDetector(_alike, best_threshold(found, labels), setup.near)


def _alike(pairs: Sequence[tuple[Turn, Turn]]) -> list[float]:
    return [
        Levenshtein.normalized_similarity(request.utterance.lower(), later.utterance.lower())
        if request.utterance and later.utterance
        else 0.0
        for request, later in pairs
    ]
