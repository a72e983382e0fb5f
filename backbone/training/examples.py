"""Examples as a dataset: in columns, mapped from disk, named by content."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any

import pyarrow as pa
from datasets import (
    Dataset,
    are_progress_bars_disabled,
    disable_progress_bars,
    enable_progress_bars,
    load_from_disk,
)

from backbone.files import digest

__all__ = ["as_dataset"]


def as_dataset(columns: Mapping[str, Sequence[Any]], folder: Path | None = None) -> Dataset:
    """Put examples into a `datasets.Dataset`.

    Parameters
    ----------
    columns
        All of the same length; lists of numbers may be of any length.
    folder
        Keeps them there and maps them from disk, so that more than memory holds can be trained on; the folder of
        examples with the same content is used again. Without it they are kept in memory.

    Returns
    -------
    Dataset
        Its `_fingerprint`, which is also the folder's name, names the content.
    """
    table = pa.table({name: pa.array(values) for name, values in columns.items()})
    made = Dataset(table)
    written = pa.BufferOutputStream()
    with pa.ipc.new_stream(written, table.schema) as stream:
        stream.write_table(table)
    name = digest((memoryview(written.getvalue()),))[:32]
    made._fingerprint = name
    if folder is None:
        return made
    place = folder / f"examples-{name}"
    if not place.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        beside = Path(mkdtemp(prefix=".examples-", dir=folder))
        try:
            _save(made, beside)
            beside.rename(place)
        except OSError:
            # Another run was faster; what it made is the same.
            if not place.is_dir():
                raise
        finally:
            rmtree(beside, ignore_errors=True)
    read = load_from_disk(str(place))
    assert isinstance(read, Dataset)
    read._fingerprint = name
    return read


def _save(dataset: Dataset, folder: Path) -> None:
    """Save without a bar of its own: who trains has one."""
    hidden = are_progress_bars_disabled()
    disable_progress_bars()
    try:
        dataset.save_to_disk(str(folder))
    finally:
        if not hidden:
            enable_progress_bars()
