"""Filing: columns on their way into part files, written while the next ones are gathered."""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from threading import Lock
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from streams.archive.columns import Kind
from streams.archive.layout import Partition, bucket_of_name
from streams.files import cannot_write, part_name, written_beside

__all__ = ["Filing"]

#: Threads that write. Most of them wait for the disk, which syncs many files in little more time than one.
_WRITERS = 8
_WRITERS_OF_A_PORTION = 4
#: Portions that are under way before more of them have to wait; they take memory.
_PORTIONS_AT_ONCE = 2
#: In fewer rows a dictionary takes more room, and more time, than it saves.
_ROWS_FOR_A_DICTIONARY = 5_000
#: Columns by which readers may pass over a part.
_STATISTICS = ["tenant_id", "customer_id", "time"]


class Filing:
    """Writes columns to part files of their partitions, each there whole or not at all.

    Parameters
    ----------
    root
        Folder of the archive.
    buckets
        Over how many buckets its customers are spread.
    """

    def __init__(self, root: Path, buckets: int) -> None:
        self._root = root
        self._buckets = buckets
        self._portions: list[_Portion] = []
        self._writers = ThreadPoolExecutor(_WRITERS, thread_name_prefix="archive")

    def begin(self, kind: Kind, batches: Sequence[pa.RecordBatch]) -> None:
        """Take columns and begin to write them; wait where too many are under way."""
        under_way = [one for one in self._portions if not one.is_written]
        if len(under_way) >= _PORTIONS_AT_ONCE:
            under_way[0].wait()
        portion = _Portion(self._root / kind.folder, self._buckets, batches)
        self._portions.append(portion)
        if not any(one.failures() for one in self._portions):  # else `finish` will tell
            portion.begin(self._writers, _WRITERS_OF_A_PORTION)

    def finish(self) -> None:
        """Write what is left, and wait until everything is in its place.

        Raises
        ------
        SinkError
            Not everything is; what is not is kept, and `finish` may be called again.
        """
        for portion in self._portions:
            if not portion.is_written:  # what failed is tried again, and what is under way gets more writers
                portion.begin(self._writers, _WRITERS)
        for portion in self._portions:
            portion.wait()
        failures = [error for portion in self._portions for error in portion.failures()]
        self._portions = [portion for portion in self._portions if not portion.is_written]
        for portion in self._portions:
            portion.writing.clear()
        if self._portions:
            raise failures[-1]

    def close(self) -> None:
        """Forget what is not written."""
        for portion in self._portions:
            portion.forget()
        self._portions.clear()
        self._writers.shutdown(cancel_futures=True)


class _Part(NamedTuple):
    path: Path
    rows: pa.Table


class _Portion:
    """Columns of one kind that become one part file in each partition.

    Its name is given when it is taken: of two copies of a record, the one that was taken first comes first by name.
    """

    def __init__(self, folder: Path, buckets: int, batches: Sequence[pa.RecordBatch]) -> None:
        self._folder = folder
        self._buckets = buckets
        self._batches = batches
        self._name = part_name("")
        self._parts: deque[_Part] | None = None
        self._parting = Lock()
        self._forgotten = False
        self.writing: list[Future[None]] = []

    @property
    def is_written(self) -> bool:
        return self._parts is not None and not self._parts

    def begin(self, writers: ThreadPoolExecutor, count: int) -> None:
        """Let so many threads write."""
        self.writing += [writers.submit(self.write) for _ in range(count)]

    def wait(self) -> None:
        """Wait until no thread writes any more."""
        wait(self.writing)

    def failures(self) -> list[BaseException]:
        """Give what went wrong so far."""
        return [error for one in self.writing if one.done() and (error := one.exception()) is not None]

    def write(self) -> None:
        """Write part after part until there is none; several threads may do so. A part that fails is put back."""
        with self._parting:
            if self._parts is None:
                self._parts = deque(self._parted())
                self._batches = ()
        while self._parts and not self._forgotten:
            try:
                part = self._parts.popleft()
            except IndexError:  # another thread has the last one
                return
            try:
                _write(part)
            except BaseException:
                self._parts.append(part)
                raise

    def forget(self) -> None:
        """Begin no more parts."""
        self._forgotten = True

    def _parted(self) -> Iterator[_Part]:
        table = pa.Table.from_batches(self._batches).combine_chunks()
        days = table["time"].cast(pa.date32()).cast(pa.int32()).to_numpy().astype(np.int64)
        places = days * self._buckets + _buckets_of(table, self._buckets)
        order = np.argsort(places, kind="stable")
        places, table = places[order], table.take(pa.array(order))
        starts = np.flatnonzero(np.diff(places, prepend=places[0] - 1))
        for number, (start, end) in enumerate(zip(starts, [*starts[1:], len(places)], strict=True)):
            day, bucket = divmod(int(places[start]), self._buckets)
            partition = Partition(pa.scalar(day, pa.int32()).cast(pa.date32()).as_py(), bucket)
            # No two parts of an archive have the same name: a row is known by it.
            path = partition.folder(self._folder) / f"{self._name}-{number:04d}.parquet"
            yield _Part(path, table.slice(start, end - start))


def _buckets_of(table: pa.Table, buckets: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Bucket of each row's customer; each customer is hashed once."""
    names = pc.binary_join_element_wise(table["tenant_id"], table["customer_id"], "\x00").combine_chunks()
    customers = names.dictionary_encode()
    of_customers = [bucket_of_name(name.encode(), buckets) for name in customers.dictionary.to_pylist()]
    of_each = np.array(of_customers, np.int64)
    found: np.ndarray[tuple[int], np.dtype[np.int64]] = of_each[customers.indices.to_numpy()]
    return found


def _write(part: _Part) -> None:
    try:
        with written_beside(part.path) as beside:
            pq.write_table(
                part.rows,
                beside,
                compression="zstd",
                use_dictionary=len(part.rows) >= _ROWS_FOR_A_DICTIONARY,
                write_statistics=_STATISTICS,
                store_schema=False,
            )
    except (OSError, pa.ArrowException) as error:
        raise cannot_write(part.path, error) from error
