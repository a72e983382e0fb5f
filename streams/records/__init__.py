"""The records that flow between the parts of selflearn. Every seam is one of these, never a call.

| record | topic |
| --- | --- |
| Turn | `dialogue.turns` |
| Signal | `dialogue.signals` |
| Decision | `selflearn.decisions` |
| Rewrite | `selflearn.rewrites` |
| Label | `selflearn.labels` |
| FailurePoint | `selflearn.failure-points` |
| Preference | `selflearn.preferences` |
| DeadLetter | `dialogue.dead-letters` |

The Truth record is not among them: it lives in `streams.truth`, out of reach of what serves and learns.
"""

from streams.records.base import Part, Record
from streams.records.dead_letter import DeadLetter
from streams.records.decision import Candidate, Decision
from streams.records.failure_point import FailurePoint, Stage
from streams.records.interpretation import Interpretation, Slot
from streams.records.label import Label, LabelOrigin
from streams.records.preference import Preference, PreferenceScope
from streams.records.rewrite import Evidence, Rewrite
from streams.records.signal import Signal, SignalKind
from streams.records.turn import (
    Ambient,
    AppliedRewrite,
    AsrHypothesis,
    Device,
    DialogueContext,
    EntityResolution,
    Response,
    ResponseStatus,
    Turn,
)

__all__ = [
    "RECORDS",
    "Ambient",
    "AppliedRewrite",
    "AsrHypothesis",
    "Candidate",
    "DeadLetter",
    "Decision",
    "Device",
    "DialogueContext",
    "EntityResolution",
    "Evidence",
    "FailurePoint",
    "Interpretation",
    "Label",
    "LabelOrigin",
    "Part",
    "Preference",
    "PreferenceScope",
    "Record",
    "Response",
    "ResponseStatus",
    "Rewrite",
    "Signal",
    "SignalKind",
    "Slot",
    "Stage",
    "Turn",
]

#: Every record that flows, in the order of docs/schema.
RECORDS: tuple[type[Record], ...] = (
    Turn,
    Signal,
    Decision,
    Rewrite,
    Label,
    FailurePoint,
    Preference,
    DeadLetter,
)
