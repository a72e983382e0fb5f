"""Signals that arrived as Signal records, over columns; see `streams.outcome.signals.observed`."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import partial

import numpy as np

from streams.outcome.columns.assistant import Column
from streams.outcome.signals.observed import broken_off, corrected, played, rated, said_last
from streams.records import SignalKind
from streams.sessions.columns import SessionColumns

__all__ = ["OBSERVED"]


def _by_value(
    sessions: SessionColumns, kind: SignalKind, of: Callable[[list[float | None]], float | None]
) -> Column:
    found: dict[int, list[float | None]] = defaultdict(list)
    about = sessions.signals
    for turn, one, value in zip(about.turn.tolist(), about.kind, about.value, strict=True):
        if one == kind:
            found[turn].append(value)
    return _column(sessions, {turn: of(values) for turn, values in found.items()})


def _item_chosen(sessions: SessionColumns) -> Column:
    return _by_value(sessions, SignalKind.ITEM_CHOSEN, lambda values: 1.0)


def _correction(sessions: SessionColumns) -> Column:
    found: dict[int, list[str | None]] = defaultdict(list)
    about = sessions.signals
    for turn, kind, text in zip(about.turn.tolist(), about.kind, about.text, strict=True):
        if kind == SignalKind.CORRECTION:
            found[turn].append(text)
    plain = sessions.texts.plain
    return _column(
        sessions,
        {turn: corrected(plain[sessions.utterance[turn]], given) for turn, given in found.items()},
    )


def _column(sessions: SessionColumns, observed: Mapping[int, float | None]) -> Column:
    column = np.zeros(len(sessions))
    for turn, value in observed.items():
        column[turn] = value or 0.0
    return column


OBSERVED: Mapping[str, Callable[[SessionColumns], Column]] = {
    "correction": _correction,
    "helped": partial(_by_value, kind=SignalKind.HELPED, of=said_last),
    "interruption": partial(_by_value, kind=SignalKind.INTERRUPTED, of=broken_off),
    "item_chosen": _item_chosen,
    "playback": partial(_by_value, kind=SignalKind.PLAYBACK_ENDED, of=played),
    "rating": partial(_by_value, kind=SignalKind.RATING, of=rated),
}
