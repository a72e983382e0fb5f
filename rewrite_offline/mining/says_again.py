"""The lexical rephrase test over columns: the same figures as `LexicalRephraseTest` gives, turn by turn."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from rewrite_offline.mining.rephrase import SOUNDS, LexicalRephraseTest, sound
from streams.sessions.columns import NONE, Codes, SessionColumns, for_each_pair

__all__ = ["says_again_columns"]

Floats = NDArray[np.float64]


def says_again_columns(
    test: LexicalRephraseTest, sessions: SessionColumns, earlier: Codes, later: Codes
) -> Floats:
    """P(the request at `later` says again what the one at `earlier` said).

    What was taken for the two requests is compared first; what else may have been heard only where that can still
    change anything.

    Parameters
    ----------
    test
        The rephrase test.
    sessions
        Columns with as many ASR hypotheses as the test looks at.
    earlier, later
        Length n: rows.

    Returns
    -------
    ndarray
        Length n.
    """
    like = _likeness(test, sessions, sessions.utterance[earlier], sessions.utterance[later])
    most = test.lexical(1.0)
    lexical = _lexical(test, like)
    unsure = np.flatnonzero(lexical < most)
    pair, one, other = _heard_pairs(sessions, earlier[unsure], later[unsure])
    np.maximum.at(like, unsure[pair], _likeness(test, sessions, one, other))
    lexical = _lexical(test, like)
    return np.minimum(0.95, lexical + np.where(_slots_in_common(sessions, earlier, later), 0.2, 0.0))


def _lexical(test: LexicalRephraseTest, like: Floats) -> Floats:
    return np.fromiter(map(test.lexical, like.tolist()), np.float64, len(like))


def _likeness(test: LexicalRephraseTest, sessions: SessionColumns, one: Codes, other: Codes) -> Floats:
    """Likeness of two texts in letters or in sound; 0 where it is too small to count, or one of them is empty."""
    if not one.size:
        return np.empty(0)
    plain = sessions.texts.plain
    pairs, where = np.unique(one * len(plain) + other, return_inverse=True)
    said = [plain[text] for text in pairs // len(plain)]
    again = [plain[text] for text in pairs % len(plain)]
    letters = _ratios(said, again, test)
    sounds = _ratios([*map(sound, said)], [*map(sound, again)], test)
    filled = (one != 0) & (other != 0)
    return np.where(filled, (np.maximum(letters, SOUNDS * sounds) / 100)[where], 0.0)


def _ratios(one: Sequence[str], other: Sequence[str], test: LexicalRephraseTest) -> Floats:
    found: Floats = process.cpdist(
        one, other, scorer=fuzz.ratio, score_cutoff=100 * test.least, dtype=np.float64
    )
    return found


def _heard_pairs(sessions: SessionColumns, earlier: Codes, later: Codes) -> tuple[Codes, Codes, Codes]:
    """Every text that may have been heard with every one later: which pair of rows they are of, and the texts."""
    first, then = (1 + sessions.heard.lengths[rows] for rows in (earlier, later))
    many = first * then
    pair = np.repeat(np.arange(len(earlier)), many)
    number = np.arange(len(pair)) - np.repeat(np.cumsum(many) - many, many)
    return (
        pair,
        _heard(sessions, earlier[pair], number // then[pair]),
        _heard(sessions, later[pair], number % then[pair]),
    )


def _heard(sessions: SessionColumns, rows: Codes, place: Codes) -> Codes:
    """What was taken for the request, at place 0; then the recogniser's hypotheses."""
    found = sessions.utterance[rows]
    further = place > 0
    heard = sessions.heard
    found[further] = heard.values[heard.starts[:-1][rows[further]] + place[further] - 1]
    return found


def _slots_in_common(sessions: SessionColumns, earlier: Codes, later: Codes) -> NDArray[np.bool_]:
    """Whether what is understood later was among the earlier turn's hypotheses."""
    slots = [frozenset((slot.name, slot.value) for slot in one.slots) for one in sessions.interpretations]
    lengths = np.where(sessions.best[later] != NONE, sessions.nlu.lengths[earlier], 0)
    pair = np.repeat(np.arange(len(earlier)), lengths)
    place = np.arange(len(pair)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    one = sessions.nlu.values[sessions.nlu.starts[:-1][earlier[pair]] + place]
    common = for_each_pair(one, sessions.best[later[pair]], lambda a, b: not slots[a].isdisjoint(slots[b]))
    found = np.zeros(len(earlier), np.bool_)
    found[pair[common > 0]] = True
    return found
