"""Sources over foreign logs: JSON lines, whole JSON files, Parquet and CSV."""

import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from streams.errors import SourceError
from streams.sources.folder import READERS, FolderSource
from streams.sources.lines import LONGEST_LINE, Line, opened, skip_to

__all__ = ["csv_rows_from", "documents_from", "log_source"]


def log_source(path: Path, *, state: Path | None = None, tail: bool = False) -> FolderSource:
    """Read a foreign log: a folder of `.jsonl`, `.json`, `.csv`, `.tsv` (each also `.gz`) and `.parquet`, or a file.

    Raises
    ------
    SourceError
        There is nothing to read.
    """
    readers = dict(READERS)
    for ending, reader in ((".json", documents_from), (".csv", csv_rows_from), (".tsv", csv_rows_from)):
        readers[ending] = readers[f"{ending}.gz"] = reader
    return FolderSource(path, state=state, tail=tail, topics=("dialogue.turns",), readers=readers)


def csv_rows_from(path: Path, offset: int, growing: bool) -> Iterator[Line]:
    r"""Read CSV rows, each with the file's header before it, so that a row can be understood alone.

    A quoted field may hold newlines.

    Parameters
    ----------
    path
        Compressed where its name ends in `.gz`.
    offset
        Byte of the content to go on from; 0 is before the header.
    growing
        Leave a last row without newline for later.

    Raises
    ------
    SourceError
        The file cannot be read.
    """
    try:
        with opened(path) as file:
            header, begin = _row(file)
            if not header.endswith(b"\n") and growing:
                return
            if offset > begin:
                skip_to(file, offset, path)
                begin = offset
            while True:
                row, length = _row(file)
                if not row or (growing and not row.endswith(b"\n")):
                    return
                if row.strip():
                    yield Line(header.rstrip(b"\r\n") + b"\n" + row.rstrip(b"\r\n"), begin, begin + length)
                begin += length
    except EOFError as error:
        if not growing:
            raise SourceError(f"{path} ends in the middle: {error}; its whole rows were read") from error
    except (OSError, zlib.error) as error:
        raise SourceError(f"{path} cannot be read: {error}") from error


def documents_from(path: Path, offset: int, growing: bool) -> Iterator[Line]:
    """Read a file that is one JSON document: each element of a list, or the one object. Offsets are positions.

    Raises
    ------
    SourceError
        The file cannot be read, or is not JSON.
    """
    try:
        with opened(path) as file:
            content = file.read()
        # The standard reader, for it takes what a log may hold: each element is judged on its own afterwards.
        document = json.loads(content)
    except (OSError, EOFError, zlib.error, ValueError, RecursionError) as error:
        if growing and isinstance(error, ValueError | EOFError):
            return
        raise SourceError(
            f"{path} is no JSON document: {error}. If it holds one object a line, call it .jsonl"
        ) from error
    elements = document if isinstance(document, list) else [document]
    for position, element in enumerate(elements[offset:], offset):
        yield Line(json.dumps(element, ensure_ascii=False).encode("utf-8", "replace"), position, position + 1)


def _row(file: IO[bytes]) -> tuple[bytes, int]:
    """One row and its length: lines until the quotes are even, within bounds."""
    row = file.readline(LONGEST_LINE)
    length, quotes, last = len(row), row.count(b'"'), row
    while row and (quotes % 2 or not last.endswith(b"\n")) and (last := file.readline(LONGEST_LINE)):
        length, quotes = length + len(last), quotes + last.count(b'"')
        if len(row) < LONGEST_LINE:
            row += last
    return row, length
