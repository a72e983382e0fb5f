"""Beta posteriors of success with and without a rewrite, and P(the rewrite is better)."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum

import numpy as np
from scipy.special import betaln
from scipy.stats import beta

from rewrite_offline.self_aware.known import Side
from rewrite_offline.self_aware.trials import DAY, Trial

__all__ = ["Judged", "Prior", "changed_at", "judge", "side_of"]

#: How many votes a prior is worth.
_PRIOR_VOTES = 1.0
#: Points at which the two posteriors are held against one another.
_POINTS = 512


@dataclass(frozen=True, slots=True)
class Prior:
    """Mean P(success) of all requests that were rewritten, with the rewrite and without."""

    rewritten: float = 0.5
    plain: float = 0.5


@dataclass(frozen=True, slots=True)
class Judged:
    """The two sides of a comparison, and what comes of it."""

    rewritten: Side
    plain: Side
    better: float


def judge(
    rewritten: Sequence[Trial],
    plain: Sequence[Trial],
    prior: Prior,
    *,
    now: int,
    half_life: float,
    min_gain: float,
    change: float,
) -> Judged:
    """Hold requests that were rewritten against the same ones left alone.

    Parameters
    ----------
    rewritten, plain
        Trials, oldest first, under the vote cap.
    prior
        What is believed of a rewrite of which nothing is known; worth one vote on either side.
    now
        To which evidence has faded: microseconds since 1970. What is newer counts whole.
    half_life
        Days in which evidence comes to count half.
    min_gain
        By how much the rewrite's P(success) must be larger.
    change
        Log of the Bayes factor from which what was before a change counts no more.

    Returns
    -------
    Judged
        `better` is P(success with the rewrite > success without it + `min_gain`).
    """
    one = side_of(rewritten, prior.rewritten, now, half_life, change)
    other = side_of(plain, prior.plain, now, half_life, change)
    return Judged(one, other, _larger(one, other, min_gain))


def side_of(trials: Sequence[Trial], mean: float, now: int, half_life: float, change: float) -> Side:
    """Give the Beta posterior of one side; what was before a change does not count, the rest fades."""
    since = changed_at(trials, change)
    counted = trials[since:]
    weights = [0.5 ** (max(0, now - trial.time) / (half_life * DAY)) for trial in counted]
    won = fsum(weight * trial.success for weight, trial in zip(weights, counted, strict=True))
    lost = fsum(weight * (1 - trial.success) for weight, trial in zip(weights, counted, strict=True))
    return Side(
        won=won,
        lost=lost,
        a=won + _PRIOR_VOTES * mean,
        b=lost + _PRIOR_VOTES * (1 - mean),
        turns=len(trials),
        people=len({trial.person for trial in trials}),
        changed=counted[0].time if since else None,
    )


def changed_at(trials: Sequence[Trial], least: float) -> int:
    """Find where a series of trials changed.

    For every cut the two halves are explained by two rates, the later one with Jeffreys' prior, and by one.

    Returns
    -------
    int
        Place of the first trial after the likeliest change, where the log of its Bayes factor is `least` at least; 0
        where there is none.
    """
    if len(trials) < 2:
        return 0
    won = np.cumsum([trial.success for trial in trials])
    lost = np.cumsum([1 - trial.success for trial in trials])
    before_won, before_lost = 0.5 + won[:-1], 0.5 + lost[:-1]
    after_won, after_lost = won[-1] - won[:-1], lost[-1] - lost[:-1]
    two = betaln(0.5 + after_won, 0.5 + after_lost) - betaln(0.5, 0.5)
    one = betaln(before_won + after_won, before_lost + after_lost) - betaln(before_won, before_lost)
    factor = two - one
    best = int(np.argmax(factor))
    return best + 1 if factor[best] >= least else 0


def _larger(one: Side, other: Side, by: float) -> float:
    """P(x > y + by) of two Beta posteriors: the mean of P(y < x - by) over quantiles of x."""
    quantiles = (np.arange(_POINTS) + 0.5) / _POINTS
    return float(np.mean(beta.cdf(beta.ppf(quantiles, one.a, one.b) - by, other.a, other.b)))
