"""The Turn record: one request to the assistant and its response."""

from enum import StrEnum
from typing import Any, ClassVar

from pydantic import Field, JsonValue

from streams.records.base import Identifier, Part, Probability, Record, Time
from streams.records.interpretation import Interpretation

__all__ = [
    "Ambient",
    "AppliedRewrite",
    "AsrHypothesis",
    "Device",
    "DialogueContext",
    "EntityResolution",
    "Response",
    "ResponseStatus",
    "Turn",
]


class AsrHypothesis(Part):
    """One thing the recogniser may have heard. Scores compare within one n-best list only."""

    text: str
    score: float | None = None


class EntityResolution(Part):
    """What a slot's value was taken to stand for in the catalogue."""

    slot: str
    value: str
    entity_id: str | None = Field(default=None, description="None where nothing in the catalogue fits.")
    score: float | None = None


class Device(Part):
    """The device that was spoken to, as it was at that moment."""

    type: str | None = None
    screen: bool | None = None
    place: str | None = Field(default=None, description="Room or other place, in the customer's words.")
    state: dict[str, JsonValue] = Field(default_factory=dict)


class Ambient(Part):
    """What goes on around the device: an activity, readings of sensors."""

    activity: str | None = None
    sensors: dict[str, JsonValue] = Field(default_factory=dict)


class DialogueContext(Part):
    """What the assistant had said before the request, where it decides what a short answer means."""

    asked: str | None = Field(default=None, description="Name of the slot that the assistant had asked for.")
    prompt: str | None = Field(default=None, description="What the assistant had said.")


class ResponseStatus(StrEnum):
    """How a response went, as the assistant itself saw it."""

    OK = "ok"
    NOT_UNDERSTOOD = "not_understood"
    NO_RESULT = "no_result"
    ERROR = "error"


class Response(Part):
    """What the assistant did about a request."""

    text: str | None = None
    status: ResponseStatus | None = None
    action: str | None = None
    result: str | None = None
    items: tuple[str, ...] = Field(default=(), description="What was shown or offered.")
    asked: str | None = Field(default=None, description="Name of the slot that the response asks for.")
    ended: Time | None = Field(default=None, description="When the response had been spoken or cut off.")


class AppliedRewrite(Part):
    """The rewrite that stood between what was heard and the NLU."""

    request_id: Identifier
    original_utterance: str


class Turn(Record):
    """One request and its response. Immutable: what becomes known later is a Signal.

    Only ids, time and utterance are required, so that the log of a text bot fits.
    """

    topic: ClassVar[str] = "dialogue.turns"

    turn_id: Identifier
    customer_id: Identifier
    time: Time = Field(description="When the request began.")
    utterance: str = Field(
        description="What the assistant took as the request: the best hypothesis, or the text typed."
    )

    session_id: Identifier | None = Field(
        default=None, description="The assistant's own session id, where it has one."
    )
    home_id: Identifier | None = None
    device_id: Identifier | None = None
    request_id: Identifier | None = None
    utc_offset_minutes: int | None = Field(default=None, ge=-16 * 60, le=16 * 60)
    locale: str | None = None

    device: Device | None = None
    ambient: Ambient | None = None
    context: DialogueContext | None = None
    wake_score: Probability | None = None
    asr: tuple[AsrHypothesis, ...] = Field(default=(), description="ASR n-best, best first.")
    nlu: tuple[Interpretation, ...] = Field(default=(), description="NLU n-best, best first.")
    entities: tuple[EntityResolution, ...] = ()
    response: Response | None = None
    rewrite: AppliedRewrite | None = None

    versions: dict[str, str] = Field(default_factory=dict, description="Component name to version.")
    traces: dict[str, Any] = Field(default_factory=dict, description="Component name to its decision trace.")
    audio: str | None = Field(default=None, description="A reference to the audio, never the audio itself.")
