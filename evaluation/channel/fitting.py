"""Fits a noise profile to a corpus: its numbers are moved until the lists it makes have the corpus's figures.

Nothing is learned sentence by sentence: some numbers are chosen by some figures, over all utterances and by their
length, as least squares (Levenberg 1944, Marquardt 1963; derivatives by trying). Every trial hears the same utterances
with the same draws. The channel's vocabulary comes of other speakers than those whose lists it is to match.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from backbone.noise import Channel, ChannelProfile
from evaluation.channel.lists import Listed, halves, vocabulary_of
from evaluation.channel.tallies import LENGTHS, Tally, figures_of, score_auc, tally

__all__ = ["FREE", "Free", "fit", "fit_scores", "heard_by", "misfit", "residuals"]

Numbers: TypeAlias = npt.NDArray[np.float64]


class Free(NamedTuple):
    """Between which bounds a number may be moved, and by how much it is, to see what that does."""

    low: float
    high: float
    step: float


#: What may be moved.
FREE: Mapping[str, Free] = {
    "severity": Free(0.02, 1.0, 0.015),
    "clumping": Free(0.05, 3.0, 0.08),
    "brevity": Free(-0.5, 1.0, 0.05),
    "onset": Free(0.5, 4.0, 0.15),
    "prior": Free(0.0, 1.0, 0.05),
    "context": Free(0.0, 2.0, 0.04),
    "familiar": Free(0.0, 1.0, 0.015),
    "deletion": Free(-8.0, 8.0, 0.3),
    "insertion": Free(-8.0, 8.0, 0.3),
    "splitting": Free(-8.0, 8.0, 0.3),
    "crossing": Free(0.1, 0.5, 0.1),
    "lost": Free(0.0, 1.0, 0.06),
    "reach": Free(0.5, 20.0, 0.4),
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
#: Values of `unsure` that are tried.
_UNSURE = tuple(0.25 * step for step in range(9))
#: How cautious a step is, tried in turn until one leads down.
_DAMPINGS = (0.03, 0.3, 3.0, 30.0)


def heard_by(channel: Channel, lists: Sequence[Listed], seed: int = 0) -> list[Listed]:
    """Let a channel hear what was said; each utterance has its own draws, so that channels can be compared."""
    found = []
    for number, one in enumerate(lists):
        heard = channel.hear(one.said, _draws(seed, number))
        found.append(Listed(one.speaker, one.said, tuple(each.text for each in heard), heard[0].score))
    return found


def misfit(real: Sequence[Tally], simulated: Sequence[Tally]) -> float:
    """Say how far apart two corpora's figures are: the squares of `residuals`."""
    apart = residuals(real, simulated)
    return float(apart @ apart)


def residuals(real: Sequence[Tally], simulated: Sequence[Tally]) -> Numbers:
    """Give how far figures are off, in what is tolerated: of all utterances, and by their length."""
    found = _off(real, simulated, _TOLERATED)
    for low, high in LENGTHS.values():
        band = [one for one in real if low <= one.words <= high]
        if len(band) >= _FEWEST:
            others = [one for one in simulated if low <= one.words <= high]
            weight = (len(band) / len(real)) ** 0.5
            found += [weight * off for off in _off(band, others, _TOLERATED_BY_LENGTH)]
    return np.array(found)


def fit(
    lists: Sequence[Listed],
    start: ChannelProfile,
    *,
    fixed: Sequence[str] = (),
    utterances: int = 3_000,
    rounds: int = 6,
    seed: int = 0,
    step: Callable[[str, float], None] = lambda _, __: None,
) -> tuple[ChannelProfile, float]:
    """Fit a profile.

    Parameters
    ----------
    lists
        What was said and what was really heard.
    start
        Where the search begins.
    fixed
        What is not to be moved; what `FREE` does not name is not moved either, but counted.
    utterances
        How many are heard at every trial; where the corpus has fewer, each is heard more than once.
    rounds
        How often the derivatives are taken anew.
    seed
        Of what is misheard, and of which utterances are chosen.
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
    best = replace(
        start,
        silence=figures_of(map(tally, matched))["nothing_heard"],
        hypotheses=max(len(one.heard) for one in matched),
    )
    channel = Channel(best, vocabulary_of(known, chosen))

    def off(profile: ChannelProfile) -> Numbers:
        tried = channel.through(profile)
        heard = (heard_by(tried, chosen, seed + again) for again in range(times))
        return residuals(real, [tally(one) for each in heard for one in each])

    free = sorted(FREE.keys() - set(fixed))
    now = off(best)
    for number in range(rounds):
        step(f"misfit {now @ now:.1f}", number / rounds)
        slopes = np.column_stack([off(_moved(best, {name: _nudge(best, name)})) - now for name in free])
        for damping in _DAMPINGS:
            tried = _moved(best, _least_squares(slopes, now, damping, best, free))
            apart = off(tried)
            if apart @ apart < now @ now:
                best, now = tried, apart
                break
    return best, float(now @ now)


def fit_scores(lists: Sequence[Listed], profile: ChannelProfile, seed: int = 0) -> ChannelProfile:
    """Choose how unreliable the scores are, so that they tell what is exact as well as the real ones do.

    Of the values tried, the least for which they tell it no better; the most if they always do.
    """
    known, matched = halves(lists)
    channel = Channel(profile, vocabulary_of(known, matched))
    wanted = score_auc([tally(one) for one in matched])
    for unsure in _UNSURE:
        tried = replace(profile, unsure=unsure)
        found = score_auc([tally(one) for one in heard_by(channel.through(tried), matched, seed)])
        if wanted is None or found is None or found[0] <= wanted[0]:
            break
    return tried


def _nudge(profile: ChannelProfile, name: str) -> float:
    """Up by a step, or down where there is no room."""
    _, high, step = FREE[name]
    return step if getattr(profile, name) + step <= high else -step


def _least_squares(
    slopes: Numbers, now: Numbers, damping: float, profile: ChannelProfile, free: Sequence[str]
) -> dict[str, float]:
    """Find the step that would bring the residuals down most, if they were straight lines."""
    squares = slopes.T @ slopes
    nudges = np.linalg.solve(squares + damping * np.diag(np.diag(squares) + 1e-3), -slopes.T @ now)
    return {name: float(many) * _nudge(profile, name) for name, many in zip(free, nudges, strict=True)}


def _moved(profile: ChannelProfile, steps: Mapping[str, float]) -> ChannelProfile:
    numbers = asdict(profile)
    for name, step in steps.items():
        low, high, _ = FREE[name]
        numbers[name] = round(min(high, max(low, numbers[name] + step)), 4)
    return replace(profile, **numbers)


def _off(real: Sequence[Tally], simulated: Sequence[Tally], tolerated: Mapping[str, float]) -> list[float]:
    wanted, found = figures_of(real), figures_of(simulated)
    return [(found[name] - wanted[name]) / far for name, far in tolerated.items()]


def _draws(seed: int, number: int) -> Callable[[], float]:
    return random.Random(seed * 1_000_003 + number).random
