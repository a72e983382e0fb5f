"""DSTC2's dialogue acts as interpretations, and back. Exact both ways."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from evaluation.corpora.corpus import Meaning
from streams.records import Interpretation, Slot

__all__ = ["COURTESIES", "DOMAIN", "Acts", "asked_slot", "interpretation_of", "meaning"]

#: Dialogue acts as the logs write them: {"act": "inform", "slots": [["food", "thai"]]}.
Acts: TypeAlias = Sequence[Mapping[str, Any]]

DOMAIN = "restaurant"

#: Acts that ask for nothing. Beside others they are dropped; alone they are an intent, and no request.
COURTESIES = frozenset({"ack", "hello", "null", "repeat", "restart", "thankyou"})


def asked_slot(acts: Acts) -> str | None:
    """Name the slot that the system's acts ask for: that of the first `request`."""
    for act in acts:
        if act["act"] == "request":
            slot: str = act["slots"][0][1]
            return slot
    return None


def interpretation_of(acts: Acts, asked: str | None, confidence: float | None = None) -> Interpretation:
    """Bring the dialogue acts of one hypothesis to an interpretation.

    The intent is the names of the acts, sorted and joined by `+`. A slot goes by its own name where it is
    informed, else after its act: `request.slot`, `deny.food`. The slot `this` is the one that was asked for.

    Parameters
    ----------
    acts
        The hypothesis; no acts at all give an empty interpretation.
    asked
        The slot that the system had asked for; without one, `this` stays.
    confidence
        The hypothesis's score, cut to [0, 1].
    """
    requests = [act for act in acts if act["act"] not in COURTESIES]
    names = {act["act"] for act in requests or acts}
    slots = {
        (_slot_name(act["act"], asked if slot == "this" and asked else slot), value)
        for act in requests
        for slot, value in act["slots"]
    }
    return Interpretation(
        domain=DOMAIN if names else None,
        intent="+".join(sorted(names)) or None,
        slots=tuple(Slot(name=name, value=value) for name, value in sorted(slots)),
        confidence=None if confidence is None else min(max(confidence, 0.0), 1.0),
    )


def _slot_name(act: str, slot: str) -> str:
    return slot if act == "inform" else f"{act}.{slot}"


def meaning(interpretation: Interpretation) -> Meaning:
    """Give back the set of (act, slot, value) that an interpretation was made from, without courtesies.

    Examples
    --------
    >>> sorted(meaning(Interpretation(intent="affirm+inform", slots=(Slot(name="food", value="thai"),))), key=str)
    [('affirm', None, None), ('inform', 'food', 'thai')]
    """
    found: set[tuple[str, str | None, str | None]] = set()
    for slot in interpretation.slots:
        act, dot, name = slot.name.partition(".")
        found.add((act, name, slot.value) if dot else ("inform", slot.name, slot.value))
    with_slots = {act for act, _, _ in found}
    for act in (interpretation.intent or "").split("+"):
        if act and act not in COURTESIES and act not in with_slots:
            found.add((act, None, None))
    return frozenset(found)
