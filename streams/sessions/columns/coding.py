"""Columns of texts as numbers, and lists of them."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from streams.sessions.columns.session_columns import NONE, Codes, Lists

__all__ = ["coded", "in_order", "lists_of", "numbers_of", "ranks"]


def coded(*columns: pa.ChunkedArray) -> tuple[list[str], list[Codes]]:
    """Number the distinct texts of some columns together.

    Returns
    -------
    names
        The distinct texts, each at its number.
    numbers
        For every column its numbers; `NONE` for null.
    """
    chunks = [chunk.cast(pa.large_string()) for column in columns for chunk in column.chunks]
    together = pc.dictionary_encode(pa.chunked_array(chunks, pa.large_string())).combine_chunks()
    if isinstance(together, pa.ChunkedArray):  # no chunk at all
        return [], [np.empty(0, np.int64) for _ in columns]
    numbers = pc.fill_null(together.indices, NONE).to_numpy(zero_copy_only=False).astype(np.int64)
    ends = np.cumsum([len(column) for column in columns])[:-1]
    return together.dictionary.to_pylist(), list(np.split(numbers, ends))


def numbers_of(column: pa.ChunkedArray) -> Codes:
    """A column of whole numbers without nulls."""
    return np.asarray(column.to_numpy(), np.int64)


def lists_of(column: pa.ChunkedArray) -> tuple[pa.ChunkedArray, Codes]:
    """Take a column of lists apart: the members end to end, and where each row's begin; a null is an empty list."""
    lengths = pc.fill_null(pc.list_value_length(column), 0).to_numpy().astype(np.int64)
    return pc.list_flatten(column), np.append(0, np.cumsum(lengths))


def in_order(lists: Lists, rows: Codes) -> tuple[Lists, Codes]:
    """Lists of some rows, in their order; and where each member had been."""
    lengths = lists.lengths[rows]
    starts = np.append(0, np.cumsum(lengths))
    places = np.arange(starts[-1]) + np.repeat(lists.starts[:-1][rows] - starts[:-1], lengths)
    return Lists(lists.values[places], starts), places


def ranks(texts: Sequence[str]) -> Codes:
    """Place of each text in the order of all: equal texts have equal ranks."""
    return np.unique(np.array(texts, dtype=object), return_inverse=True)[1].astype(np.int64)
