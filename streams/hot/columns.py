"""Shapes to the archive's columns: an array for each column, never a dict for each row."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Any

import msgspec
import pyarrow as pa

from streams.archive.columns import KINDS
from streams.hot.turning import Fields
from streams.records import Signal, Turn

__all__ = ["records_in_json", "signal_columns", "turn_columns"]

_encode_into = msgspec.json.Encoder().encode_into

_TEXT = pa.string()
_NUMBER = pa.float64()

#: Columns that have another name than the field in which they stand.
_ELSEWHERE: Mapping[str, str] = {
    "device_type": "device.type",
    "asked": "context.asked",
    "prompt": "context.prompt",
    "response_status": "response.status",
    "response_action": "response.action",
    "response_text": "response.text",
    "response_result": "response.result",
    "response_asked": "response.asked",
    "rewrite_request_id": "rewrite.request_id",
    "original_utterance": "rewrite.original_utterance",
}


def turn_columns(fields: Fields, times: pa.Array, ended: pa.Array, records: pa.Array) -> pa.RecordBatch:
    """Make the archive's columns of some turns.

    Parameters
    ----------
    fields
        The turns, on their side.
    times, ended
        When they began and when their responses ended, as the archive keeps times.
    records
        The whole of each, as JSON.
    """
    made = {
        "time": times,
        "utc_offset_minutes": _array(fields["utc_offset_minutes"], pa.int32()),
        "asr": _lists(
            fields["asr"],
            {"text": _array(fields["asr.text"], _TEXT), "score": _array(fields["asr.score"], _NUMBER)},
        ),
        "nlu": _lists(
            fields["nlu"],
            {
                "domain": _array(fields["nlu.domain"], _TEXT),
                "intent": _array(fields["nlu.intent"], _TEXT),
                "slots": _lists(
                    fields["nlu.slots"],
                    {
                        "name": _array(fields["nlu.slots.name"], _TEXT),
                        "value": _array(fields["nlu.slots.value"], _TEXT),
                    },
                ),
                "confidence": _array(fields["nlu.confidence"], _NUMBER),
            },
        ),
        "response_ended": ended,
        "record": records,
    }
    return _batch(made, fields, KINDS[Turn].schema)


def signal_columns(fields: Fields, times: pa.Array, records: pa.Array) -> pa.RecordBatch:
    """Make the archive's columns of some signals, as `turn_columns`."""
    made = {"time": times, "value": _array(fields["value"], _NUMBER), "record": records}
    return _batch(made, fields, KINDS[Signal].schema)


def records_in_json(shapes: Iterable[msgspec.Struct]) -> pa.Array:
    """Write shapes as JSON, one after the other into one buffer.

    What came is not taken as it came: a key that stands twice in it would be read differently by different readers,
    and a filter would have seen only one of its values.
    """
    text = bytearray()
    ends = [0]
    for shape in shapes:
        _encode_into(shape, text, -1)
        ends.append(len(text))
    return pa.StringArray.from_buffers(
        len(ends) - 1, pa.array(ends, pa.int32()).buffers()[1], pa.py_buffer(text)
    )


def _lists(lists: Sequence[Sequence[Any]], members: Mapping[str, pa.Array]) -> pa.Array:
    ends = pa.array([0, *accumulate(map(len, lists))], pa.int32())
    return pa.ListArray.from_arrays(ends, pa.StructArray.from_arrays(list(members.values()), list(members)))


def _array(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    if values.count(None) == len(values):  # as most columns are in most logs
        return pa.nulls(len(values), kind)
    return pa.array(values, kind)


def _batch(made: Mapping[str, pa.Array], fields: Fields, schema: pa.Schema) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays(
        [
            made[name] if name in made else _array(fields[_ELSEWHERE.get(name, name)], _TEXT)
            for name in schema.names
        ],
        schema=schema,
    )
