"""A sink that waits for room where the disk is full."""

from collections.abc import Sequence

import pyarrow as pa

from streams.disk import Patience
from streams.records import Record
from streams.sinks.base import ColumnSink, Sink

__all__ = ["PatientColumnSink", "PatientSink", "patient"]


class PatientSink:
    """Flushes into another sink, and where there is no room for it, waits until there is.

    Whoever waits in `flush` neither reads nor commits, so nothing is lost however long it takes. A member of
    a group in Kafka that waits for longer than `max_poll_interval_ms` loses its partitions to others, who
    read the same entries again; what it flushes later are copies, which the archive reads once.

    Parameters
    ----------
    sink
        Its `flush` keeps what it could not write, so that it may be called again (`streams.errors.NoRoom`).
    patience
        How to wait.
    """

    def __init__(self, sink: Sink, patience: Patience) -> None:
        self._sink = sink
        self._patience = patience

    def write(self, records: Sequence[Record]) -> None:
        """Hand records on. A sink that had to write and had no room is handed them again: at worst, copies."""
        self._patience.with_room(lambda: self._sink.write(records))

    def flush(self) -> None:
        """Flush, when there is room.

        Raises
        ------
        NoRoom
            Waiting was ended before there was room.
        SinkError
            Something else is wrong.
        """
        self._patience.with_room(self._sink.flush)

    def close(self) -> None:
        """Close the sink."""
        self._sink.close()


class PatientColumnSink(PatientSink):
    """The same, over a sink that takes columns too."""

    def __init__(self, sink: ColumnSink, patience: Patience) -> None:
        super().__init__(sink, patience)
        self._columns = sink

    def write_columns(self, record_type: type[Record], columns: pa.RecordBatch) -> None:
        """Hand columns on, as `write` does records."""
        self._patience.with_room(lambda: self._columns.write_columns(record_type, columns))


def patient(sink: Sink, patience: Patience) -> PatientSink:
    """Put patience before a sink; one that takes columns goes on taking them."""
    return PatientColumnSink(sink, patience) if isinstance(sink, ColumnSink) else PatientSink(sink, patience)
