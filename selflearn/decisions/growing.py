"""Files that grow line by line: one an hour and process, in the folder of a topic."""

import os
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, NamedTuple

__all__ = ["GrowingFiles", "Place"]


class Place(NamedTuple):
    """Where lines lie: the file's name, and where the first of them begins, in bytes."""

    file: str
    offset: int


class GrowingFiles:
    """Appends lines to `folder/YYYY-MM-DDTHH-PROCESS-RANDOM.jsonl`. A `FolderSource` reads, and tails, them.

    Parameters
    ----------
    folder
        Made with the first line.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder)
        self._hour = ""
        self._file: BinaryIO | None = None
        self._size = 0

    def append(self, lines: Sequence[bytes]) -> Place:
        """Append whole lines, all or none.

        Parameters
        ----------
        lines
            Each ends with its newline.

        Returns
        -------
        Place
            Where the first one begins; the others follow it.

        Raises
        ------
        OSError
            The disk is full, or the file cannot be written.
        """
        hour = datetime.now(UTC).strftime("%Y-%m-%dT%H")
        if self._file is None or hour != self._hour:
            self._open(hour)
        assert self._file is not None
        content = b"".join(lines)
        place = Place(Path(self._file.name).name, self._size)
        try:
            written = 0
            while written < len(content):
                written += self._file.write(content[written:])
        except OSError:
            # A full disk takes a part: nobody is to read half a line.
            self._file.truncate(self._size)
            raise
        self._size += len(content)
        return place

    def close(self) -> None:
        """Close the file of the hour."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _open(self, hour: str) -> None:
        self.close()
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{hour}-{os.getpid()}-{secrets.token_hex(3)}.jsonl"
        self._file, self._hour, self._size = path.open("ab", buffering=0), hour, 0
