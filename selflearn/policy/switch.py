"""What a person may switch while servers run, and for whom."""

from datetime import datetime
from enum import StrEnum
from hashlib import blake2b
from typing import Annotated, Self

import orjson
from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    Strict,
    StringConstraints,
    computed_field,
    model_validator,
)

from streams.text import normalise

__all__ = ["Switch", "SwitchKind", "Wanted"]

_Id = Annotated[str, StringConstraints(min_length=1, max_length=512)]
_Text = Annotated[str, StringConstraints(max_length=8_000)]


class SwitchKind(StrEnum):
    """What a switch does."""

    OFF = "off"
    DRY_RUN = "dry_run"
    HOLD_BACK = "hold_back"
    NEVER_REWRITTEN = "never_rewritten"


#: What each kind says beside its tenant: what it must and what it may.
_MUST: dict[SwitchKind, set[str]] = {
    SwitchKind.HOLD_BACK: {"share"},
    SwitchKind.NEVER_REWRITTEN: {"intent"},
}
_MAY: dict[SwitchKind, set[str]] = {SwitchKind.OFF: {"source", "asked", "rewrite_id"}}
_PARTS = ("source", "asked", "rewrite_id", "intent", "share")


class Wanted(BaseModel):
    """A switch as somebody asks for it.

    | kind | says also | what it does |
    | --- | --- | --- |
    | `off` | | no request is rewritten |
    | `off` | `source`, perhaps `asked` | this request is not |
    | `off` | `rewrite_id` | this entry of the table is not used |
    | `dry_run` | | rewrites are decided and logged, not applied |
    | `hold_back` | `share` | … for this share of the customers |
    | `never_rewritten` | `intent` | nothing is rewritten to this intent, or away from it |
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: SwitchKind
    tenant_id: _Id | None = Field(default=None, description="For whom; null: for all tenants.")
    source: _Text | None = Field(default=None, description="A request, for `off`.")
    asked: _Id | None = Field(
        default=None, description="Only after a question for this slot; null: whatever had been asked."
    )
    rewrite_id: _Id | None = Field(default=None, description="An entry of the table, for `off`.")
    intent: _Id | None = Field(default=None, description="For `never_rewritten`.")
    share: Annotated[float, Strict()] | None = Field(
        default=None, ge=0.0, le=1.0, allow_inf_nan=False, description="For `hold_back`."
    )
    reason: str = Field(
        default="", max_length=1_000, description="Why; it is shown with every decision that it changed."
    )

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        said = {name for name in _PARTS if getattr(self, name) is not None}
        must = _MUST.get(self.kind, set())
        if missing := must - said:
            raise ValueError(f"a switch {self.kind.value!r} needs {', '.join(sorted(missing))}")
        if foreign := said - must - _MAY.get(self.kind, set()):
            raise ValueError(f"a switch {self.kind.value!r} has no {', '.join(sorted(foreign))}")
        if self.rewrite_id is not None and self.source is not None:
            raise ValueError("a switch names a source or a rewrite_id, not both")
        if self.asked is not None and self.source is None:
            raise ValueError("asked goes with a source")
        if self.source is not None and not normalise(self.source):
            raise ValueError("source has no word in it")
        return self

    @property
    def named(self) -> str:
        """Its name, made of what it is about: what is switched again replaces what was there."""
        source = None if self.source is None else normalise(self.source)
        about = [self.tenant_id, self.kind.value, source, self.asked, self.rewrite_id, self.intent]
        return blake2b(orjson.dumps(about), digest_size=8).hexdigest()

    @property
    def about(self) -> str:
        """What it says beside its kind, in words."""
        if self.source is not None:
            after = f" after a question for {self.asked}" if self.asked is not None else ""
            return f"for the request “{normalise(self.source)}”{after}"
        if self.rewrite_id is not None:
            return f"for the entry {self.rewrite_id}"
        if self.intent is not None:
            return f"intent {self.intent}"
        if self.share is not None:
            return f"{self.share:.2%}"
        return ""


class Switch(Wanted):
    """A switch that is set.

    Attributes
    ----------
    created, created_by
        When it was set, and by which key, or by whom at the command line; no time where the settings did it.
    """

    created: AwareDatetime | None = None
    created_by: str = "the settings"

    @classmethod
    def of(cls, wanted: Wanted, created: datetime, created_by: str) -> Self:
        """Set what is wanted."""
        return cls.model_validate({**wanted.model_dump(), "created": created, "created_by": created_by})

    @computed_field(description="Its name.")  # type: ignore[prop-decorator]
    @property
    def switch_id(self) -> str:
        """Its name."""
        return self.named

    @property
    def words(self) -> str:
        """Who set it, when, for whom and why: for people."""
        scope = "all tenants" if self.tenant_id is None else f"tenant {self.tenant_id}"
        if self.created is None:
            return f"by the settings, for {scope}"
        reason = f": {self.reason}" if self.reason else ""
        moment = self.created.isoformat(sep=" ", timespec="seconds")
        return f"by {self.created_by} at {moment}, for {scope} (switch {self.switch_id}){reason}"
