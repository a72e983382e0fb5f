"""What may be heard instead of a word: another, two others, nothing, or the word and a short one beside it."""

from collections.abc import Iterator
from enum import Enum
from itertools import product
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from backbone.noise.lexicon import Lexicon
from backbone.noise.sounds import DROPPED
from backbone.noise.spelling import pronounce

__all__ = ["Confusion", "Kind", "crossings", "of_word"]


Distances: TypeAlias = npt.NDArray[np.int16]
Shares: TypeAlias = npt.NDArray[np.float64]


class Kind(Enum):
    """What happened to the word."""

    REPLACED = "replaced"
    SPLIT = "split"
    DELETED = "deleted"
    INSERTED = "inserted"


class Confusion(NamedTuple):
    """One other reading.

    Attributes
    ----------
    text
        What is heard, one word, two or none.
    distance
        From what was said, in hundredths of a wrong sound.
    log_share
        Sum of the logarithms of the heard words' shares of what is said.
    kind
        What happened.
    """

    text: str
    distance: int
    log_share: float
    kind: Kind


#: The severities, in wrong sounds, at which the likeliest readings are looked for: near ones, and popular ones.
_LOOKED_AT = (0.2, 0.8)
#: How much popularity counts in that search; the profile decides how much it counts in what is heard.
_POPULARITY = 0.4
_REPLACEMENTS = 14
_SPLITS = 9
_AT_A_CUT = 3


def of_word(word: str, lexicon: Lexicon) -> list[Confusion]:
    """Find what may be heard instead of a word; the word itself is not in the answer.

    Parameters
    ----------
    word
        As said; the recogniser may not know it.
    lexicon
        What the recogniser knows.
    """
    sounds = pronounce(word)
    starts, ends = lexicon.from_start(sounds), lexicon.from_end(sounds)
    shares = np.array(lexicon.log_share)
    found = [
        Confusion(lexicon.words[n], int(starts[-1][n]), lexicon.log_share[n], Kind.REPLACED)
        for n in _likeliest(starts[-1], shares, _REPLACEMENTS)
        if lexicon.words[n] != word
    ]
    found += _best_splits(starts, ends, shares, lexicon, without={word})[:_SPLITS]
    if word in lexicon:
        share = lexicon.log_share[lexicon.number[word]]
        found.append(Confusion("", sum(DROPPED[sound] for sound in sounds), 0.0, Kind.DELETED))
        for n in lexicon.short:
            added, both = sum(DROPPED[sound] for sound in lexicon.sounds[n]), lexicon.log_share[n] + share
            found.append(Confusion(f"{lexicon.words[n]} {word}", added, both, Kind.INSERTED))
            found.append(Confusion(f"{word} {lexicon.words[n]}", added, both, Kind.INSERTED))
    return found


def crossings(first: str, second: str, lexicon: Lexicon) -> list[Confusion]:
    """Find what may be heard instead of two neighbouring words with another boundary, or none, between them."""
    sounds = pronounce(f"{first} {second}")
    starts, ends = lexicon.from_start(sounds), lexicon.from_end(sounds)
    shares = np.array(lexicon.log_share)
    merged = [
        Confusion(lexicon.words[n], int(starts[-1][n]), lexicon.log_share[n], Kind.REPLACED)
        for n in _likeliest(starts[-1], shares, 2)
    ]
    others = _best_splits(starts, ends, shares, lexicon, without={first, second})
    return [one for one in merged if one.text not in (first, second)] + others[: 2 * _SPLITS]


def _best_splits(
    starts: list[Distances], ends: list[Distances], shares: Shares, lexicon: Lexicon, without: set[str]
) -> list[Confusion]:
    # A word beside itself is an insertion, and counted as one.
    found = {one for one in _splits(starts, ends, shares, lexicon) if without.isdisjoint(one.text.split())}
    return sorted(found, key=_promise)


def _splits(
    starts: list[Distances], ends: list[Distances], shares: Shares, lexicon: Lexicon
) -> Iterator[Confusion]:
    length = len(starts) - 1
    for cut in range(1, length):
        befores = _likeliest(starts[cut], shares, _AT_A_CUT)
        afters = _likeliest(ends[length - cut], shares, _AT_A_CUT)
        for before, after in product(befores, afters):
            yield Confusion(
                f"{lexicon.words[before]} {lexicon.words[after]}",
                int(starts[cut][before]) + int(ends[length - cut][after]),
                lexicon.log_share[before] + lexicon.log_share[after],
                Kind.SPLIT,
            )


def _likeliest(distances: Distances, shares: Shares, many: int) -> list[int]:
    chosen: dict[int, None] = {}
    for severity in _LOOKED_AT:
        costs = distances / (100 * severity) - _POPULARITY * shares
        chosen.update(dict.fromkeys(np.argsort(costs, kind="stable")[:many].tolist()))
    return list(chosen)


def _promise(one: Confusion) -> tuple[float, str]:
    return one.distance / (100 * _LOOKED_AT[0]) - _POPULARITY * one.log_share, one.text
