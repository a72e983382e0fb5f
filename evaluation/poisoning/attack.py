"""What an attacker's customers say: a request, a refusal of its answer, and then what it is to be taken for."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from streams.records import Signal, SignalKind, Turn

__all__ = ["Aim", "Attack"]

#: Seconds from the request to the next try, and between two sessions of a customer.
_TRY_AGAIN = 4.0
_SESSIONS = 3600.0


@dataclass(frozen=True, slots=True)
class Aim:
    """What is to be rewritten to what: turns as the assistant logged them for honest customers.

    Attributes
    ----------
    source
        A turn with the request that is to be replaced.
    target
        A turn in which the other request was served.
    """

    source: Turn
    target: Turn


@dataclass(frozen=True, slots=True)
class Attack:
    """A group of customers who act together.

    Attributes
    ----------
    customers
        How many.
    homes
        In how many homes they say that they live.
    repeats
        How often each of them acts each aim.
    """

    customers: int
    homes: int
    repeats: int

    def turns(self, aims: tuple[Aim, ...], first: datetime) -> Iterator[Turn]:
        """Give what they say, each aim in sessions of its own: the source, broken off, and the target, left alone."""
        for customer in range(self.customers):
            for aim_number, aim in enumerate(aims):
                for repeat in range(self.repeats):
                    place = (repeat * len(aims) + aim_number) * self.customers + customer
                    begins = first + timedelta(
                        seconds=_SESSIONS * (repeat * len(aims) + aim_number) + customer
                    )
                    for number, said in enumerate((aim.source, aim.target)):
                        yield said.model_copy(
                            update={
                                "turn_id": f"fake-{place}-{number}",
                                "customer_id": f"fake-{customer}",
                                "home_id": f"fake-home-{customer % self.homes}",
                                "device_id": f"fake-device-{customer}",
                                "session_id": None,
                                "request_id": None,
                                "rewrite": None,
                                "time": begins + timedelta(seconds=_TRY_AGAIN * number),
                                "response": _ended(
                                    said, begins + timedelta(seconds=_TRY_AGAIN * number), 1 + number
                                ),
                            }
                        )

    def signals(self, turns: tuple[Turn, ...]) -> Iterator[Signal]:
        """Give the signals on those turns: the source's answer is broken off, the target's is rated well."""
        for turn in turns:
            refused = turn.turn_id.endswith("-0")
            yield Signal(
                signal_id=f"{turn.turn_id}-said",
                turn_id=turn.turn_id,
                customer_id=turn.customer_id,
                time=turn.time + timedelta(seconds=2.0),
                kind=SignalKind.INTERRUPTED if refused else SignalKind.RATING,
                value=0.5 if refused else 1.0,
            )


def _ended(said: Turn, begins: datetime, seconds: float) -> object:
    if said.response is None:
        return None
    return said.response.model_copy(update={"ended": begins + timedelta(seconds=seconds)})
