"""What is said to the assistant, and all that it makes of it, beside what would have been right."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from pydantic import JsonValue

from simulator.assistant.situation import Situation
from streams.records import EntityResolution, Interpretation, Response, Stage

__all__ = ["Answer", "Said"]

_NO_IDS: Mapping[str, str] = {}


class Said(NamedTuple):
    """One utterance, and what it means.

    Attributes
    ----------
    text
        The words: lower case, no punctuation but apostrophes.
    meaning
        The right interpretation in this situation; of a short answer the open intent with the one slot. Empty
        where nobody spoke to the assistant.
    noise
        Factor on the channel's noise.
    speech
        Whether somebody spoke to the assistant; not so in a false wake.
    unsupported
        Whether it is known that nobody could serve this.
    goal
        All that the person is after, where that is more than `meaning`: the whole wish behind a short answer.
        What is done in the end is held against it.
    entities
        Slot to the id of what is meant (`Assistant.entity_id`), where a name is not one thing's alone: one of two
        songs of the same title. Without it, the popular one is.
    """

    text: str
    meaning: Interpretation
    noise: float = 1.0
    speech: bool = True
    unsupported: bool = False
    goal: Interpretation | None = None
    entities: Mapping[str, str] = _NO_IDS


class Answer(NamedTuple):
    """What each stage put out, and the truth about it.

    Attributes
    ----------
    nlu
        n-best list; the first is empty where nothing was understood.
    entities
        What each value was taken for.
    response
        What the assistant said and did; when it ended is not its affair.
    wake_score
        None where the device was listening already.
    traces
        Confidence and reasons of every stage, by its name.
    situation
        As it is now: what the assistant asked, offered and switched.
    wrong
        Those of wake, asr, nlu, entity, result and speech whose output was wrong, whosever fault it was.
    failure_point
        The earliest stage from which on every stage's output is wrong.
    defect
        Somebody spoke, and the request was not met.
    unsupported
        Nobody could have served it, so that it is no defect.
    right
        What each stage should have put out, by its name.
    meant
        What each value of the right interpretation stands for.
    met
        Served as it was meant, and nothing is left to ask.
    """

    nlu: tuple[Interpretation, ...]
    entities: tuple[EntityResolution, ...]
    response: Response
    wake_score: float | None
    traces: dict[str, Any]
    situation: Situation
    wrong: tuple[str, ...]
    failure_point: Stage
    defect: bool
    unsupported: bool
    right: dict[str, JsonValue]
    meant: tuple[EntityResolution, ...]
    met: bool
