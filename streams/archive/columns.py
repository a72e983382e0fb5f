"""What a row of the archive holds: flat, typed columns to filter and count on, and the whole record as JSON.

Times are UTC, without a zone. The JSON keeps what has no column, fields of newer writers included.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from streams.records import Interpretation, Record, Signal, Turn

__all__ = ["KINDS", "Kind"]

_SLOTS = pa.list_(pa.struct([("name", pa.string()), ("value", pa.string())]))
_TIME = pa.timestamp("us")

_TURN = pa.schema(
    [
        ("tenant_id", pa.string()),
        ("turn_id", pa.string()),
        ("customer_id", pa.string()),
        ("home_id", pa.string()),
        ("device_id", pa.string()),
        ("session_id", pa.string()),
        ("request_id", pa.string()),
        ("time", _TIME),
        ("utc_offset_minutes", pa.int32()),
        ("locale", pa.string()),
        ("device_type", pa.string()),
        ("utterance", pa.string()),
        ("asked", pa.string()),
        ("prompt", pa.string()),
        ("asr", pa.list_(pa.struct([("text", pa.string()), ("score", pa.float64())]))),
        (
            "nlu",
            pa.list_(
                pa.struct(
                    [
                        ("domain", pa.string()),
                        ("intent", pa.string()),
                        ("slots", _SLOTS),
                        ("confidence", pa.float64()),
                    ]
                )
            ),
        ),
        ("response_status", pa.string()),
        ("response_action", pa.string()),
        ("response_text", pa.string()),
        ("response_result", pa.string()),
        ("response_asked", pa.string()),
        ("response_ended", _TIME),
        ("rewrite_request_id", pa.string()),
        ("original_utterance", pa.string()),
        ("record", pa.string()),
    ]
)

_SIGNAL = pa.schema(
    [
        ("tenant_id", pa.string()),
        ("signal_id", pa.string()),
        ("turn_id", pa.string()),
        ("customer_id", pa.string()),
        ("time", _TIME),
        ("kind", pa.string()),
        ("value", pa.float64()),
        ("text", pa.string()),
        ("record", pa.string()),
    ]
)


@dataclass(frozen=True, eq=False)
class Kind:
    """One kind of record that the archive keeps.

    Attributes
    ----------
    folder : str
        Name of its folder under the archive's root.
    identity : str
        Column that, with the tenant, tells copies of one record from another record.
    schema : pyarrow.Schema
        Columns of a row.
    row : callable
        Makes the row of a record.
    """

    record_type: type[Record]
    folder: str
    identity: str
    schema: pa.Schema
    row: Callable[[Any], Mapping[str, Any]]


def _naive(time: datetime | None) -> datetime | None:
    return None if time is None else time.astimezone(UTC).replace(tzinfo=None)


def _interpretation(one: Interpretation) -> dict[str, Any]:
    return {
        "domain": one.domain,
        "intent": one.intent,
        "slots": [{"name": slot.name, "value": slot.value} for slot in one.slots],
        "confidence": one.confidence,
    }


def _turn_row(turn: Turn) -> dict[str, Any]:
    row = {
        "tenant_id": turn.tenant_id,
        "turn_id": turn.turn_id,
        "customer_id": turn.customer_id,
        "home_id": turn.home_id,
        "device_id": turn.device_id,
        "session_id": turn.session_id,
        "request_id": turn.request_id,
        "time": _naive(turn.time),
        "utc_offset_minutes": turn.utc_offset_minutes,
        "locale": turn.locale,
        "utterance": turn.utterance,
        "asr": [{"text": heard.text, "score": heard.score} for heard in turn.asr],
        "nlu": [_interpretation(one) for one in turn.nlu],
        "record": turn.model_dump_json(),
    }
    if turn.device is not None:
        row["device_type"] = turn.device.type
    if turn.context is not None:
        row["asked"] = turn.context.asked
        row["prompt"] = turn.context.prompt
    if (response := turn.response) is not None:
        row["response_status"] = response.status
        row["response_action"] = response.action
        row["response_text"] = response.text
        row["response_result"] = response.result
        row["response_asked"] = response.asked
        row["response_ended"] = _naive(response.ended)
    if turn.rewrite is not None:
        row["rewrite_request_id"] = turn.rewrite.request_id
        row["original_utterance"] = turn.rewrite.original_utterance
    return row


def _signal_row(signal: Signal) -> dict[str, Any]:
    return {
        "tenant_id": signal.tenant_id,
        "signal_id": signal.signal_id,
        "turn_id": signal.turn_id,
        "customer_id": signal.customer_id,
        "time": _naive(signal.time),
        "kind": signal.kind,
        "value": signal.value,
        "text": signal.text,
        "record": signal.model_dump_json(),
    }


#: What an archive keeps.
KINDS: Mapping[type[Record], Kind] = {
    Turn: Kind(Turn, "turns", "turn_id", _TURN, _turn_row),
    Signal: Kind(Signal, "signals", "signal_id", _SIGNAL, _signal_row),
}
