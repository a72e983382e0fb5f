"""Signals of the next request, over columns; what each observes is said in `streams.outcome.signals.following`.

Texts and interpretations repeat, and so do pairs of them: what a signal says of a pair is worked out once.
"""

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
from numpy.typing import NDArray

from streams.outcome.columns.assistant import Column
from streams.outcome.signals.following import (
    SHORT,
    hurried,
    recovered_from,
    rephrased,
    slot_restated,
    slots_shared,
)
from streams.outcome.words import WORDS
from streams.records import Interpretation
from streams.sessions.columns import NONE, Codes, SessionColumns, for_each_pair

__all__ = ["FOLLOWING"]


def _repeat(sessions: SessionColumns) -> Column:
    """The same again; but not the same short answer to another question."""
    here, then = _pair(sessions)
    text = sessions.utterance[here]
    filled = np.fromiter((words != "" for words in sessions.texts.plain), np.bool_)
    short = np.fromiter((len(words.split()) <= SHORT for words in sessions.texts.plain), np.bool_)
    same = filled[text] & (text == sessions.utterance[then])
    asked, asked_then = sessions.asked[here], sessions.asked[then]
    prompt, prompt_then = sessions.prompt[here], sessions.prompt[then]
    other_words = (prompt != NONE) & (prompt_then != NONE) & (prompt != prompt_then)
    no_slot = (asked == NONE) & (asked_then == NONE)
    other_question = np.where(no_slot, other_words, asked != asked_then)
    return _put(sessions, here, (same & ~(other_question & short[text])).astype(np.float64))


def _rephrase(sessions: SessionColumns) -> Column:
    here, then = _pair(sessions)
    plain = sessions.texts.plain
    return _put(
        sessions,
        here,
        for_each_pair(
            sessions.utterance[here], sessions.utterance[then], lambda a, b: rephrased(plain[a], plain[b])
        ),
    )


def _of_slots(sessions: SessionColumns, of: Callable[[Interpretation, Interpretation], float]) -> Column:
    here, then = _both_read(sessions)
    read = sessions.interpretations
    told = for_each_pair(sessions.best[here], sessions.best[then], lambda a, b: of(read[a], read[b]))
    return _put(sessions, here, told)


def _shared_slots(sessions: SessionColumns) -> Column:
    shared = _of_slots(sessions, slots_shared)
    here, then = _pair(sessions)
    shared[here[sessions.utterance[here] == sessions.utterance[then]]] = 0.0
    return shared


def _recovered(sessions: SessionColumns) -> Column:
    here, then = _both_read(sessions)
    several = sessions.nlu.lengths[here] > 1
    here, then = here[several], then[several]
    read, nlu = sessions.interpretations, sessions.nlu
    known: dict[tuple[bytes, int], float] = {}
    told = np.zeros(len(here))
    for place, (begin, end, later) in enumerate(
        zip(
            nlu.starts[here].tolist(),
            nlu.starts[here + 1].tolist(),
            sessions.best[then].tolist(),
            strict=True,
        )
    ):
        numbers = nlu.values[begin:end]
        key = numbers.tobytes(), later
        if key not in known:
            known[key] = recovered_from([read[number] for number in numbers], read[later])
        told[place] = known[key]
    return _put(sessions, here, told)


def _says(sessions: SessionColumns, kind: str) -> Column:
    here, then = _pair(sessions)
    plain, names = sessions.texts.plain, sessions.names

    def says(locale: int, text: int) -> float:
        # One up: a locale that is not named is 0.
        lexicon = WORDS.of_locale(names[locale - 1] if locale else None)
        return 1.0 if lexicon is not None and lexicon.says(kind, plain[text]) else 0.0

    return _put(sessions, here, for_each_pair(sessions.locale[then] + 1, sessions.utterance[then], says))


def _haste(sessions: SessionColumns) -> Column:
    here, then = _pair(sessions)
    since = np.maximum(sessions.time[here], sessions.ended[here])
    gaps = np.maximum(0, sessions.time[then] - since) / 1e6
    return _put(sessions, here, np.fromiter(map(hurried, gaps.tolist()), np.float64, len(gaps)))


def _ended(sessions: SessionColumns) -> Column:
    return (~sessions.followed).astype(np.float64)


def _pair(sessions: SessionColumns) -> tuple[Codes, Codes]:
    """Rows that another of the session follows, and the rows that follow."""
    here = np.flatnonzero(sessions.followed)
    return here, here + 1


def _both_read(sessions: SessionColumns) -> tuple[Codes, Codes]:
    """Those of `_pair` that both have an NLU."""
    here, then = _pair(sessions)
    read: NDArray[np.bool_] = (sessions.best[here] != NONE) & (sessions.best[then] != NONE)
    return here[read], then[read]


def _put(sessions: SessionColumns, here: Codes, told: Column) -> Column:
    column = np.zeros(len(sessions))
    column[here] = told
    return column


FOLLOWING: Mapping[str, Callable[[SessionColumns], Column]] = {
    "cancel": partial(_says, kind="cancel"),
    "ended": _ended,
    "haste": _haste,
    "negation": partial(_says, kind="negation"),
    "recovered": _recovered,
    "repeat": _repeat,
    "rephrase": _rephrase,
    "restated_slot": partial(_of_slots, of=slot_restated),
    "shared_slots": _shared_slots,
    "thanks": partial(_says, kind="thanks"),
}
