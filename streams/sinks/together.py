"""A worker's own sink together with those of the processes beside it."""

from collections.abc import Sequence

import pyarrow as pa

from streams.hot.beside import Beside
from streams.records import Record
from streams.sinks.base import ColumnSink

__all__ = ["TogetherSink"]


class TogetherSink:
    """Takes records into a worker's own sink; flushes that and what was handed to the processes beside it.

    Parameters
    ----------
    own
        The worker's.
    beside
        The processes.
    """

    def __init__(self, own: ColumnSink, beside: Beside) -> None:
        self._own = own
        self._beside = beside

    def write(self, records: Sequence[Record]) -> None:
        """Take records."""
        self._own.write(records)

    def write_columns(self, record_type: type[Record], columns: pa.RecordBatch) -> None:
        """Take columns."""
        self._own.write_columns(record_type, columns)

    def flush(self) -> None:
        """Flush all at once, and wait until everything is in its place."""
        self._beside.begin_flush()
        self._own.flush()
        self._beside.finish_flush()

    def close(self) -> None:
        """Close the sink, and end the processes."""
        self._beside.close()
        self._own.close()
