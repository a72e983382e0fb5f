"""Turn and Signal as msgspec reads them: the same fields, under rules at least as strict as the records' own.

A field that the records do not know, or that can hold anything, is no part of a shape: such an entry goes the slow
way. That what a shape takes is taken by `streams.parsing.parse` too, and means the same, is tested.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct, field

__all__ = [
    "Ambient",
    "AppliedRewrite",
    "Device",
    "DialogueContext",
    "EntityResolution",
    "Heard",
    "Interpretation",
    "Response",
    "SignalShape",
    "Slot",
    "TurnShape",
]

_Identifier = Annotated[str, Meta(min_length=1, max_length=512)]
_Probability = Annotated[float, Meta(ge=0.0, le=1.0)]
_Integer = Annotated[int, Meta(ge=-(2**53), le=2**53)]
_Scalar = str | bool | _Integer | float | None
#: Values of what senders name themselves; what is nested deeper goes the slow way.
_Anything = dict[str, _Scalar]
#: A stage's trace may hold several of them, lists of them, and several for each slot, as a simulated assistant's does.
_Listed = _Scalar | list[_Scalar]
_Traces = dict[str, _Listed | dict[str, _Listed | dict[str, _Listed]]]


class _Part(Struct, gc=False, omit_defaults=True, forbid_unknown_fields=True):
    """A piece of a record. Not tracked by the garbage collector: there are no cycles in what JSON holds."""


class Slot(_Part):
    """As streams.records.Slot."""

    name: str
    value: str


class Interpretation(_Part):
    """As streams.records.Interpretation."""

    domain: str | None = None
    intent: str | None = None
    slots: tuple[Slot, ...] = ()
    confidence: _Probability | None = None


class Heard(_Part):
    """As streams.records.AsrHypothesis."""

    text: str
    score: float | None = None


class EntityResolution(_Part):
    """As streams.records.EntityResolution."""

    slot: str
    value: str
    entity_id: str | None = None
    score: float | None = None


class Device(_Part):
    """As streams.records.Device."""

    type: str | None = None
    screen: bool | None = None
    place: str | None = None
    state: _Anything = field(default_factory=dict)


class Ambient(_Part):
    """As streams.records.Ambient."""

    activity: str | None = None
    sensors: _Anything = field(default_factory=dict)


class DialogueContext(_Part):
    """As streams.records.DialogueContext."""

    asked: str | None = None
    prompt: str | None = None


class Response(_Part):
    """As streams.records.Response."""

    status: Literal["ok", "not_understood", "no_result", "error"] | None = None
    action: str | None = None
    text: str | None = None
    result: str | None = None
    asked: str | None = None
    ended: str | None = None
    items: tuple[str, ...] = ()


class AppliedRewrite(_Part):
    """As streams.records.AppliedRewrite."""

    request_id: _Identifier
    original_utterance: str


class TurnShape(_Part):
    """As streams.records.Turn; times are text until all of a batch are read at once."""

    turn_id: _Identifier
    customer_id: _Identifier
    time: str
    utterance: str
    tenant_id: _Identifier = "default"
    schema_version: str = "1.0"
    home_id: _Identifier | None = None
    device_id: _Identifier | None = None
    session_id: _Identifier | None = None
    request_id: _Identifier | None = None
    utc_offset_minutes: Annotated[int, Meta(ge=-16 * 60, le=16 * 60)] | None = None
    locale: str | None = None
    device: Device | None = None
    context: DialogueContext | None = None
    asr: tuple[Heard, ...] = ()
    nlu: tuple[Interpretation, ...] = ()
    response: Response | None = None
    rewrite: AppliedRewrite | None = None
    entities: tuple[EntityResolution, ...] = ()
    ambient: Ambient | None = None
    wake_score: _Probability | None = None
    versions: dict[str, str] = field(default_factory=dict)
    traces: _Traces = field(default_factory=dict)
    audio: str | None = None


class SignalShape(_Part):
    """As streams.records.Signal."""

    signal_id: _Identifier
    turn_id: _Identifier
    customer_id: _Identifier
    time: str
    kind: Literal["interrupted", "playback_ended", "item_chosen", "rating", "helped", "correction"]
    tenant_id: _Identifier = "default"
    schema_version: str = "1.0"
    value: float | None = None
    text: str | None = None
