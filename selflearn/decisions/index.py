"""Where each decision lies: beside every file of decisions a file of their keys, made anew from the decisions if lost.

Keys are appended in the order of the decisions, which costs next to nothing while requests wait; a tree of them, whose
pages are written at random places, took a fifth of a server's time. Who asks for a decision, a person as a rule, has
the keys gone through, the newest hour first: some milliseconds for a million.
"""

import logging
import os
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from io import FileIO
from itertools import groupby, islice
from pathlib import Path

import numpy as np
import orjson
from numpy.typing import NDArray

from selflearn.decisions.growing import Place

__all__ = ["DecisionIndex", "key_of"]

_log = logging.getLogger(__name__)

_SUFFIX = ".keys"
_KEY_BYTES = 16
#: Key in two halves; where the line begins and ends.
_ENTRY = np.dtype([("first", "<u8"), ("second", "<u8"), ("begin", "<u8"), ("end", "<u8")])
#: Entries noted at a time: their memory is bounded.
_CHUNK = 65_536


def key_of(tenant_id: str, request_id: str) -> bytes:
    """Return the key of a decision: 16 bytes that stand for tenant and request."""
    return blake2b(orjson.dumps([tenant_id, request_id]), digest_size=_KEY_BYTES).digest()


class DecisionIndex:
    """Says in which file, and where in it, the decision on a request lies. Threads and processes may share it.

    Parameters
    ----------
    folder
        Where the keys are, made with the first entry.
    files
        Where the decisions are: files whose names begin with their hour.
    """

    def __init__(self, folder: Path, files: Path) -> None:
        self.folder = Path(folder)
        self._files = Path(files)
        self._held: tuple[str, FileIO | None] = "", None

    def add(self, place: Place, keys: Sequence[bytes], lengths: Sequence[int]) -> None:
        """Note where decisions lie that follow one another in a file.

        Parameters
        ----------
        place
            Where the first one begins.
        keys
            Of each, by `key_of`.
        lengths
            Of each line, in bytes.

        Raises
        ------
        OSError
            The index cannot be written.
        """
        entries = np.empty(len(keys), _ENTRY)
        halves = np.frombuffer(b"".join(keys), "<u8").reshape(-1, 2)
        entries["first"], entries["second"] = halves[:, 0], halves[:, 1]
        entries["end"] = place.offset + np.cumsum(np.asarray(lengths, np.uint64))
        entries["begin"] = entries["end"] - np.asarray(lengths, np.uint64)
        _append(self._held_open(place.file), entries)

    def find(self, tenant_id: str, request_id: str) -> list[Place]:
        """Return where decisions on a request lie: those of the newest hour, the last one of each file.

        Raises
        ------
        OSError
            The index cannot be read.
        """
        wanted = np.frombuffer(key_of(tenant_id, request_id), "<u8")
        names = sorted((path.name.removesuffix(_SUFFIX) for path in self._keys()), reverse=True)
        for _, hour in groupby(names, _hour_of):
            found = []
            for name in hour:
                entries = self._read(name)
                hits = np.flatnonzero((entries["first"] == wanted[0]) & (entries["second"] == wanted[1]))
                if hits.size:
                    found.append(Place(name, int(entries["begin"][hits].max())))
            if found:
                return found
        return []

    def complete(self) -> int:
        """Note what lies in the files and was not noted, and forget the files that are gone.

        Returns
        -------
        int
            Decisions that were noted.

        Raises
        ------
        OSError
            The files cannot be read, or the index cannot be written.
        """
        noted = sum(self._complete(path) for path in sorted(self._files.glob("*.jsonl")))
        for path in self._keys():
            if not (self._files / path.name.removesuffix(_SUFFIX)).exists():
                path.unlink(missing_ok=True)
        return noted

    def _complete(self, decisions: Path) -> int:
        entries = self._read(decisions.name)
        try:
            # Asked after the keys were read, since a line is there before its key.
            size = decisions.stat().st_size
        except FileNotFoundError:  # it expired meanwhile
            return 0
        if not self._is_whole(decisions.name) or not _sound(entries, size):
            _log.error("the keys of %s are damaged, and made anew from the decisions", decisions.name)
            self._path(decisions.name).unlink()
            entries = entries[:0]
        rows = _lines(decisions, int(entries["end"].max(initial=0)))
        noted = 0
        while chunk := [(*np.frombuffer(key, "<u8"), begin, end) for key, begin, end in islice(rows, _CHUNK)]:
            # Opened for itself: the thread that writes decisions holds its own.
            with self._opened(decisions.name) as keys:
                _append(keys, np.array(chunk, _ENTRY))
            noted += len(chunk)
        return noted

    def _held_open(self, file: str) -> FileIO:
        """Return the keys of the file that is written now, held open: each system call beside busy requests costs."""
        name, keys = self._held
        if keys is None or name != file or os.fstat(keys.fileno()).st_nlink == 0:
            self.close()
            keys = self._opened(file)
            self._held = file, keys
        return keys

    def _opened(self, file: str) -> FileIO:
        self.folder.mkdir(parents=True, exist_ok=True)
        return self._path(file).open("ab", buffering=0)

    def close(self) -> None:
        """Let go of the file of keys."""
        _, keys = self._held
        self._held = "", None
        if keys is not None:
            keys.close()

    def _read(self, file: str) -> NDArray[np.void]:
        try:
            content = self._path(file).read_bytes()
        except FileNotFoundError:
            return np.empty(0, _ENTRY)
        return np.frombuffer(content, _ENTRY, len(content) // _ENTRY.itemsize)

    def _is_whole(self, file: str) -> bool:
        path = self._path(file)
        return not path.exists() or path.stat().st_size % _ENTRY.itemsize == 0

    def _path(self, file: str) -> Path:
        return self.folder / f"{file}{_SUFFIX}"

    def _keys(self) -> Iterator[Path]:
        return self.folder.glob(f"*{_SUFFIX}")


def _append(keys: FileIO, entries: NDArray[np.void]) -> None:
    """Append entries at once, so that those of another process do not come between."""
    if keys.write(entries.tobytes()) != entries.nbytes:
        keys.truncate(keys.tell() // _ENTRY.itemsize * _ENTRY.itemsize)
        raise OSError(f"no room for {keys.name!r}")


def _hour_of(file: str) -> str:
    return file[: len("YYYY-MM-DDTHH")]


def _sound(entries: NDArray[np.void], size: int) -> bool:
    """Whether all entries point to lines inside the file."""
    return bool(np.all((entries["begin"] < entries["end"]) & (entries["end"] <= size)))


def _lines(path: Path, start: int) -> Iterator[tuple[bytes, int, int]]:
    """Go over the whole lines of a file from an offset: key, begin and end."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return
    with file:
        file.seek(start)
        begin = start
        for line in file:
            end = begin + len(line)
            if line.endswith(b"\n"):
                try:
                    raw = orjson.loads(line)
                    key = key_of(raw.get("tenant_id", "default"), raw["request_id"])
                except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
                    _log.warning("%s holds no decision at byte %d", path, begin)
                else:
                    yield key, begin, end
            begin = end
