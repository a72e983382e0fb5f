"""From bytes to a record, or to the reason why not. Nothing that comes in can raise anything else."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from streams.errors import AbsurdTime, MalformedRecord, OversizedRecord, UnknownSchemaVersion
from streams.records import Record, Turn

__all__ = ["LIMITS", "ParseLimits", "check", "faults_of", "parse"]

R = TypeVar("R", bound=Record)

_VERSION = re.compile(r"([0-9]+)\.[0-9]+")
#: Faults named in one message; a record with hundreds of them is not worth a page.
_FAULTS_NAMED = 3


class ParseLimits(BaseModel):
    """What is too long, too early or too late to be a record.

    Attributes
    ----------
    record_bytes : int
        Longest record, as bytes.
    utterance_chars : int
        Longest utterance; two minutes of fast speech have some 2,500 characters.
    earliest : datetime
        Times before this one come from an unset clock.
    ahead : timedelta
        How far a sender's clock may be ahead of ours.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    record_bytes: int = Field(default=1_000_000, gt=0)
    utterance_chars: int = Field(default=10_000, gt=0)
    earliest: datetime = datetime(2000, 1, 1, tzinfo=UTC)
    ahead: timedelta = timedelta(days=1)


LIMITS = ParseLimits()


def parse(
    record_type: type[R], raw: bytes, *, now: datetime | None = None, limits: ParseLimits = LIMITS
) -> R:
    """Read one record.

    Types are taken strictly, as the JSON Schema says: a number in quotes is no number. Fields that this
    release does not know are kept.

    Parameters
    ----------
    record_type
        What the bytes should hold.
    raw
        One JSON object, UTF-8.
    now
        The clock that times are held against; None: the machine's.
    limits
        What is too long, too early or too late.

    Raises
    ------
    MalformedRecord
        Not JSON (NaN and lone surrogates are not), nested too deeply, a missing field or a wrong type.
    UnknownSchemaVersion
        Another major version than this release reads.
    AbsurdTime
        Before `limits.earliest`, or more than `limits.ahead` after `now`.
    OversizedRecord
        The record or its utterance is longer than `limits` allow.
    """
    if len(raw) > limits.record_bytes:
        raise OversizedRecord(f"{len(raw)} bytes, where a record may have {limits.record_bytes}")
    try:
        fields = orjson.loads(raw)
    except (ValueError, RecursionError) as error:
        raise MalformedRecord(f"not JSON: {error}") from error
    if not isinstance(fields, dict):
        raise MalformedRecord(f"a JSON object is wanted, not {type(fields).__name__}")
    # Before the fields: those of another major version need not be the ones we know.
    _check_version(record_type, fields.get("schema_version"))
    _check_length(fields.get("utterance"), limits)
    try:
        record = record_type.model_validate_json(raw, strict=True)
    except ValidationError as error:
        raise MalformedRecord(faults_of(error)) from error
    except OverflowError as error:  # year 9999 in one zone is year 10000 in UTC
        raise AbsurdTime(f"a time that has no place in UTC: {error}") from error
    except RecursionError as error:
        raise MalformedRecord("nested too deeply") from error
    _check_times(record, now, limits)
    return record


def check(record: Record, *, now: datetime | None = None, limits: ParseLimits = LIMITS) -> None:
    """Hold a record that was made otherwise, as from a foreign log, against the same limits.

    Raises
    ------
    AbsurdTime, OversizedRecord
        As in `parse`.
    """
    _check_length(getattr(record, "utterance", None), limits)
    _check_times(record, now, limits)


def _check_version(record_type: type[Record], version: object) -> None:
    ours = str(record_type.model_fields["schema_version"].default).partition(".")[0]
    if isinstance(version, str) and (found := _VERSION.fullmatch(version)):
        major = found[1].lstrip("0") or "0"
        if major != ours:
            raise UnknownSchemaVersion(
                f"version {version[:40]} of {record_type.__name__}; this release reads {ours}.x. "
                "Upgrade selflearn and send the dead letters again"
            )


def _check_length(utterance: object, limits: ParseLimits) -> None:
    if isinstance(utterance, str) and len(utterance) > limits.utterance_chars:
        raise OversizedRecord(
            f"an utterance of {len(utterance)} characters, where {limits.utterance_chars} are allowed"
        )


def _check_times(record: Record, now: datetime | None, limits: ParseLimits) -> None:
    latest = (now or datetime.now(UTC)) + limits.ahead
    for name, time in _times(record):
        if not limits.earliest <= time <= latest:
            raise AbsurdTime(
                f"{name} is {time.isoformat()}, not between {limits.earliest.date()} and {latest.date()}; "
                "look at the sender's clock"
            )


def _times(record: Record) -> Iterator[tuple[str, datetime]]:
    """Times of what has happened; when a preference ends, say, may well lie ahead."""
    time: Any = getattr(record, "time", None)
    if time is not None:
        yield "time", time
    if isinstance(record, Turn) and record.response is not None and record.response.ended is not None:
        yield "response.ended", record.response.ended


def faults_of(error: ValidationError) -> str:
    """Say what is wrong with a record, in a line."""
    faults = error.errors(include_url=False, include_context=False, include_input=False)
    named = [
        f"{'.'.join(str(step) for step in fault['loc']) or 'record'}: {fault['msg']}"
        for fault in faults[:_FAULTS_NAMED]
    ]
    more = len(faults) - len(named)
    return "; ".join(named) + (f"; and {more} more" if more else "")
