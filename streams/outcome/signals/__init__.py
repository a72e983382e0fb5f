"""The signals of which an outcome is made: small functions of a session and the place of a turn in it.

A signal observes one thing and says how strongly, from −1 or 0 to 1; 0 is neutral, and None means that it
cannot be observed there. Which way it points is a matter of weights.
"""

from collections.abc import Callable, Mapping
from functools import partial

from streams.outcome.signals.assistant import (
    asked_again,
    confidence,
    empty_interpretation,
    error,
    margin,
    no_result,
    not_understood,
    unresolved,
)
from streams.outcome.signals.following import (
    cancel,
    ended,
    haste,
    negation,
    recovered,
    repeat,
    rephrase,
    restated_slot,
    shared_slots,
    thanks,
)
from streams.outcome.signals.observed import correction, helped, interruption, item_chosen, playback, rating
from streams.outcome.words import Words
from streams.sessions import Session

__all__ = ["EXPLICIT", "SIGNALS", "TIMING", "VIEWS", "SignalFunction", "signals_with"]

#: (session, index of a turn) → what is observed, or None.
SignalFunction = Callable[[Session, int], float | None]

SIGNALS: Mapping[str, SignalFunction] = {
    "asked_again": asked_again,
    "cancel": cancel,
    "confidence": confidence,
    "correction": correction,
    "empty_interpretation": empty_interpretation,
    "ended": ended,
    "error": error,
    "haste": haste,
    "helped": helped,
    "interruption": interruption,
    "item_chosen": item_chosen,
    "margin": margin,
    "negation": negation,
    "no_result": no_result,
    "not_understood": not_understood,
    "playback": playback,
    "rating": rating,
    "recovered": recovered,
    "repeat": repeat,
    "rephrase": rephrase,
    "restated_slot": restated_slot,
    "shared_slots": shared_slots,
    "thanks": thanks,
    "unresolved": unresolved,
}

#: What a person said when asked how it went: targets to learn from, never learned themselves.
EXPLICIT = frozenset({"rating", "helped"})

#: Any log with times has these; alone they tell no success from failure.
TIMING = frozenset({"ended", "haste"})

#: Signals that look at the same thing, and so go together whatever the outcome.
VIEWS: tuple[frozenset[str], ...] = (
    frozenset({"confidence", "empty_interpretation", "margin", "unresolved"}),
    frozenset({"asked_again", "error", "no_result", "not_understood"}),
    frozenset(
        {
            *("cancel", "ended", "haste", "negation", "recovered"),
            *("repeat", "rephrase", "restated_slot", "shared_slots", "thanks"),
        }
    ),
    frozenset({"correction", "interruption", "item_chosen", "playback"}),
)


def signals_with(words: Words) -> Mapping[str, SignalFunction]:
    """All signals, with other word lists than the shipped ones."""
    spoken = {"negation": negation, "cancel": cancel, "thanks": thanks}
    return {**SIGNALS, **{name: partial(signal, words=words) for name, signal in spoken.items()}}
