"""What comes of a request: what the assistant says, does and remembers."""

from collections.abc import Mapping
from typing import NamedTuple

from simulator.assistant.entities import Match
from simulator.assistant.situation import Situation
from simulator.world.schema import Intent
from streams.records import Response, ResponseStatus

__all__ = ["NO_FAULTS", "Faults", "Outcome", "Request", "spoken"]

_NO_VALUES: Mapping[str, Match] = {}


class Request(NamedTuple):
    """A request as it reaches the services: understood and looked up.

    Attributes
    ----------
    intent
        None where nothing was understood.
    values
        By slot.
    confidence
        How sure the NLU was.
    """

    intent: Intent | None
    values: Mapping[str, Match] = _NO_VALUES
    confidence: float = 1.0


class Faults(NamedTuple):
    """What chance decides behind the assistant, whatever it understood; mostly what goes wrong.

    Attributes
    ----------
    service
        Services do not answer.
    version
        Where an item has other versions, one of them is taken.
    otherwise
        A line that has nothing new to go by puts another question, or the same in other words.
    """

    service: bool = False
    version: bool = False
    otherwise: bool = False


NO_FAULTS = Faults()


class Outcome(NamedTuple):
    """What the assistant says, does and remembers.

    Attributes
    ----------
    text, status, action, result, items, asked
        As in the response.
    situation
        As it is now.
    done
        The intent that was served and what its values stand for; None where nothing was.
    faulty
        A service failed, or another version was taken.
    """

    text: str
    status: ResponseStatus
    situation: Situation
    action: str | None = None
    result: str | None = None
    items: tuple[str, ...] = ()
    asked: str | None = None
    done: tuple[str, Mapping[str, str]] | None = None
    faulty: bool = False

    def response(self) -> Response:
        """Give the record of it."""
        return Response(
            text=self.text,
            status=self.status,
            action=self.action,
            result=self.result,
            items=self.items,
            asked=self.asked,
        )


def spoken(template: str, values: Mapping[str, str]) -> str | None:
    """Fill an answer in; None where it names a value that there is not.

    >>> spoken("{room} lights on.", {"room": "hall"})
    'Hall lights on.'
    """
    try:
        text = template.format_map(values)
    except KeyError:
        return None
    return text[:1].upper() + text[1:]
