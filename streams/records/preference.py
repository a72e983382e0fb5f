"""The Preference record: what a customer taught."""

from enum import StrEnum
from typing import ClassVar

from pydantic import Field, JsonValue

from streams.records.base import Identifier, Record, Time

__all__ = ["Preference", "PreferenceScope"]


class PreferenceScope(StrEnum):
    """For whom a preference holds."""

    CUSTOMER = "customer"
    HOME = "home"
    DEVICE = "device"


class Preference(Record):
    """Something a customer taught, kept in the store and used in the next request."""

    topic: ClassVar[str] = "selflearn.preferences"

    preference_id: Identifier
    customer_id: Identifier
    scope: PreferenceScope = PreferenceScope.CUSTOMER
    scope_id: Identifier | None = Field(
        default=None, description="The home or device, where the scope names one."
    )
    kind: str = Field(description="What sort of preference: alias, favourite, default, …")
    phrase: str | None = Field(default=None, description="What the customer says.")
    meaning: dict[str, JsonValue] = Field(default_factory=dict)
    provenance: tuple[Identifier, ...] = Field(default=(), description="Turns in which it was taught.")
    time: Time
    expires: Time | None = None
