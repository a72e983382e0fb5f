"""What every record has in common: a version, and fields that a newer writer may have added."""

from datetime import UTC, datetime
from typing import Annotated, ClassVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

__all__ = ["Identifier", "Part", "Probability", "Record", "Time"]


def _in_utc(time: datetime) -> datetime:
    return time.astimezone(UTC)


#: An id that somebody else made: opaque, never empty.
Identifier = Annotated[str, StringConstraints(min_length=1, max_length=512)]

#: A moment, with its offset given; kept in UTC.
Time = Annotated[AwareDatetime, AfterValidator(_in_utc)]

Probability = Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)]


class Part(BaseModel):
    """A piece of a record. Immutable; fields that this release does not know are kept."""

    model_config = ConfigDict(extra="allow", frozen=True)


class Record(Part):
    """Something that flows: one JSON object on a topic or on a line of a file.

    A reader accepts any minor version of its own major version, and hands on what it does not know.
    """

    #: The topic that carries this record, in Kafka and in folders of files.
    topic: ClassVar[str]

    schema_version: str = Field(
        default="1.0",
        pattern=r"^\d+\.\d+$",
        description="Major and minor version of this record's schema.",
    )
    tenant_id: Identifier = Field(default="default", description="Whose data this is.")
