"""What to say so that the logs reliably take it for a given meaning."""

from collections.abc import Iterable
from typing import NamedTuple

from scipy.stats import beta

from rewrite_offline.mining.counts import Counts, RequestCount
from rewrite_offline.mining.states import text_state
from rewrite_offline.settings import MiningSettings

__all__ = ["Target", "targets"]


class Target(NamedTuple):
    """The text that stands for a state.

    `share` is the share of its turns that were read as that state, `success` the mean P(success) of those.
    """

    text: str
    share: float
    success: float
    people: int


def targets(counts: Counts, requests: Iterable[RequestCount], settings: MiningSettings) -> dict[str, Target]:
    """Find for every state the text that is most reliably read as it.

    Parameters
    ----------
    counts
        Attempts of the log.
    requests
        How every request of it fared.
    settings
        How many customers and turns a text needs behind it.

    Returns
    -------
    dict
        State → its text: the one with the highest credible lower bound on the share of its turns that are read as
        this state, times their success; of equals the shortest, then the first in the alphabet. A state that no
        text reaches reliably is absent.
    """
    asked_for = {(request.asked, request.text): request for request in requests}
    best: dict[str, tuple[float, Target]] = {}
    for asked, text, state, turns, people, votes, success in counts.best_readings():
        if people < settings.min_customers or turns < settings.min_turns:
            continue
        share = votes / asked_for[asked, text].votes
        sure = float(
            beta.ppf(1 - settings.confidence, votes + 0.5, asked_for[asked, text].votes - votes + 0.5)
        )
        _keep(best, state, sure * success, Target(text, share, success, people))
    for request in asked_for.values():
        if request.understood is None and request.people >= settings.min_customers:
            success = request.success / request.votes
            target = Target(request.text, 1.0, success, request.people)
            _keep(best, text_state(request.asked, request.text), success, target)
    return {state: target for state, (_, target) in best.items()}


def _keep(best: dict[str, tuple[float, Target]], state: str, worth: float, target: Target) -> None:
    rank = (-worth, len(target.text), target.text)
    held = best.get(state)
    if held is None or rank < (-held[0], len(held[1].text), held[1].text):
        best[state] = worth, target
