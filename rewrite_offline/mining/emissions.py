"""P(i | u): what a request may have meant.

A request that was understood emits its readings. One in which the NLU found nothing emits several states, pooled by
meaning and not by text: the NLU's weaker hypotheses, what the same text is read as after another question, what near
texts are read as, and, with the rest, the text's own state, from where the chain goes to what customers said when
they tried again.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable
from math import ceil, floor

from rapidfuzz import fuzz, process

from rewrite_offline.mining.counts import Counts, RequestCount
from rewrite_offline.mining.states import rename, text_state
from rewrite_offline.settings import MiningSettings

__all__ = ["Emissions"]

_Key = tuple[str | None, str]
_NEAR = 10


class Emissions:
    """What every request of a log may have meant.

    Parameters
    ----------
    counts
        Attempts of the log.
    settings
        Weights of the several kinds of evidence.
    states
        The chain's states; what it does not know is not emitted.
    """

    def __init__(self, counts: Counts, settings: MiningSettings, states: Iterable[str]) -> None:
        self._settings = settings
        self._states = frozenset(states)
        self._clear: dict[_Key, dict[str, float]] = defaultdict(dict)
        self._weaker: dict[_Key, dict[str, float]] = defaultdict(dict)
        self._asked_with: dict[str, list[str | None]] = defaultdict(list)
        for asked, text, state, understood, weight in counts.readings():
            (self._clear if understood else self._weaker)[asked, text][state] = weight
        for asked, text in self._clear:
            self._asked_with[text].append(asked)
        self._texts = sorted(self._asked_with, key=lambda text: (len(text), text))
        self._lengths = [len(text) for text in self._texts]
        self._near: dict[str, list[tuple[str, float]]] = {}

    def of(self, request: RequestCount) -> dict[str, float]:
        """State → probability that the request meant it; sums to one at most."""
        asked, text, settings = request.asked, request.text, self._settings
        mass: dict[str, float] = defaultdict(float)
        for state, weight in self._clear.get((asked, text), {}).items():
            mass[state] += weight
        unread = request.votes - (request.understood or 0.0)
        if unread > 0:
            pointed: dict[str, float] = defaultdict(float)
            for state, weight in self._weaker.get((asked, text), {}).items():
                pointed[state] += settings.weaker * weight
            for state, weight in self._elsewhere(asked, text).items():
                pointed[state] += settings.elsewhere * weight
            for state, share in self._near_readings(asked, text).items():
                pointed[state] += settings.near_weight * unread * share
            total = sum(pointed.values())
            share = min(total, settings.pointed * unread) / total if total else 0.0
            for state, weight in pointed.items():
                mass[state] += share * weight
            mass[text_state(asked, text)] += unread - share * total
        known = {state: weight for state, weight in mass.items() if state in self._states}
        whole = sum(mass.values())
        return {state: weight / whole for state, weight in known.items()} if whole else {}

    def _elsewhere(self, asked: str | None, text: str, *, itself: bool = False) -> dict[str, float]:
        """What the text is clearly read as after other questions, as shares, put after this one."""
        found: dict[str, float] = defaultdict(float)
        for other in self._asked_with.get(text, ()):
            if itself or other != asked:
                for state, weight in self._clear[other, text].items():
                    found[rename(state, asked)] += weight
        return found

    def _near_readings(self, asked: str | None, text: str) -> dict[str, float]:
        """What texts written nearly the same are clearly read as, as shares: near is not the same, however often."""
        found: dict[str, float] = defaultdict(float)
        for other, like in self._near_texts(text):
            if other != text:
                for state, weight in self._elsewhere(asked, other, itself=True).items():
                    found[state] += like * weight
        total = sum(found.values())
        return {state: weight / total for state, weight in found.items()}

    def _near_texts(self, text: str) -> list[tuple[str, float]]:
        """Texts that are written nearly as this one, itself among them, with their likeness; the nearest first."""
        found = self._near.get(text)
        if found is None:
            # Likeness is twice the letters in common by all letters: of texts much longer or shorter it is too small.
            least = self._settings.near_text
            shortest = floor(len(text) * least / (2 - least))
            longest = ceil(len(text) * (2 - least) / least)
            first, end = bisect_left(self._lengths, shortest), bisect_right(self._lengths, longest)
            near = process.extract(
                text, self._texts[first:end], scorer=fuzz.ratio, score_cutoff=100 * least, limit=None
            )
            near.sort(key=lambda one: (-one[1], one[0]))
            found = self._near[text] = [(other, like) for other, like, _ in near[:_NEAR]]
        return found
