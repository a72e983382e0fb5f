"""The fast lane: entries to the archive's columns. What it does not take goes the slow way, which alone refuses."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence, Set
from typing import Any, NamedTuple

import msgspec
import pyarrow as pa

from streams.filter import RecordFilter
from streams.hot.columns import records_in_json, signal_columns, turn_columns
from streams.hot.moments import moments_of
from streams.hot.shapes import SignalShape, TurnShape
from streams.hot.turning import Fields, signals_turned, turns_turned
from streams.hot.words import Looker
from streams.parsing import ParseLimits
from streams.records import Record, Signal, Turn
from streams.sources.base import Entry

__all__ = ["FastLane", "Taken"]

#: Shapes that are made into columns at once: as many as stay in a processor's own cache.
_SHAPES_AT_ONCE = 250

_UNREADABLE = (msgspec.MsgspecError, ValueError, RecursionError)


class Taken(NamedTuple):
    """What the lane made of some entries.

    Attributes
    ----------
    columns : list of (record type, pyarrow.RecordBatch)
        In the archive's columns, in the order in which they came.
    left : list of Entry
        What has to go the slow way.
    """

    columns: list[tuple[type[Record], pa.RecordBatch]]
    left: list[Entry]


class FastLane:
    """Makes columns of entries that are turns and signals beyond doubt.

    The law: what it takes, `streams.parsing.parse` takes, and the columns are those of the parsed record.

    Parameters
    ----------
    records
        Kinds of record to expect, as the worker does.
    limits
        What is too long, too early or too late.
    privacy
        Entries with words that it suspects are left.
    """

    def __init__(
        self, records: Sequence[type[Record]], limits: ParseLimits, privacy: RecordFilter | None = None
    ) -> None:
        self._limits = limits
        self._lanes = {record: _LANES[record] for record in records if record in _LANES}
        self._by_topic = {record.topic: record for record in records}
        self._only = records[0] if len(records) == 1 else None
        self._looker = None if privacy is None else Looker(privacy)

    def take(self, entries: Sequence[Entry]) -> Taken:
        """Make columns of what can be made into some."""
        by_record: dict[type[Record] | None, list[Entry]] = defaultdict(list)
        for entry in entries:
            by_record[self._only or self._by_topic.get(entry.source)].append(entry)
        columns, left = [], []
        for record, some in by_record.items():
            lane = None if record is None else self._lanes.get(record)
            if record is None or lane is None:
                left += some
                continue
            for start in range(0, len(some), _SHAPES_AT_ONCE):
                batch = self._columns(lane, some[start : start + _SHAPES_AT_ONCE], left)
                if batch is not None:
                    columns.append((record, batch))
        return Taken(columns, left)

    def _columns(self, lane: "_Lane", entries: Sequence[Entry], left: list[Entry]) -> pa.RecordBatch | None:
        shapes, taken = self._decoded(lane, entries, left)
        while shapes:
            fields = lane.turned(shapes)
            doubtful = self._doubtful(lane, fields)
            if not doubtful:
                times, doubtful = moments_of([fields[name] for name in lane.times], self._limits)
                if not doubtful:
                    return lane.columns(fields, *times, records_in_json(shapes))
            left += [taken[place] for place in sorted(doubtful)]
            shapes = [shape for place, shape in enumerate(shapes) if place not in doubtful]
            taken = [entry for place, entry in enumerate(taken) if place not in doubtful]
        return None

    def _decoded(
        self, lane: "_Lane", entries: Sequence[Entry], left: list[Entry]
    ) -> tuple[list[Any], Sequence[Entry]]:
        longest = self._limits.record_bytes
        raws = [entry.raw for entry in entries]
        try:
            if max(map(len, raws)) <= longest:
                return list(map(lane.decode, raws)), entries
        except _UNREADABLE:
            pass
        # One of them is none of ours: which, is found one by one.
        shapes, taken = [], []
        for entry in entries:
            try:
                if len(entry.raw) <= longest:
                    shapes.append(lane.decode(entry.raw))
                    taken.append(entry)
                    continue
            except _UNREADABLE:
                pass
            left.append(entry)
        return shapes, taken

    def _doubtful(self, lane: "_Lane", fields: Fields) -> Set[int]:
        """Places of shapes that are too new, too long, or under suspicion."""
        doubtful: set[int] = set()
        if any(version != lane.version for version in set(fields["schema_version"])):
            doubtful.update(
                place for place, version in enumerate(fields["schema_version"]) if version != lane.version
            )
        utterances = fields.get("utterance", ("",))
        if max(map(len, utterances)) > self._limits.utterance_chars:
            doubtful.update(
                place for place, said in enumerate(utterances) if len(said) > self._limits.utterance_chars
            )
        if self._looker is not None:
            doubtful.update(self._looker.suspected(fields))
        return doubtful


class _Lane(NamedTuple):
    """What to do with one kind of record.

    Attributes
    ----------
    decode
        Makes its shape of bytes.
    turned
        Turns shapes on their side.
    times
        Fields that hold moments.
    columns
        Makes the archive's columns of fields, moments and the records in JSON.
    version
        The one version that has just these fields.
    """

    decode: Callable[[bytes], Any]
    turned: Callable[[Sequence[Any]], Fields]
    times: tuple[str, ...]
    columns: Callable[..., pa.RecordBatch]
    version: str


def _version_of(record: type[Record]) -> str:
    return str(record.model_fields["schema_version"].default)


_LANES: Mapping[type[Record], _Lane] = {
    Turn: _Lane(
        msgspec.json.Decoder(TurnShape).decode,
        turns_turned,
        ("time", "response.ended"),
        turn_columns,
        _version_of(Turn),
    ),
    Signal: _Lane(
        msgspec.json.Decoder(SignalShape).decode,
        signals_turned,
        ("time",),
        signal_columns,
        _version_of(Signal),
    ),
}
