"""The DeadLetter record: what could not be accepted, as it came."""

from typing import ClassVar

from pydantic import Field

from streams.records.base import Record, Time

__all__ = ["DeadLetter"]


class DeadLetter(Record):
    """A refused record with the reason, where it stood, and its original bytes."""

    topic: ClassVar[str] = "dialogue.dead-letters"

    time: Time
    reason: str = Field(
        description="A stable word: malformed, unknown_schema_version, absurd_time, oversized."
    )
    detail: str = Field(description="What is wrong, for a person.")
    source: str = Field(description="The topic or file it came from.")
    partition: str = Field(description="Partition of the topic, or the file's name.")
    offset: int = Field(ge=0)
    original: str = Field(description="The bytes as they came, base64.")
