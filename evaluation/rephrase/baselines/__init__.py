"""What a contextual detector has to beat; every one answers `RephraseDetector`.

Each takes sessions, labels and a `Setup`, and gives a detector with its threshold tuned on those labels. Candidates
are the later requests of the session that are near enough (`Near`), the same for all.
"""

from collections.abc import Callable, Mapping, Sequence

from evaluation.rephrase.baselines.candidates import Near
from evaluation.rephrase.baselines.edit_distance import edit_distance
from evaluation.rephrase.baselines.next_turn import next_turn
from evaluation.rephrase.baselines.setup import Setup
from rewrite_offline.rephrase import RephraseDetector
from streams.records import Label
from streams.sessions import Session

__all__ = ["BASELINES", "Baseline", "Near", "Setup"]

#: Sessions, labels → a detector.
Baseline = Callable[[Sequence[Session], Mapping[str, Label], Setup], RephraseDetector]


def _embedding_cosine(
    sessions: Sequence[Session], labels: Mapping[str, Label], setup: Setup
) -> RephraseDetector:
    from evaluation.rephrase.baselines.embedding_cosine import embedding_cosine

    return embedding_cosine(sessions, labels, setup)


def _pairwise_bert(
    sessions: Sequence[Session], labels: Mapping[str, Label], setup: Setup
) -> RephraseDetector:
    from evaluation.rephrase.baselines.pairwise_bert import pairwise_bert

    return pairwise_bert(sessions, labels, setup)


#: By the names that the answer's `baselines` has; torch is loaded for those that need it.
BASELINES: Mapping[str, Baseline] = {
    "next_turn": next_turn,
    "edit_distance": edit_distance,
    "embedding_cosine": _embedding_cosine,
    "pairwise_bert": _pairwise_bert,
}
