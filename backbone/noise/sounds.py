"""The sounds of English, and how far one is from another.

Consonants differ in voicing, place and manner, vowels in height and backness, as phonetics has them. Listeners in
noise mistake place most easily and nasality least (Miller and Nicely 1955, "An Analysis of Perceptual Confusions
Among Some English Consonants", table of channel capacities), and the weights follow that order.

Distances are whole hundredths: 100 is one whole wrong sound. Sums of whole numbers are the same on every machine.
"""

from collections.abc import Mapping
from math import hypot
from typing import NamedTuple

__all__ = ["DROPPED", "REPLACED", "SOUNDS", "is_vowel"]


class _Consonant(NamedTuple):
    place: float  # 0 at the lips, 1 in the throat
    manner: str
    voiced: bool


class _Vowel(NamedTuple):
    """Where the tongue begins and where it ends: (height from high 0 to low 1, backness from front 0 to back 1)."""

    begins: tuple[float, float]
    ends: tuple[float, float]
    by_r: bool = False


_CONSONANTS: Mapping[str, _Consonant] = {
    "p": _Consonant(0.0, "stop", False),
    "b": _Consonant(0.0, "stop", True),
    "t": _Consonant(0.4, "stop", False),
    "d": _Consonant(0.4, "stop", True),
    "k": _Consonant(0.8, "stop", False),
    "g": _Consonant(0.8, "stop", True),
    "ch": _Consonant(0.55, "affricate", False),
    "jh": _Consonant(0.55, "affricate", True),
    "f": _Consonant(0.1, "fricative", False),
    "v": _Consonant(0.1, "fricative", True),
    "th": _Consonant(0.25, "fricative", False),
    "dh": _Consonant(0.25, "fricative", True),
    "s": _Consonant(0.4, "fricative", False),
    "z": _Consonant(0.4, "fricative", True),
    "sh": _Consonant(0.55, "fricative", False),
    "zh": _Consonant(0.55, "fricative", True),
    "hh": _Consonant(1.0, "fricative", False),
    "m": _Consonant(0.0, "nasal", True),
    "n": _Consonant(0.4, "nasal", True),
    "ng": _Consonant(0.8, "nasal", True),
    "l": _Consonant(0.4, "liquid", True),
    "r": _Consonant(0.5, "liquid", True),
    "w": _Consonant(0.1, "glide", True),
    "y": _Consonant(0.6, "glide", True),
}

_VOWELS: Mapping[str, _Vowel] = {
    "iy": _Vowel((0.0, 0.0), (0.0, 0.0)),
    "ih": _Vowel((0.2, 0.15), (0.2, 0.15)),
    "ey": _Vowel((0.4, 0.05), (0.1, 0.05)),
    "eh": _Vowel((0.6, 0.15), (0.6, 0.15)),
    "ae": _Vowel((0.85, 0.2), (0.85, 0.2)),
    "aa": _Vowel((1.0, 0.7), (1.0, 0.7)),
    "ao": _Vowel((0.75, 0.9), (0.75, 0.9)),
    "ow": _Vowel((0.5, 0.9), (0.2, 0.9)),
    "uh": _Vowel((0.2, 0.8), (0.2, 0.8)),
    "uw": _Vowel((0.0, 0.95), (0.0, 0.95)),
    "ah": _Vowel((0.55, 0.55), (0.55, 0.55)),
    "er": _Vowel((0.5, 0.5), (0.5, 0.5), by_r=True),
    "ay": _Vowel((0.95, 0.5), (0.15, 0.1)),
    "aw": _Vowel((0.95, 0.5), (0.2, 0.85)),
    "oy": _Vowel((0.6, 0.9), (0.15, 0.1)),
}

#: How far one manner is from another; the same both ways.
_MANNERS: Mapping[frozenset[str], float] = {
    frozenset(("stop", "affricate")): 0.25,
    frozenset(("stop", "fricative")): 0.4,
    frozenset(("stop", "nasal")): 0.55,
    frozenset(("stop", "liquid")): 0.65,
    frozenset(("stop", "glide")): 0.7,
    frozenset(("affricate", "fricative")): 0.2,
    frozenset(("affricate", "nasal")): 0.7,
    frozenset(("affricate", "liquid")): 0.7,
    frozenset(("affricate", "glide")): 0.7,
    frozenset(("fricative", "nasal")): 0.6,
    frozenset(("fricative", "liquid")): 0.6,
    frozenset(("fricative", "glide")): 0.6,
    frozenset(("nasal", "liquid")): 0.4,
    frozenset(("nasal", "glide")): 0.5,
    frozenset(("liquid", "glide")): 0.25,
}

#: Vowels that glide into a consonant, or the reverse.
_GLIDING: Mapping[frozenset[str], float] = {
    frozenset(("iy", "y")): 0.4,
    frozenset(("ih", "y")): 0.5,
    frozenset(("uw", "w")): 0.4,
    frozenset(("uh", "w")): 0.5,
    frozenset(("ow", "w")): 0.6,
    frozenset(("er", "r")): 0.3,
    frozenset(("ao", "l")): 0.6,
    frozenset(("ow", "l")): 0.6,
    frozenset(("uh", "l")): 0.6,
}

#: What is easily not heard, or heard where nothing was.
_WEAK: Mapping[str, float] = {
    "hh": 0.35,
    "ah": 0.4,
    "ih": 0.45,
    "y": 0.4,
    "w": 0.5,
    "r": 0.45,
    "l": 0.5,
    "t": 0.45,
    "d": 0.45,
    "n": 0.55,
    "er": 0.55,
}

_STRONG = 0.7
_UNLIKE = 1.1

#: Every sound, by its number.
SOUNDS: tuple[str, ...] = (*_CONSONANTS, *_VOWELS)


def is_vowel(sound: str) -> bool:
    """Say whether a sound is a vowel."""
    return sound in _VOWELS


def _apart(one: str, other: str) -> float:
    if one == other:
        return 0.0
    if one in _CONSONANTS and other in _CONSONANTS:
        return _consonants_apart(_CONSONANTS[one], _CONSONANTS[other])
    if one in _VOWELS and other in _VOWELS:
        return _vowels_apart(_VOWELS[one], _VOWELS[other])
    return _GLIDING.get(frozenset((one, other)), _UNLIKE)


def _consonants_apart(one: _Consonant, other: _Consonant) -> float:
    place = 0.15 + 0.3 * abs(one.place - other.place) if one.place != other.place else 0.0
    manner = 0.0 if one.manner == other.manner else _MANNERS[frozenset((one.manner, other.manner))]
    voicing = 0.3 if one.voiced != other.voiced else 0.0
    return min(place + manner + voicing, 1.0)


def _vowels_apart(one: _Vowel, other: _Vowel) -> float:
    begin = hypot(one.begins[0] - other.begins[0], one.begins[1] - other.begins[1])
    end = hypot(one.ends[0] - other.ends[0], one.ends[1] - other.ends[1])
    return min(0.1 + 0.5 * (begin + end) / 2 + (0.2 if one.by_r != other.by_r else 0.0), 0.8)


#: `REPLACED[i][j]`: hundredths between sound i and sound j, by their numbers in `SOUNDS`.
REPLACED: tuple[tuple[int, ...], ...] = tuple(
    tuple(round(100 * _apart(one, other)) for other in SOUNDS) for one in SOUNDS
)
#: `DROPPED[i]`: hundredths for a sound that is not heard, or heard where none was.
DROPPED: tuple[int, ...] = tuple(round(100 * _WEAK.get(sound, _STRONG)) for sound in SOUNDS)
