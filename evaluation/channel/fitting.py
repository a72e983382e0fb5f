"""Fits a noise profile to a corpus: its numbers are moved until the lists it makes have the corpus's figures.

Nothing is learned sentence by sentence: a dozen numbers are chosen by a few figures, over all utterances and by
their length. The channel's vocabulary comes of other speakers than those whose lists it is to match.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace

from backbone.noise import Channel, ChannelProfile
from evaluation.channel.lists import Listed, halves, vocabulary_of
from evaluation.channel.tallies import LENGTHS, Tally, figures_of, tally

__all__ = ["FREE", "fit", "heard_by", "misfit"]

#: What may be moved, and between which bounds.
FREE: Mapping[str, tuple[float, float]] = {
    "severity": (0.02, 1.0),
    "clumping": (0.1, 3.0),
    "brevity": (-0.5, 1.0),
    "onset": (0.5, 4.0),
    "prior": (0.0, 1.0),
    "context": (0.0, 2.0),
    "familiar": (0.0, 1.0),
    "deletion": (-8.0, 8.0),
    "insertion": (-8.0, 8.0),
    "splitting": (-8.0, 8.0),
    "crossing": (0.0, 4.0),
    "lost": (0.0, 1.0),
    "reach": (0.5, 20.0),
}

#: How far off a figure may be before it counts as much as another.
_TOLERATED = {
    "word_error_rate": 0.008,
    "exact": 0.01,
    "word_error_rate_if_not_exact": 0.02,
    "oracle_word_error_rate": 0.008,
    "oracle_exact": 0.01,
    "hypotheses": 0.2,
    "substitutions": 0.03,
    "deletions": 0.03,
    "insertions": 0.03,
}
_TOLERATED_BY_LENGTH = {"word_error_rate": 0.04, "exact": 0.04, "oracle_exact": 0.05}
_FEWEST = 100


def heard_by(channel: Channel, lists: Sequence[Listed], seed: int = 0) -> list[Listed]:
    """Let a channel hear what was said; each utterance has its own draws, so that channels can be compared."""
    return [
        Listed(
            one.speaker, one.said, tuple(heard.text for heard in channel.hear(one.said, _draws(seed, number)))
        )
        for number, one in enumerate(lists)
    ]


def misfit(real: Sequence[Tally], simulated: Sequence[Tally]) -> float:
    """Say how far apart two corpora's figures are: squares of tolerated distances, by length too."""
    apart = _apart(real, simulated, _TOLERATED)
    for low, high in LENGTHS.values():
        band = [one for one in real if low <= one.words <= high]
        if len(band) >= _FEWEST:
            others = [one for one in simulated if low <= one.words <= high]
            apart += _apart(band, others, _TOLERATED_BY_LENGTH) * len(band) / len(real)
    return apart


def fit(
    lists: Sequence[Listed],
    start: ChannelProfile,
    *,
    fixed: Sequence[str] = (),
    utterances: int = 3_000,
    trials: int = 250,
    seed: int = 0,
    step: Callable[[str, float], None] = lambda _, __: None,
) -> tuple[ChannelProfile, float]:
    """Fit a profile, by a random walk that only ever goes downhill, in steps that shrink.

    Parameters
    ----------
    lists
        What was said and what was really heard.
    start
        Where the walk begins.
    fixed
        What is not to be moved; what `FREE` does not name is not moved either, but counted.
    utterances
        How many are heard at every trial; where the corpus has fewer, each is heard more than once.
    trials
        Steps of the walk.
    seed
        Of the walk and of what is misheard.
    step
        Told what is done and how far it is.

    Returns
    -------
    tuple
        The profile, and its `misfit`.
    """
    known, matched = halves(lists)
    chosen = random.Random(seed).sample(matched, min(utterances, len(matched)))
    real, times = [tally(one) for one in chosen], round(utterances / len(chosen))
    start = replace(
        start,
        silence=figures_of(map(tally, matched))["nothing_heard"],
        hypotheses=max(len(one.heard) for one in matched),
    )
    channel = Channel(start, vocabulary_of(known, chosen))

    def off(profile: ChannelProfile) -> float:
        tried = channel.through(profile)
        heard = (heard_by(tried, chosen, seed + again) for again in range(times))
        return misfit(real, [tally(one) for each in heard for one in each])

    walk, free = random.Random(seed + 1), sorted(FREE.keys() - set(fixed))
    best, least = start, off(start)
    for trial in range(trials):
        step(f"misfit {least:.1f}", trial / trials)
        tried = _moved(best, walk, free, width=0.25 * (1 - trial / trials) + 0.02)
        apart = off(tried)
        if apart < least:
            best, least = tried, apart
    return best, least


def _moved(profile: ChannelProfile, walk: random.Random, free: Sequence[str], width: float) -> ChannelProfile:
    numbers = asdict(profile)
    for name in walk.sample(free, walk.choice((1, 1, 2, 3))):
        low, high = FREE[name]
        # Large numbers move by large steps: half of a step is of the number's size, half of its range's.
        size = 0.5 * abs(numbers[name]) + 0.15 * (high - low)
        numbers[name] = round(min(high, max(low, numbers[name] + walk.gauss(0.0, width * size))), 4)
    return replace(profile, **numbers)


def _apart(real: Sequence[Tally], simulated: Sequence[Tally], tolerated: Mapping[str, float]) -> float:
    wanted, found = figures_of(real), figures_of(simulated)
    return sum(((found[name] - wanted[name]) / far) ** 2 for name, far in tolerated.items())


def _draws(seed: int, number: int) -> Callable[[], float]:
    return random.Random(seed * 1_000_003 + number).random
