"""Wordings: `play [me] (a song|something) by {artist}` stands for several texts.

`(a|b|)` is one of several, the usual one first; `[a]` is `(|a)`; `{slot}` is a value; all may be nested. The
k-th of several ways is said with a weight of 1 / k: people agree on some words and are alone with others.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import product
from types import MappingProxyType

__all__ = ["MOST", "BadWording", "expansions", "sayable", "slots_of"]

#: More texts than this are not one wording any more.
MOST = 400

_TOKENS = re.compile(r"[()\[\]|]|\{[^{}]*\}|[^()\[\]|{}]+|.", re.DOTALL)
_SLOT = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_WORDS = re.compile(r"[\w' ]+")
_CLOSES = {"(": ")", "[": "]"}

#: Texts with their shares, in the order in which they are written.
_Ways = list[tuple[str, float]]


class BadWording(ValueError):
    """Brackets that do not match, a text that nobody can say, or too many of them."""


def slots_of(text: str) -> frozenset[str]:
    """Return the slots that a text or a wording names.

    >>> sorted(slots_of("play {song} by {artist}"))
    ['artist', 'song']
    """
    return frozenset(_SLOT.findall(text))


def sayable(text: str) -> bool:
    """Tell whether a text is as ASR writes: lower case, with single spaces and no signs but apostrophes.

    >>> sayable("odell park"), sayable("Odell Park"), sayable("ac/dc")
    (True, False, False)
    """
    return bool(_WORDS.fullmatch(text)) and text == text.lower() and text == " ".join(text.split())


@lru_cache(maxsize=8_192)
def expansions(wording: str) -> Mapping[str, float]:
    """Return the texts of a wording with their shares, which add up to one.

    Raises
    ------
    BadWording
        It cannot be read, may be empty, or stands for more than `MOST` texts.

    >>> {text: round(share, 2) for text, share in expansions("dim (it|them) [please]").items()}
    {'dim it': 0.44, 'dim it please': 0.22, 'dim them': 0.22, 'dim them please': 0.11}
    """
    tokens = _TOKENS.findall(wording)
    ways, rest = _alternatives(tokens, 0, None)
    if rest != len(tokens):
        raise BadWording(f"{tokens[rest]!r} closes nothing")
    told: dict[str, float] = {}
    for text, share in ways:
        plain = " ".join(text.split())
        if not plain:
            raise BadWording("may be empty")
        told[plain] = told.get(plain, 0.0) + share
    return MappingProxyType(told)


def _alternatives(tokens: list[str], start: int, closing: str | None) -> tuple[_Ways, int]:
    """Read ways up to what closes them; return them, and the index of that."""
    ways: list[_Ways] = []
    at = start
    while True:
        sequence, at = _sequence(tokens, at)
        ways.append(sequence)
        if at < len(tokens) and tokens[at] == "|" and closing is not None:
            at += 1
            continue
        if closing is None or (at < len(tokens) and tokens[at] == closing):
            return _one_of(ways), at
        raise BadWording(f"{closing!r} is missing")


def _sequence(tokens: list[str], start: int) -> tuple[_Ways, int]:
    parts: list[_Ways] = []
    at = start
    while at < len(tokens) and (token := tokens[at]) not in (")", "]", "|"):
        if token in _CLOSES:
            inner, end = _alternatives(tokens, at + 1, _CLOSES[token])
            parts.append(_one_of([[("", 1.0)], inner]) if token == "[" else inner)
            at = end + 1
        else:
            parts.append([(_plain(token), 1.0)])
            at += 1
    return list(_joined(parts)), at


def _plain(token: str) -> str:
    if token.startswith("{"):
        if not _SLOT.fullmatch(token):
            raise BadWording(f"{token!r} is not a slot: one is written {{name}}, in lower case")
    elif not _WORDS.fullmatch(token) or token != token.lower():
        raise BadWording(f"{token.strip()!r} is not as ASR writes: lower case, apostrophes, no other signs")
    return token


def _one_of(ways: list[_Ways]) -> _Ways:
    """Weigh the k-th way by 1 / k."""
    whole = 0.0
    for rank in range(1, len(ways) + 1):  # sum() adds floats otherwise since Python 3.12
        whole += 1.0 / rank
    found = [
        (text, share / (rank * whole)) for rank, inner in enumerate(ways, start=1) for text, share in inner
    ]
    return _counted(found)


def _joined(parts: list[_Ways]) -> Iterator[tuple[str, float]]:
    count = 1
    for part in parts:
        count *= len(part)
        if count > MOST:
            raise BadWording(f"stands for more than {MOST} texts; cut it in two")
    for chosen in product(*parts):
        share = 1.0
        for _, part_share in chosen:
            share *= part_share
        yield "".join(text for text, _ in chosen), share


def _counted(ways: _Ways) -> _Ways:
    if len(ways) > MOST:
        raise BadWording(f"stands for more than {MOST} texts; cut it in two")
    return ways
