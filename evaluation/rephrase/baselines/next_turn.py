"""The next turn, always; sooner is surer."""

from collections.abc import Mapping, Sequence

from evaluation.rephrase.baselines.candidates import PairDetector, best_threshold, likeliest_of
from evaluation.rephrase.baselines.setup import Setup
from streams.records import Label, Turn
from streams.sessions import Session

__all__ = ["next_turn"]


def next_turn(sessions: Sequence[Session], labels: Mapping[str, Label], setup: Setup) -> PairDetector:
    """Take the next request that is near enough for a rephrase. Its confidence falls with the seconds between the two.

    A threshold on those is tuned like everybody's; where it helps nothing, every next turn is given.
    """
    found = likeliest_of(sessions, _soon, setup.near)
    return PairDetector(_soon, best_threshold(found, labels), setup.near)


def _soon(pairs: Sequence[tuple[Turn, Turn]]) -> list[float]:
    return [1.0 / (1.0 + (later.time - request.time).total_seconds()) for request, later in pairs]
