"""What decides, besides the words, what the assistant makes of an utterance."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from pydantic import JsonValue

__all__ = ["Situation"]

_NOTHING: Mapping[str, str] = {}


class Situation(NamedTuple):
    """Home, time and state of the talk, as they were when somebody spoke.

    Attributes
    ----------
    day
        Day of the world, from 0.
    hour
        Hour of the day, 0 to 23.
    device_kinds
        Kinds of device that the home has.
    device
        Kind of the one that was spoken to.
    screen
        Whether that one can show things.
    states
        Ambient states that are on: what plays, what rings, what is hot.
    open_intent
        The request that the assistant still works on.
    asked
        The slot that it asked for.
    gathered
        Values of the open request so far, by slot.
    offered
        Name of the item that it offered last.
    refused
        Names of the items that were offered before and not wanted.
    confirming
        Values that it asked about because it was not sure of them.
    """

    day: int = 0
    hour: int = 12
    device_kinds: tuple[str, ...] = ()
    device: str | None = None
    screen: bool = False
    states: tuple[str, ...] = ()
    open_intent: str | None = None
    asked: str | None = None
    gathered: Mapping[str, str] = _NOTHING
    offered: str | None = None
    refused: tuple[str, ...] = ()
    confirming: Mapping[str, str] = _NOTHING

    def to_json(self) -> dict[str, JsonValue]:
        """Give what differs from an ordinary situation, ready for JSON."""
        told: dict[str, JsonValue] = {}
        for name, default in _DEFAULTS:
            value = getattr(self, name)
            if value != default:
                told[name] = list(value) if isinstance(value, tuple) else _plain(value)
        return told

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> "Situation":
        """Read what `to_json` gave.

        >>> evening = Situation(hour=21, states=("oven_on",))
        >>> Situation.from_json(evening.to_json()) == evening
        True
        """
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in told.items()
        }
        return cls(**values)


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else value


_FRESH = Situation()
_DEFAULTS = tuple(zip(Situation._fields, _FRESH, strict=True))
