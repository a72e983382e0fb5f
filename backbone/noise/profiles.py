"""How much a recogniser mishears, in a few numbers; those of the shipped ones are in `profiles.toml` beside this."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from types import MappingProxyType

from backbone.errors import UnknownProfile

__all__ = ["PROFILES", "ChannelProfile", "profile_named"]


@dataclass(frozen=True, slots=True)
class ChannelProfile:
    """How a recogniser mishears.

    What it hears instead of a word weighs ``exp(prior * log(popularity) - distance / severity)`` against the word
    itself, distance counted in whole wrong sounds. Severity is drawn once an utterance, since errors come in
    clumps: most utterances are heard well, and some hardly at all.

    Attributes
    ----------
    severity
        The median of the severity, in wrong sounds.
    clumping
        Standard deviation of the severity's logarithm.
    brevity
        How much worse short utterances are heard: the severity is divided by the number of words to this power.
    onset
        How much worse the beginning is heard, which is often cut off or in noise: a factor on the severity of the
        first word, and of what is heard before it.
    prior
        How far a word's popularity decides what is heard; 0 is not at all.
    context
        Wrong sounds that any other reading than the right one costs, because what was said makes sense.
    familiar
        How much better the recogniser hears what is often said: where the vocabulary holds the whole utterance,
        the severity is divided by one more than its share in ten thousand, to this power.
    deletion, insertion, splitting
        What is added to the logarithm of the weight of leaving a word out, of hearing a short one where there was
        none, and of hearing two words for one.
    crossing
        How often, at severity 1, the boundary between two neighbouring words of an utterance is doubted.
    lost
        How often, where a word is heard wrong, the right one is not even considered.
    unsure
        How unreliable the scores are: standard deviation of the logarithm of a factor on the gaps between them,
        drawn once an utterance. What is heard does not depend on it.
    silence
        How often nothing at all is recognised, though somebody spoke.
    reach
        How far below the best hypothesis, in log units, the last one reported may be.
    hypotheses
        The most that are reported.
    """

    severity: float
    clumping: float
    brevity: float
    onset: float
    prior: float
    context: float
    familiar: float
    deletion: float
    insertion: float
    splitting: float
    crossing: float
    lost: float
    unsure: float
    silence: float
    reach: float
    hypotheses: int


def _shipped() -> Mapping[str, ChannelProfile]:
    text = files("backbone.noise").joinpath("profiles.toml").read_text(encoding="utf-8")
    return {name: ChannelProfile(**numbers) for name, numbers in tomllib.loads(text).items()}


#: The shipped ones, by name.
PROFILES: Mapping[str, ChannelProfile] = MappingProxyType(_shipped())


def profile_named(name: str) -> ChannelProfile:
    """Find a shipped profile.

    Raises
    ------
    UnknownProfile
        If there is none of that name.
    """
    try:
        return PROFILES[name]
    except KeyError:
        raise UnknownProfile(name, PROFILES) from None
