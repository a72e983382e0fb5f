"""A recogniser's ears: what was said goes in, and a list of what may have been heard comes out.

Every reading of a word runs a race, its rate of arrival being its weight. The first to arrive is heard: so each is
heard as often as it weighs. Those that arrive after it are what the recogniser also considered, and how much later
they came is how much less it thought of them (Maddison, Tarlow and Minka 2014, "A* Sampling", section 2).
"""

from bisect import bisect_right
from collections.abc import Callable, Mapping
from itertools import accumulate, pairwise
from math import exp, log
from statistics import NormalDist
from typing import NamedTuple, TypeAlias

from backbone.noise.confusions import Confusion, Kind, of_word
from backbone.noise.lexicon import Lexicon
from backbone.noise.profiles import ChannelProfile, profile_named

__all__ = ["Channel", "Heard"]

Uniform: TypeAlias = Callable[[], float]

#: Severities for which weights are kept, in wrong sounds: from hardly any to any word for any other.
_SEVERITIES = tuple(0.03 * 1.25**step for step in range(24))
_BETWEEN = tuple((low * high) ** 0.5 for low, high in pairwise(_SEVERITIES))
#: Weights are whole parts of this, so that their sums are the same on every machine.
_WHOLE = 1 << 40


class Heard(NamedTuple):
    """One hypothesis: what may have been said, and the logarithm of how likely that is within the list."""

    text: str
    score: float


class _Readings(NamedTuple):
    """What may be heard at one place at one severity; where the word is known, it comes first."""

    texts: tuple[str, ...]
    sums: tuple[int, ...]


class Channel:
    """A recogniser that mishears.

    Parameters
    ----------
    profile
        How much, or the name of a shipped profile.
    vocabulary
        The words and phrases that the recogniser knows, with how often each is said. A word that it does not know
        is always heard as something that sounds alike.

    Raises
    ------
    UnknownProfile
        If no shipped profile has that name.
    EmptyVocabulary
        If there is no word in the vocabulary.

    Examples
    --------
    >>> import random
    >>> channel = Channel("telephone", {"turn on the lights": 9, "flights": 1, "of": 4})
    >>> channel.hear("turn on the lights", random.Random(7).random, noise=0.0)[0].text
    'turn on the lights'
    """

    def __init__(self, profile: ChannelProfile | str, vocabulary: Mapping[str, float]) -> None:
        self.profile = profile_named(profile) if isinstance(profile, str) else profile
        self.lexicon = Lexicon(vocabulary)
        self._confusions: dict[str, list[Confusion]] = {}
        self._levels: tuple[dict[str, _Readings], ...] = tuple({} for _ in _SEVERITIES)
        normal = NormalDist()
        # The quantiles of the severity's logarithm, once: an utterance draws one of them.
        self._spread = tuple(
            exp(self.profile.clumping * normal.inv_cdf((step + 0.5) / 512)) for step in range(512)
        )

    def hear(self, said: str, uniform: Uniform, noise: float = 1.0) -> tuple[Heard, ...]:
        """Hear an utterance.

        Parameters
        ----------
        said
            Lower-case words, as `backbone.noise.spoken` writes them.
        uniform
            Draws numbers evenly from [0, 1); the same draws give the same answer.
        noise
            Factor on the profile's severity. At 0 the first hypothesis is what was said, as far as the recogniser
            knows its words.

        Returns
        -------
        tuple of Heard
            One or more, best first, all different. A text is empty only if nothing at all was recognised.
        """
        words = said.split()
        if not words:
            return (Heard("", 0.0),)
        severity = self.profile.severity * noise * self._spread[int(512 * uniform())]
        level = self._levels[bisect_right(_BETWEEN, severity)]
        if uniform() < self.profile.silence * noise:
            return (Heard("", 0.0),)
        best, others = [], []
        for place, word in enumerate(words):
            readings = level.get(word) or self._weighed(word, level)
            heard, *late = self._race(readings, uniform, severity == 0.0)
            best.append(heard)
            others += [(behind, place, text) for behind, text in late]
        return self._listed([text for _, text in best], sorted(others), said)

    def _race(self, readings: _Readings, uniform: Uniform, right: bool) -> list[tuple[float, str]]:
        texts, sums = readings
        left = sums[-1]
        first = 0 if right else bisect_right(sums, uniform() * left)
        arrived = [first]
        clock = started = -log(1.0 - uniform()) / left
        found = [(0.0, texts[first])]
        while len(found) < self.profile.depth and len(found) < len(texts):
            left -= _weight(sums, arrived[-1])
            clock -= log(1.0 - uniform()) / left
            mark = uniform() * left
            for before in sorted(arrived):
                if mark >= sums[before] - _weight(sums, before):
                    mark += _weight(sums, before)
            late = bisect_right(sums, mark)
            arrived.append(late)
            found.append((log(clock / started) if started else 0.0, texts[late]))
        return found

    def _listed(self, best: list[str], others: list[tuple[float, int, str]], said: str) -> tuple[Heard, ...]:
        many = self.profile.hypotheses
        kept: list[tuple[float, tuple[tuple[int, str], ...]]] = [(0.0, ())]
        for behind, place, text in others:
            if behind > self.profile.reach or (len(kept) == 2 * many and behind >= kept[-1][0]):
                break
            more = [
                (so_far + behind, (*changes, (place, text)))
                for so_far, changes in kept
                if all(place != changed for changed, _ in changes)
            ]
            kept = sorted(kept + more)[: 2 * many]
        found: dict[str, float] = {}
        for behind, changes in kept:
            words = list(best)
            for place, text in changes:
                words[place] = text
            text = " ".join(filter(None, words))
            if text and behind <= self.profile.reach:
                found.setdefault(text, behind)
            if len(found) == many:
                break
        if not found:
            found[said] = 0.0
        return _scored(found)

    def _weighed(self, word: str, level: dict[str, _Readings]) -> _Readings:
        severity = _SEVERITIES[self._levels.index(level)]
        confusions = self._confusions.get(word)
        if confusions is None:
            confusions = self._confusions[word] = of_word(word, self.lexicon)
        profile = self.profile
        number = self.lexicon.number.get(word)
        bonus = {
            Kind.REPLACED: 0.0,
            Kind.SPLIT: profile.splitting,
            Kind.DELETED: profile.deletion,
            Kind.INSERTED: profile.insertion,
        }
        weights = {} if number is None else {word: profile.prior * self.lexicon.log_share[number]}
        for one in confusions:
            weight = (
                profile.prior * one.log_share
                - (one.distance / 100 + profile.context) / severity
                + bonus[one.kind]
            )
            weights[one.text] = max(weight, weights.get(one.text, weight))
        most = max(weights.values())
        parts = [max(1, round(_WHOLE * exp(weight - most))) for weight in weights.values()]
        readings = level[word] = _Readings(tuple(weights), tuple(accumulate(parts)))
        return readings


def _weight(sums: tuple[int, ...], at: int) -> int:
    return sums[at] - sums[at - 1] if at else sums[0]


def _scored(found: Mapping[str, float]) -> tuple[Heard, ...]:
    whole = log(sum(exp(-behind) for behind in found.values()))
    return tuple(Heard(text, round(-behind - whole, 4)) for text, behind in found.items())
