"""Interpretations and the world's intents: one name for both, and words that mean what goes on."""

from collections.abc import Mapping

from simulator.assistant.situation import Situation
from simulator.world.schema import Intent
from streams.records import Interpretation

__all__ = ["in_state", "name_of"]


def name_of(found: Interpretation) -> str:
    """Return the name of an interpretation's intent, as the world has it."""
    return f"{found.domain}/{found.intent}"


def in_state(found: Interpretation, intents: Mapping[str, Intent], situation: Situation) -> Interpretation:
    """Give words that mean something else by what goes on the meaning that they have now."""
    means = intents[name_of(found)].means_by_state
    for state in means:
        if state in situation.states:
            domain, _, intent = means[state].partition("/")
            return found.model_copy(update={"domain": domain, "intent": intent})
    return found
