"""The given weights: what each signal adds to the log-odds of success, before anything was learned."""

from collections.abc import Mapping

__all__ = ["GIVEN_BIAS", "GIVEN_WEIGHTS", "LABEL"]

#: Name under which the defect probability of a Label joins the signals.
LABEL = "label"

#: Most requests are met: log-odds 1, a success in three of four, where nothing else is known.
GIVEN_BIAS = 1.0

#: Signs are what the signals' definitions say; sizes are round and graded by how directly somebody, or the
#: assistant, says how the turn went. They are not fitted to any corpus.
GIVEN_WEIGHTS: Mapping[str, float] = {
    # Somebody was asked and said it; only several other signals together outweigh that.
    "rating": 4.0,
    "helped": 4.0,
    "correction": -4.0,
    # A log-odds already, of a calibrated model.
    LABEL: 1.0,
    # The assistant itself knows that it failed. "Nothing found" may be the true answer.
    "not_understood": -3.5,
    "error": -3.0,
    "empty_interpretation": -3.0,
    "unresolved": -2.0,
    "no_result": -1.5,
    # The assistant is sure, or is not. The margin mostly says the same again, so it gets less.
    "confidence": 1.5,
    "margin": 0.5,
    # What the customer does with what was offered.
    "item_chosen": 2.5,
    "playback": 2.0,
    # Who was understood seldom says it again. In the same words it was surely not done; in other words,
    # with the same slots or with a new value, it may also be a next step or a change of mind.
    "repeat": -2.0,
    "recovered": -2.0,
    "rephrase": -1.5,
    "restated_slot": -1.0,
    "shared_slots": -1.0,
    # What the customer says of it. "No" and "stop" also answer questions and end good music.
    "thanks": 2.0,
    "negation": -1.5,
    "cancel": -1.5,
    # An answer that was understood is not asked for again.
    "asked_again": -1.5,
    # People break in on bad answers, and on good ones that they have heard before.
    "interruption": -1.0,
    # Satisfied or given up; hurried or just quick: hints at most.
    "haste": -0.25,
    "ended": 0.25,
}
