"""How turns are put together to sessions."""

from datetime import timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["SessionSettings"]

_NONE = timedelta(0)


class SessionSettings(BaseModel):
    """What separates two sessions, and how long to wait for what comes late.

    | setting | default | |
    | --- | --- | --- |
    | `gap` | 45 s | longest pause between the end of a turn and the next one of the same session |
    | `idle` | 1 h | the same where the assistant gave a session id: used again later, it is a new session |
    | `scope` | `device` | a session stays on one device; `home`: in one home (always one customer's) |
    | `patience` | 10 min | longest time between a turn's end (or before its start) and a signal that counts |
    | `lateness` | 10 min | how long after what happened later a turn may still arrive (streams only) |
    | `longest_response` | 10 min | a response that claims more is a clock's fault, and its end not believed |

    Examples
    --------
    >>> SessionSettings(gap="PT30S", scope="home").gap
    datetime.timedelta(seconds=30)
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    gap: timedelta = Field(default=timedelta(seconds=45), ge=_NONE)
    idle: timedelta = Field(default=timedelta(hours=1), ge=_NONE)
    scope: Literal["device", "home"] = "device"
    patience: timedelta = Field(default=timedelta(minutes=10), ge=_NONE)
    lateness: timedelta = Field(default=timedelta(minutes=10), ge=_NONE)
    longest_response: timedelta = Field(default=timedelta(minutes=10), ge=_NONE)
