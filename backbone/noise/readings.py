"""What may be heard at one place, each reading with its weight, kept for every severity at which it was asked."""

from bisect import bisect_right
from collections.abc import Mapping
from itertools import accumulate, pairwise
from math import exp
from typing import NamedTuple

from backbone.noise.adding import added_up
from backbone.noise.confusions import Confusion, Kind, before_speech, crossings, of_word
from backbone.noise.lexicon import Lexicon
from backbone.noise.profiles import ChannelProfile

__all__ = ["BEFORE_SPEECH", "Readings", "Weighing", "level_of"]

#: The place at the beginning of every utterance, where nothing has been said yet.
BEFORE_SPEECH = ""

#: Severities for which weights are kept, in wrong sounds: from hardly any to any word for any other.
_SEVERITIES = tuple(0.03 * 1.25**step for step in range(24))
_BETWEEN = tuple((low + high) / 2 for low, high in pairwise(_SEVERITIES))
#: So many places are kept at each severity, and the confusions of so many; beyond that, all of them are found anew.
#: A place is a word or a pair of words that was said: there is no end of them in a log.
_PLACES, _CONFUSIONS = 4_096, 16_384
#: Weights are whole parts of this, so that their sums are the same on every machine.
_WHOLE = 1 << 40


def level_of(severity: float) -> int:
    """Say which of the kept severities is nearest."""
    return bisect_right(_BETWEEN, severity)


class Readings(NamedTuple):
    """What may be heard at one place.

    Attributes
    ----------
    texts
        Where the recogniser knows what was said, that comes first.
    sums
        Running sums of their weights.
    known
        Whether the recogniser knows what was said.
    """

    texts: tuple[str, ...]
    sums: tuple[int, ...]
    known: bool


class Weighing:
    """Weighs readings as a profile has it, and keeps what it weighed.

    Parameters
    ----------
    profile
        How much is misheard.
    lexicon
        What the recogniser knows.
    confusions
        What may be heard instead, as found so far; it does not depend on the profile.
    """

    def __init__(
        self, profile: ChannelProfile, lexicon: Lexicon, confusions: dict[str, list[Confusion]]
    ) -> None:
        self._profile = profile
        self._lexicon = lexicon
        self._confusions = confusions
        self.levels: tuple[dict[str, Readings], ...] = tuple({} for _ in _SEVERITIES)

    def weigh(self, said: str, level: int) -> Readings:
        """Weigh what may be heard instead of a word, of two, or of none, and keep it in `levels`."""
        profile = self._profile
        severity = _SEVERITIES[level]
        weights: dict[str, float] = {}
        if all(word in self._lexicon for word in said.split()):
            weights[said] = profile.prior * self._share(said)
        known = bool(weights)
        for one in self._found(said):
            weight = (
                profile.prior * one.log_share
                - (one.distance / 100 + profile.context) / severity
                + self._liking(one.kind)
            )
            weights[one.text] = max(weight, weights.get(one.text, weight))
        kept = self.levels[level]
        if len(kept) >= _PLACES:
            kept.clear()
        readings = kept[said] = Readings(tuple(weights), _sums(weights), known)
        return readings

    def _share(self, said: str) -> float:
        return added_up(self._lexicon.log_share[self._lexicon.number[word]] for word in said.split())

    def _found(self, said: str) -> list[Confusion]:
        found = self._confusions.get(said)
        if found is None:
            if len(self._confusions) >= _CONFUSIONS:
                self._confusions.clear()
            found = self._confusions[said] = self._looked_up(said)
        return found

    def _looked_up(self, said: str) -> list[Confusion]:
        if said == BEFORE_SPEECH:
            return before_speech(self._lexicon)
        first, _, second = said.partition(" ")
        return crossings(first, second, self._lexicon) if second else of_word(said, self._lexicon)

    def _liking(self, kind: Kind) -> float:
        match kind:
            case Kind.REPLACED:
                return 0.0
            case Kind.SPLIT:
                return self._profile.splitting
            case Kind.DELETED:
                return self._profile.deletion
            case Kind.INSERTED:
                return self._profile.insertion


def _sums(weights: Mapping[str, float]) -> tuple[int, ...]:
    most = max(weights.values())
    return tuple(accumulate(max(1, round(_WHOLE * exp(weight - most))) for weight in weights.values()))
