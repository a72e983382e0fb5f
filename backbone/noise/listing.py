"""The list of hypotheses: the best reading of every place, and what differs from it least."""

from collections.abc import Mapping
from math import exp, log
from typing import NamedTuple

from backbone.noise.adding import added_up
from backbone.noise.profiles import ChannelProfile

__all__ = ["Heard", "listed"]

_SPARE = 3


class Heard(NamedTuple):
    """One hypothesis: what may have been said, and the logarithm of how likely that is within the list."""

    text: str
    score: float


def listed(
    best: list[str],
    late: list[tuple[float, int, str]],
    profile: ChannelProfile,
    said: str,
    sureness: float,
) -> tuple[Heard, ...]:
    """Make the list.

    Parameters
    ----------
    best
        What is heard, place by place.
    late
        What else was considered: how far behind, at which place, and what.
    profile
        How many hypotheses are listed, and how far behind the first.
    said
        What is heard if every word was left out.
    sureness
        Factor on the gaps between the scores.

    Returns
    -------
    tuple of Heard
        Best first, all different, none of them empty.
    """
    many = profile.hypotheses
    # More than are listed, since two ways to hear may read the same. The places that a way changes are bits.
    kept: list[tuple[float, int, tuple[tuple[int, str], ...]]] = [(0.0, 0, ())]
    furthest = profile.reach
    for behind, place, text in sorted(late):
        if behind > furthest:
            break
        bit = 1 << place
        kept += [
            (so_far + behind, places | bit, (*changes, (place, text)))
            for so_far, places, changes in kept
            if not places & bit and so_far + behind <= furthest
        ]
        if len(kept) > many + _SPARE:
            kept.sort()
            del kept[many + _SPARE :]
            furthest = kept[-1][0]
    kept.sort()
    found: dict[str, float] = {}
    for behind, _, changes in kept:
        words = best.copy()
        for place, text in changes:
            words[place] = text
        whole = " ".join(filter(None, words))
        if whole and whole not in found:
            found[whole] = behind
            if len(found) == many:
                break
    return _scored(found or {said: 0.0}, sureness)


def _scored(found: Mapping[str, float], sureness: float) -> tuple[Heard, ...]:
    nearest = min(found.values())
    gaps = [sureness * (behind - nearest) for behind in found.values()]
    whole = log(added_up(exp(-gap) for gap in gaps))
    return tuple(Heard(text, round(-gap - whole, 4)) for text, gap in zip(found, gaps, strict=True))
