"""The errors of this package.

StreamError                      anything that streams/ refuses
├── RecordError                  a record that cannot be accepted; `reason` says why
│   ├── MalformedRecord          not JSON, or a field with the wrong type
│   ├── UnknownSchemaVersion     a major version that this release does not read
│   ├── AbsurdTime               a time that no clock would have shown
│   └── OversizedRecord          longer than a record may be
├── SourceError                  a folder, file or topic that cannot be read
├── SinkError                    a folder, file or topic that cannot be written
└── MappingError                 a mapping file that does not fit the log
"""

__all__ = [
    "AbsurdTime",
    "MalformedRecord",
    "MappingError",
    "OversizedRecord",
    "RecordError",
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


class MappingError(StreamError):
    """A mapping file that does not fit the log."""
