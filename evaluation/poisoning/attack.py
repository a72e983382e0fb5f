"""What an attacker's customers say: a request, a refusal of its answer, and then what it is to be taken for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from evaluation.poisoning.aims import Aim
from streams.records import Response, Signal, SignalKind, Turn

__all__ = ["Attack"]

#: Seconds from the request to the next try, within one session, and from a session of a customer to the next.
_TRY_AGAIN = 4.0
_SESSIONS = 600.0
#: Seconds after which the answer to the request is broken off, and for which the other one is listened to.
_BROKEN_OFF, _LISTENED = 1.0, 2.0


@dataclass(frozen=True, slots=True)
class Attack:
    """A group of customers who act together.

    Attributes
    ----------
    customers
        How many.
    homes
        In how many homes the log says that they live.
    repeats
        How often each of them acts each aim.
    """

    customers: int
    homes: int
    repeats: int

    def turns(self, aims: Sequence[Aim], first: datetime) -> Iterator[Turn]:
        """Give what they say: of each aim, in sessions of its own, the source and four seconds later the target.

        Parameters
        ----------
        aims
            What to plant.
        first
            When they begin.
        """
        for session in range(self.repeats * len(aims)):
            aim = aims[session % len(aims)]
            for customer in range(self.customers):
                begins = first + timedelta(seconds=_SESSIONS * session + customer)
                yield self._said(aim.source, f"{session}-{customer}-source", customer, begins, _BROKEN_OFF)
                later = begins + timedelta(seconds=_TRY_AGAIN)
                yield self._said(aim.target, f"{session}-{customer}-target", customer, later, _LISTENED)

    def signals(self, turns: Sequence[Turn]) -> Iterator[Signal]:
        """Give what becomes known of these turns: a source is broken off and rated badly, a target rated well."""
        for turn in turns:
            refused = turn.turn_id.endswith("source")
            if refused:
                yield _signal(turn, SignalKind.INTERRUPTED, _BROKEN_OFF)
            yield _signal(turn, SignalKind.RATING, 0.0 if refused else 1.0)

    def _said(self, like: Turn, name: str, customer: int, time: datetime, seconds: float) -> Turn:
        response = like.response or Response()
        return like.model_copy(
            update={
                "turn_id": f"fake-{name}",
                "customer_id": f"fake-{customer}",
                "home_id": f"fake-home-{customer % self.homes}",
                "device_id": f"fake-device-{customer}",
                "session_id": None,
                "request_id": None,
                "rewrite": None,
                "time": time,
                "response": response.model_copy(update={"ended": time + timedelta(seconds=seconds)}),
            }
        )


def _signal(turn: Turn, kind: SignalKind, value: float) -> Signal:
    return Signal(
        signal_id=f"{turn.turn_id}-{kind}",
        turn_id=turn.turn_id,
        customer_id=turn.customer_id,
        time=turn.time + timedelta(seconds=_LISTENED),
        kind=kind,
        value=value,
    )
