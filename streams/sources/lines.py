"""Lines of one file, plain or gzip, from a byte onwards; a line that is still being written is left alone."""

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NamedTuple, cast

from streams.errors import SourceError

__all__ = ["LONGEST_LINE", "Line", "lines_from", "opened", "skip_to"]

#: Bytes of a line that are kept; far more than a record may have, so what is cut is refused in any case.
LONGEST_LINE = 16 * 1024 * 1024


class Line(NamedTuple):
    """A line without its newline, and the bytes at which it begins and the next one does."""

    raw: bytes
    begin: int
    end: int


def lines_from(path: Path, offset: int, growing: bool) -> Iterator[Line]:
    """Read lines of a file.

    Parameters
    ----------
    path
        Compressed where its name ends in `.gz`.
    offset
        Byte of the content to begin at.
    growing
        A last line without newline is still being written: leave it, and the end of a compressed file that
        is not complete yet, for later. Else it is a line like any other.

    Raises
    ------
    SourceError
        The file cannot be read, is no gzip file, or is shorter than `offset`.
    """
    try:
        with opened(path) as file:
            skip_to(file, offset, path)
            yield from _lines(file, offset, growing)
    except EOFError as error:
        if not growing:
            raise SourceError(f"{path} ends in the middle: {error}; its whole lines were read") from error
    except (OSError, zlib.error) as error:
        raise SourceError(f"{path} cannot be read: {error}") from error


def opened(path: Path) -> IO[bytes]:
    """Open a file to read its content, decompressed where its name ends in `.gz`."""
    return cast(IO[bytes], gzip.open(path)) if path.suffix == ".gz" else path.open("rb")


def skip_to(file: IO[bytes], offset: int, path: Path) -> None:
    """Go to a byte of the content.

    Raises
    ------
    SourceError
        The content ends before it.
    """
    reached = file.seek(offset)
    if path.suffix != ".gz":
        reached = min(reached, path.stat().st_size)
    if reached < offset:
        raise SourceError(
            f"{path} is shorter than it was ({offset} bytes were read before); it was replaced or cut. "
            "Give the new content a new name, or remove the file's line from the state to read it again"
        )


def _lines(file: IO[bytes], begin: int, growing: bool) -> Iterator[Line]:
    while line := file.readline(LONGEST_LINE):
        end = begin + len(line)
        complete = line.endswith(b"\n")
        while not complete and (rest := file.readline(LONGEST_LINE)):
            end, complete = end + len(rest), rest.endswith(b"\n")
        if not complete and growing:
            return
        yield Line(line.rstrip(b"\r\n"), begin, end)
        begin = end
