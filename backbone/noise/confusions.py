"""What may be heard instead of a word: another, two others, nothing, or the word and a short one beside it."""

from collections.abc import Iterable, Iterator
from enum import Enum
from itertools import permutations, product
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from backbone.noise.adding import added_up
from backbone.noise.lexicon import Lexicon
from backbone.noise.sounds import DROPPED
from backbone.noise.spelling import pronounce

__all__ = ["Confusion", "Kind", "before_speech", "crossings", "of_word"]


Distances: TypeAlias = npt.NDArray[np.int16]


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
_SPLITS = 10
_AT_A_CUT = 3
#: Words that noise before the speech is taken for; and how many of them are taken for two.
_BEFORE = 10
_PAIRED = 5
#: By how many sounds the boundary between two words is misheard at most.
_MOVED = 2


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
    found = [
        Confusion(lexicon.words[n], int(starts[-1][n]), lexicon.log_share[n], Kind.REPLACED)
        for n in _likeliest(starts[-1], lexicon, _REPLACEMENTS)
        if lexicon.words[n] != word
    ]
    found += _best_splits(starts, ends, range(len(sounds)), lexicon, without={word})[:_SPLITS]
    if word in lexicon:
        share = lexicon.log_share[lexicon.number[word]]
        found.append(Confusion("", sum(DROPPED[sound] for sound in sounds), 0.0, Kind.DELETED))
        for n in lexicon.short:
            added, both = sum(DROPPED[sound] for sound in lexicon.sounds[n]), lexicon.log_share[n] + share
            found.append(Confusion(f"{lexicon.words[n]} {word}", added, both, Kind.INSERTED))
    return found


def before_speech(lexicon: Lexicon) -> list[Confusion]:
    """Find what may be heard before anybody spoke: one or two short words, where there was only noise."""
    added = lexicon.from_start(b"")[0]
    likeliest = _likeliest(added, lexicon, _BEFORE)
    found: list[tuple[tuple[int, ...], int]] = [((n,), int(added[n])) for n in likeliest]
    found += [((n, m), int(added[n]) + int(added[m])) for n, m in permutations(likeliest[:_PAIRED], 2)]
    return [
        Confusion(
            " ".join(lexicon.words[n] for n in numbers),
            distance,
            added_up(lexicon.log_share[n] for n in numbers),
            Kind.INSERTED,
        )
        for numbers, distance in found
    ]


def crossings(first: str, second: str, lexicon: Lexicon) -> list[Confusion]:
    """Find what may be heard instead of two neighbouring words with another boundary, or none, between them."""
    sounds, border = pronounce(f"{first} {second}"), len(pronounce(first))
    starts = lexicon.from_start(sounds)
    ends = lexicon.from_end(sounds[max(0, border - _MOVED) :])
    merged = [
        Confusion(lexicon.words[n], int(starts[-1][n]), lexicon.log_share[n], Kind.REPLACED)
        for n in _likeliest(starts[-1], lexicon, 2)
    ]
    near = [border + moved for moved in range(-_MOVED, _MOVED + 1) if moved]
    others = _best_splits(starts, ends, near, lexicon, without={first, second})
    return [one for one in merged if one.text not in (first, second)] + others[:_SPLITS]


def _best_splits(
    starts: list[Distances],
    ends: list[Distances],
    cuts: Iterable[int],
    lexicon: Lexicon,
    without: set[str],
) -> list[Confusion]:
    # A word beside itself is an insertion, and counted as one.
    found = {one for one in _splits(starts, ends, cuts, lexicon) if without.isdisjoint(one.text.split())}
    return sorted(found, key=_promise)


def _splits(
    starts: list[Distances], ends: list[Distances], cuts: Iterable[int], lexicon: Lexicon
) -> Iterator[Confusion]:
    length = len(starts) - 1
    for cut in cuts:
        if not 0 < cut < length or length - cut >= len(ends):
            continue
        befores = _likeliest(starts[cut], lexicon, _AT_A_CUT)
        afters = _likeliest(ends[length - cut], lexicon, _AT_A_CUT)
        for before, after in product(befores, afters):
            yield Confusion(
                f"{lexicon.words[before]} {lexicon.words[after]}",
                int(starts[cut][before]) + int(ends[length - cut][after]),
                lexicon.log_share[before] + lexicon.log_share[after],
                Kind.SPLIT,
            )


def _likeliest(distances: Distances, lexicon: Lexicon, many: int) -> list[int]:
    chosen: dict[int, None] = {}
    for severity in _LOOKED_AT:
        costs = distances / (100 * severity) - _POPULARITY * lexicon.log_shares
        # Of equal costs the more popular word comes first, whichever way this machine's numpy partitions.
        near = np.flatnonzero(costs <= np.partition(costs, many - 1)[many - 1]) if many < len(costs) else None
        order = np.argsort(costs if near is None else costs[near], kind="stable")[:many]
        chosen.update(dict.fromkeys((order if near is None else near[order]).tolist()))
    return list(chosen)


def _promise(one: Confusion) -> tuple[float, str]:
    return one.distance / (100 * _LOOKED_AT[0]) - _POPULARITY * one.log_share, one.text
