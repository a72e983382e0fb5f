"""What every baseline shares: the later requests to choose from, the likeliest of them, and the threshold."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from rewrite_offline.rephrase import Detection
from streams.records import Label, Turn
from streams.sessions import Session

__all__ = ["Likeliest", "Near", "PairDetector", "Pairs", "best_threshold", "candidates", "likeliest_of"]

#: Pairs of a request and a candidate → how surely the second says the first again, each 0 to 1.
Pairs = Callable[[Sequence[tuple[Turn, Turn]]], Sequence[float]]


@dataclass(frozen=True, slots=True)
class Near:
    """Which later requests are candidates, the same for every method.

    Attributes
    ----------
    max_gap
        They begin no later than this after the request.
    max_candidates
        No more of them than this, the nearest.
    """

    max_gap: timedelta = timedelta(minutes=1)
    max_candidates: int = 5


def candidates(session: Session, index: int, near: Near) -> Iterator[Turn]:
    """Give the later requests of a session that may say the one at `index` again."""
    request = session.turns[index]
    for later in session.turns[index + 1 : index + 1 + near.max_candidates]:
        if later.time - request.time <= near.max_gap:
            yield later


@dataclass(frozen=True, slots=True)
class Likeliest:
    """A request, its likeliest candidate, and how sure that is; no candidate: None, and 0."""

    turn_id: str
    candidate: str | None
    confidence: float


def likeliest_of(sessions: Sequence[Session], score: Pairs, near: Near) -> list[Likeliest]:
    """Choose the best candidate of every request; of equal ones the earliest."""
    pairs, starts = [], [0]
    requests = []
    for session in sessions:
        for index, request in enumerate(session.turns):
            requests.append(request)
            pairs += [(request, later) for later in candidates(session, index, near)]
            starts.append(len(pairs))
    said = np.asarray(score(pairs), np.float64)
    found = []
    for request, low, high in zip(requests, starts[:-1], starts[1:], strict=True):
        if low == high:
            found.append(Likeliest(request.turn_id, None, 0.0))
        else:
            best = low + int(np.argmax(said[low:high]))
            found.append(Likeliest(request.turn_id, pairs[best][1].turn_id, float(said[best])))
    return found


def best_threshold(found: Sequence[Likeliest], labels: Mapping[str, Label]) -> float:
    """Find the threshold with the best F1 on labelled requests, halfway between two confidences.

    What is asked is one number of a score that learned nothing from these requests, or of one that was learned from
    other callers; so a cross-validation of it would be the same thing over again.

    Parameters
    ----------
    found
        The likeliest candidates.
    labels
        By turn id; a turn without a label, or whose label says nothing of rephrases, does not count.
    """
    known = [
        (one, label.rephrases)
        for one in found
        if (label := labels.get(one.turn_id)) is not None and label.rephrases is not None
    ]
    positives = sum(bool(rephrases) for _, rephrases in known)
    ranked = sorted(
        (
            (one.confidence, one.candidate in rephrases)
            for one, rephrases in known
            if one.candidate is not None
        ),
        key=lambda row: -row[0],
    )
    if not ranked or not positives:
        return 1.0
    confidence = np.array([row[0] for row in ranked])
    right = np.cumsum([row[1] for row in ranked])
    # F1 is 2 · right / (said + positives); equal confidences are said together.
    f1 = 2.0 * right / (np.arange(1, len(ranked) + 1) + positives)
    ends = np.append(np.flatnonzero(np.diff(confidence)), len(ranked) - 1)
    last = int(ends[np.argmax(f1[ends])])
    below = confidence[last + 1] if last + 1 < len(ranked) else confidence[last]
    return float((confidence[last] + below) / 2.0)


@dataclass(frozen=True, slots=True)
class PairDetector:
    """Compares a request with each candidate, and gives the best one where it is sure enough. A `RephraseDetector`.

    Attributes
    ----------
    score
        How alike two requests are.
    threshold
        Least confidence at which a rephrase is given.
    near
        Which candidates there are.
    """

    score: Pairs
    threshold: float
    near: Near

    def detect(self, sessions: Sequence[Session]) -> list[Detection]:
        """Give one detection for each request."""
        return [
            Detection(
                turn_id=one.turn_id,
                rephrase=one.candidate if one.confidence >= self.threshold else None,
                confidence=one.confidence,
                likeliest=one.candidate,
            )
            for one in likeliest_of(sessions, self.score, self.near)
        ]
