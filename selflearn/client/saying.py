"""What a client's two kinds have in common where they are asked: batches in parts, and feedback as it is sent."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from selflearn.client.answers import Answer
from selflearn.client.exchange import Asked

__all__ = ["MAX_BATCH", "chunks", "feedback_fields"]

#: Most requests that the API takes at once.
MAX_BATCH = 1000


def chunks(asked: Sequence[Asked]) -> Iterator[Sequence[Asked]]:
    """Cut a batch into what the API takes at once."""
    for start in range(0, len(asked), MAX_BATCH):
        yield asked[start : start + MAX_BATCH]


def feedback_fields(
    on: Answer | str, verdict: str, customer_id: str | None, turn_id: str | None, time: datetime | None
) -> dict[str, Any] | None:
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
        "customer_id": customer_id,
        "verdict": verdict,
        "turn_id": turn_id,
        "time": None if time is None else time.isoformat(),
    }
    return {name: value for name, value in fields.items() if value is not None}
