"""The settings of the store of small state: keys, switches, rejections."""

from pydantic import Field, SecretStr

from selflearn.settings.section import Section

__all__ = ["StoreSettings"]


class StoreSettings(Section):
    """Small state: keys, switches, rejections."""

    url: SecretStr | None = Field(
        default=None,
        description="PostgreSQL's address, `postgresql://user:password@host/name`; none: SQLite in `state/`.",
    )
