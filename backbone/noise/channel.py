"""A recogniser's ears: what was said goes in, and a list of what may have been heard comes out.

The readings of a place run a race, the rate of each one's arrival being its weight. The first to arrive is heard: so
each is heard as often as it weighs. Those that arrive after it are what the recogniser also considered, and how much
later they came is how much less it thought of them (Maddison, Tarlow and Minka 2014, "A* Sampling", section 2).
"""

from collections.abc import Callable, Mapping
from math import exp
from statistics import NormalDist
from typing import TypeAlias

from backbone.noise.confusions import Confusion
from backbone.noise.lexicon import Lexicon
from backbone.noise.listing import Heard, listed
from backbone.noise.profiles import ChannelProfile, profile_named
from backbone.noise.race import run
from backbone.noise.readings import BEFORE_SPEECH, Weighing, level_of

__all__ = ["Channel"]

Uniform: TypeAlias = Callable[[], float]

_QUANTILES = 512
_FEWEST_READINGS = 3
#: What is before the speech, and its first word.
_OF_THE_ONSET = 2


class Channel:
    """A recogniser that mishears.

    Parameters
    ----------
    profile
        How much, or the name of a shipped profile.
    vocabulary
        The words and phrases that the recogniser knows, with how often each is said. A word that it does not know
        is always heard as something that sounds alike; an utterance that it knows as a whole is heard better.

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
        self._listen(profile, Lexicon(vocabulary), {})

    def _listen(
        self, profile: ChannelProfile | str, lexicon: Lexicon, confusions: dict[str, list[Confusion]]
    ) -> None:
        self.profile = profile_named(profile) if isinstance(profile, str) else profile
        self.lexicon = lexicon
        self._confusions = confusions
        self._weighing = Weighing(self.profile, lexicon, confusions)
        self._familiar = {
            text: (1.0 + share) ** -self.profile.familiar for text, share in lexicon.familiar.items()
        }
        self._severities = tuple(self.profile.severity * factor for factor in _spread(self.profile.clumping))
        self._sureness = _spread(self.profile.unsure)

    def through(self, profile: ChannelProfile | str) -> "Channel":
        """Give a channel of another profile that knows the same words, and shares what was found out about them."""
        other = Channel.__new__(Channel)
        other._listen(profile, self.lexicon, self._confusions)
        return other

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
        profile = self.profile
        severity = self._severities[int(_QUANTILES * uniform())] * noise
        if not words or uniform() < profile.silence * noise:
            return (Heard("", 0.0),)
        severity *= len(words) ** -profile.brevity * self._familiar.get(said, 1.0)
        levels = self._weighing.levels
        places = [BEFORE_SPEECH, *self._places(words, severity, uniform)]
        onset, steady = level_of(severity * profile.onset), level_of(severity)
        best, late = [], []
        # The fewer places, the more readings of each it takes to fill a list.
        waited = max(_FEWEST_READINGS, 1 + profile.hypotheses // len(words))
        for number, place in enumerate(places):
            level = onset if number < _OF_THE_ONSET else steady
            readings = levels[level].get(place) or self._weighing.weigh(place, level)
            first, others = run(readings, uniform, waited, profile.reach, profile.lost, right=not noise)
            best.append(first)
            for behind, text in others:
                late.append((behind, number, text))
        return listed(best, late, profile, said, self._sureness[int(_QUANTILES * uniform())])

    def _places(self, words: list[str], severity: float, uniform: Uniform) -> list[str]:
        """Cut what was said into places: its words, but for two whose boundary is in doubt."""
        if len(words) == 1 or uniform() >= self.profile.crossing * severity:
            return words
        at = int(uniform() * (len(words) - 1))
        return [*words[:at], f"{words[at]} {words[at + 1]}", *words[at + 2 :]]


def _spread(deviation: float) -> tuple[float, ...]:
    """Give quantiles of a lognormal of median one: an utterance draws one of them."""
    normal = NormalDist()
    return tuple(exp(deviation * normal.inv_cdf((step + 0.5) / _QUANTILES)) for step in range(_QUANTILES))
