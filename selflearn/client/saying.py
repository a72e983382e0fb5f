"""What a client's two kinds have in common where they are asked: batches in parts, and feedback as it is sent."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from selflearn.client.answers import Answer
from selflearn.client.exchange import Asked

__all__ = ["MAX_BATCH", "Said", "chunks", "feedback_fields"]

#: Most requests that the API takes at once.
MAX_BATCH = 1000


@dataclass(frozen=True, slots=True)
class Said:
    """What is known of a customer's verdict.

    Attributes
    ----------
    customer_id
        Who gave it; the API wants it unless the key speaks for one customer.
    turn_id
        The turn that carried it, where the log has one.
    time
        When; the API takes now where None.
    """

    customer_id: str | None = None
    turn_id: str | None = None
    time: datetime | None = None


def chunks(asked: Sequence[Asked]) -> Iterator[Sequence[Asked]]:
    """Cut a batch into what the API takes at once."""
    for start in range(0, len(asked), MAX_BATCH):
        yield asked[start : start + MAX_BATCH]


def feedback_fields(on: Answer | str, verdict: str, said: Said) -> dict[str, Any] | None:
    """Make what is sent, with an id of its own so that it counts once however often it arrives.

    Returns
    -------
    dict or None
        None where the API never heard of the request, so that there is nothing to judge.

    Raises
    ------
    ValueError
        The verdict is none: a mistake in the program, not of the network.
    """
    if verdict not in ("accepted", "rejected"):
        raise ValueError(f"a verdict is accepted or rejected, not {verdict!r}")
    if isinstance(on, Answer) and on.failed_open is not None:
        return None
    fields = {
        "feedback_id": uuid4().hex,
        "request_id": on.request_id if isinstance(on, Answer) else on,
        "customer_id": said.customer_id,
        "verdict": verdict,
        "turn_id": said.turn_id,
        "time": None if said.time is None else said.time.isoformat(),
    }
    return {name: value for name, value in fields.items() if value is not None}
