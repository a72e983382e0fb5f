"""The errors of this package.

StreamError                      anything that streams/ refuses
├── RecordError                  a record that cannot be accepted; `reason` says why
│   ├── MalformedRecord          not JSON, or a field with the wrong type
│   ├── UnknownSchemaVersion     a major version that this release does not read
│   ├── AbsurdTime               a time that no clock would have shown
│   └── OversizedRecord          longer than a record may be
├── SourceError                  a folder, file or topic that cannot be read
├── SinkError                    a folder, file or topic that cannot be written
│   └── NoRoom                   … because the disk, or a quota on it, is full
├── FinderMissing                what finds personal things is not installed
├── MappingError                 a mapping file that does not fit the log
└── OutcomeError                 an outcome that cannot be told
    ├── NoOutcomeSignals         a log in which nothing tells success from failure
    │   └── NoRatings            … and nobody said so, where ratings were to be learned from
    ├── RefusedLabel             a label of origin truth
    └── MalformedOutcomeModel    not the JSON of an outcome model, or not of these signals
"""

__all__ = [
    "AbsurdTime",
    "FinderMissing",
    "MalformedOutcomeModel",
    "MalformedRecord",
    "MappingError",
    "NoOutcomeSignals",
    "NoRatings",
    "NoRoom",
    "OutcomeError",
    "OversizedRecord",
    "RecordError",
    "RefusedLabel",
    "SinkError",
    "SourceError",
    "StreamError",
    "UnknownSchemaVersion",
]


class StreamError(Exception):
    """Anything that streams/ refuses."""


class RecordError(StreamError):
    """A record that cannot be accepted.

    Parameters
    ----------
    detail
        What is wrong, for a person.

    Attributes
    ----------
    reason : str
        A stable word for the kind of fault, fit for counting.
    """

    reason = "refused"

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class MalformedRecord(RecordError):
    """Not JSON, a missing field, or a field with the wrong type."""

    reason = "malformed"


class UnknownSchemaVersion(RecordError):
    """A major schema version that this release does not read."""

    reason = "unknown_schema_version"


class AbsurdTime(RecordError):
    """A time that no clock would have shown."""

    reason = "absurd_time"


class OversizedRecord(RecordError):
    """Longer than a record, or an utterance, may be."""

    reason = "oversized"


class SourceError(StreamError):
    """A folder, file or topic that cannot be read."""


class SinkError(StreamError):
    """A folder, file or topic that cannot be written."""


class NoRoom(SinkError):
    """The disk, or a quota on it, is full. Nothing is lost: what could not be written can be tried again."""


class FinderMissing(StreamError):
    """What finds personal things, or a language model for it, is not installed."""


class MappingError(StreamError):
    """A mapping file that does not fit the log."""


class OutcomeError(StreamError):
    """An outcome that cannot be told."""


class NoOutcomeSignals(OutcomeError):
    """A log in which nothing tells success from failure.

    Parameters
    ----------
    turns
        How many turns were looked at.
    wanted
        What was looked for, for a person.

    Attributes
    ----------
    turns : int
        How many turns were looked at.
    """

    def __init__(self, turns: int, wanted: str = "") -> None:
        wanted = wanted or (
            "no rephrase, repeat, thanks or no in a next request, no status or interpretation in a turn, "
            "no interruption, rating or other signal about one"
        )
        super().__init__(
            f"nothing in {turns} turns tells a success from a failure: {wanted}. Check that the turns of "
            "one customer share a session (session_id, or customer_id, device_id and times), and that the "
            "mapping of the log brings in responses, interpretations or signals"
        )
        self.turns = turns


class NoRatings(NoOutcomeSignals):
    """No ratings, or only good or only bad ones, where ratings were to be learned from."""


class RefusedLabel(OutcomeError):
    """A label of origin truth, where only what was observed or judged may go in."""


class MalformedOutcomeModel(OutcomeError):
    """Not the JSON of an outcome model, or one for other signals than there are."""
