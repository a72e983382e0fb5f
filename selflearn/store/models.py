"""The tables of the store."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, LargeBinary, MetaData, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

__all__ = ["ApiKey", "Base", "Change", "Feedback", "Moment", "Rejection", "Switch", "Words"]


class Words(TypeDecorator[str]):
    """A text of any characters: PostgreSQL keeps no NUL, so it is written as backslash and 0."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Write."""
        if value is None or ("\\" not in value and "\0" not in value):
            return value
        return value.replace("\\", "\\\\").replace("\0", "\\0")

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        """Read."""
        if value is None or "\\" not in value:
            return value
        return "\\".join(part.replace("\\0", "\0") for part in value.split("\\\\"))


class Moment(TypeDecorator[datetime]):
    """A time in UTC: SQLite keeps no zone, so it is put back."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Write."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Read."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """What all tables have in common."""

    metadata = MetaData()
    type_annotation_map = {str: Words, datetime: Moment, bytes: LargeBinary, int: BigInteger}  # noqa: RUF012


def _digest_of(*names: str) -> Any:
    """Make a column's default: a digest of other columns, since those may be longer than an index takes."""

    def digest(context: DefaultExecutionContext) -> str:
        row: Mapping[str, Any] = context.get_current_parameters()  # type: ignore[no-untyped-call]
        hashed = hashlib.blake2b(digest_size=32)
        for name in names:
            part = str(row.get(name) or "").encode("utf-8", "surrogatepass")
            hashed.update(len(part).to_bytes(8))
            hashed.update(part)
        return hashed.hexdigest()

    return digest


class ApiKey(Base):
    """A key, without its secret.

    Attributes
    ----------
    tenant_id
        Whose; `*` speaks for every tenant.
    customer_id
        The only customer it speaks for; None: for all of the tenant.
    scopes
        Names with spaces between.
    salt, digest
        Of the secret: see selflearn.access.secrets.
    rate
        As `100/second`; None: what the settings say.
    expires, revoked
        From when on it is refused.
    """

    __tablename__ = "api_keys"

    key_id: Mapped[str] = mapped_column(primary_key=True)
    tenant_id: Mapped[str]
    customer_id: Mapped[str | None]
    scopes: Mapped[str]
    salt: Mapped[bytes]
    digest: Mapped[bytes]
    rate: Mapped[str | None]
    note: Mapped[str] = mapped_column(default="")
    created: Mapped[datetime]
    expires: Mapped[datetime | None]
    revoked: Mapped[datetime | None]


class Switch(Base):
    """Something that is switched; tenant_id None: for all tenants."""

    __tablename__ = "switches"

    switch_id: Mapped[str] = mapped_column(primary_key=True)
    tenant_id: Mapped[str | None]
    kind: Mapped[str]
    value: Mapped[str] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(default="")
    created: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(default="")


class Rejection(Base):
    """A rewrite that a customer rejected; `rejection_id` makes itself from the five that follow it."""

    __tablename__ = "rejections"

    rejection_id: Mapped[str] = mapped_column(
        primary_key=True, default=_digest_of("tenant_id", "customer_id", "source", "asked", "target")
    )
    tenant_id: Mapped[str]
    customer_id: Mapped[str]
    source: Mapped[str]
    asked: Mapped[str] = mapped_column(default="")
    target: Mapped[str]
    feedback_id: Mapped[str]
    request_id: Mapped[str | None]
    created: Mapped[datetime]


class Feedback(Base):
    """Feedback that was taken, so that it counts once; `row_id` makes itself from tenant and feedback id."""

    __tablename__ = "feedback"

    row_id: Mapped[str] = mapped_column(primary_key=True, default=_digest_of("tenant_id", "feedback_id"))
    tenant_id: Mapped[str]
    feedback_id: Mapped[str]
    request_id: Mapped[str]
    verdict: Mapped[str]
    created: Mapped[datetime]


class Change(Base):
    """How often something was changed: a writer counts up in its transaction, readers look at this alone."""

    __tablename__ = "changes"

    name: Mapped[str] = mapped_column(primary_key=True)
    counter: Mapped[int] = mapped_column(default=0)
