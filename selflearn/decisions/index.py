"""Where each decision lies: one LMDB file a day, shared by all processes, made anew from the decisions if lost."""

import logging
import struct
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from weakref import WeakValueDictionary

import lmdb
import orjson

from selflearn.decisions.growing import Place

__all__ = ["DecisionIndex", "key_of"]

_log = logging.getLogger(__name__)

_SUFFIX = ".lmdb"
#: Of address space, not of disk: room for a hundred million decisions a day.
_MAP_BYTES = 1 << 34
_READERS = 1024
#: Decisions that are noted in one transaction, where older files are gone through.
_CHUNK = 10_000

_PLACE = struct.Struct("<IQ")
_NUMBER = struct.Struct("<I")
#: Key → file's number and offset; file → its number and how far it is noted; number → file.
_PLACES, _FILES, _NAMES = b"places", b"files", b"names"


def key_of(tenant_id: str, request_id: str) -> bytes:
    """Return the key of a decision: 16 bytes that stand for tenant and request."""
    return blake2b(orjson.dumps([tenant_id, request_id]), digest_size=16).digest()


class _Day:
    """The open index of one day. It closes itself when nobody uses it any more."""

    def __init__(self, path: Path) -> None:
        # Not synced: a process that is killed loses nothing, and a machine that is leaves files to index again.
        self.environment = lmdb.open(
            str(path),
            subdir=False,
            map_size=_MAP_BYTES,
            max_dbs=3,
            max_readers=_READERS,
            sync=False,
            metasync=False,
        )
        self.environment.reader_check()  # those of killed processes would keep old pages for ever
        self.places = self.environment.open_db(_PLACES)
        self.files = self.environment.open_db(_FILES)
        self.names = self.environment.open_db(_NAMES)


# LMDB refuses to open a file twice in one process, so all who use one share it.
_open: "WeakValueDictionary[tuple[int, int], _Day]" = WeakValueDictionary()
_opening = threading.Lock()


def _opened(path: Path, *, heal: bool) -> _Day:
    with _opening:
        try:
            file = path.stat()
            day = _open.get((file.st_dev, file.st_ino))
        except FileNotFoundError:
            day = None
        if day is None:
            try:
                day = _Day(path)
            except (lmdb.CorruptedError, lmdb.InvalidError, lmdb.VersionMismatchError) as error:
                if not heal:
                    raise
                _log.error("%s is damaged (%s) and made anew from the decisions", path, error)
                path.unlink(missing_ok=True)
                day = _Day(path)
            file = path.stat()
            _open[file.st_dev, file.st_ino] = day
        return day


class DecisionIndex:
    """Says in which file, and where in it, the decision on a request lies. Threads and processes may share it.

    Of requests with the same id the newest counts.

    Parameters
    ----------
    folder
        Where the days' indexes are, made with the first entry.
    files
        Where the decisions are: files whose names begin with their day.
    """

    def __init__(self, folder: Path, files: Path) -> None:
        self.folder = Path(folder)
        self._files = Path(files)
        self._held: dict[str, _Day] = {}

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
        with self._day(_day_of(place.file), make=True) as day:
            assert day is not None
            with day.environment.begin(write=True) as writing:
                number, _ = _number_of(day, writing, place.file)
                offset, rows = place.offset, []
                for key, length in zip(keys, lengths, strict=True):
                    rows.append((key, _PLACE.pack(number, offset)))
                    offset += length
                with writing.cursor(day.places) as cursor:
                    cursor.putmulti(rows)
                writing.put(place.file.encode(), _PLACE.pack(number, offset), db=day.files)

    def find(self, tenant_id: str, request_id: str) -> Place | None:
        """Return where the decision on a request lies; None where nobody noted it.

        Raises
        ------
        OSError
            The index cannot be read.
        """
        key = key_of(tenant_id, request_id)
        for name in sorted(self._days(), reverse=True):
            with self._day(name) as day:
                if day is None:
                    continue
                with day.environment.begin() as reading:
                    value = reading.get(key, db=day.places)
                    if value is None:
                        continue
                    number, offset = _PLACE.unpack(value)
                    file = reading.get(_NUMBER.pack(number), db=day.names)
                    assert file is not None
                    return Place(file.decode(), offset)
        return None

    def complete(self) -> int:
        """Note what lies in the files and was not noted, and forget the days of which no file is left.

        Returns
        -------
        int
            Decisions that were noted.

        Raises
        ------
        OSError
            The files cannot be read, or the index cannot be written.
        """
        noted = 0
        names = sorted((path.name for path in self._files.glob("*.jsonl")), reverse=True)
        # The newest first: a later decision with the same id is not replaced by an earlier one.
        for name in names:
            noted += self._complete(name)
        left = {_day_of(name) for name in names}
        for day in set(self._days()) - left:
            self._forget(day)
        return noted

    def _complete(self, name: str) -> int:
        with self._day(_day_of(name), make=True) as day:
            assert day is not None
            with day.environment.begin() as reading:
                known = reading.get(name.encode(), db=day.files)
            start = 0 if known is None else _PLACE.unpack(known)[1]
            rows = _entries(self._files / name, start)
            noted = 0
            while chunk := list(islice(rows, _CHUNK)):
                with day.environment.begin(write=True) as writing:
                    number, known_to = _number_of(day, writing, name)
                    for key, offset, _ in chunk:
                        # The newest files come first, and in a file the newest line last.
                        value = writing.get(key, db=day.places)
                        if value is None or _PLACE.unpack(value)[0] == number:
                            writing.put(key, _PLACE.pack(number, offset), db=day.places)
                    end = max(known_to, chunk[-1][2])
                    writing.put(name.encode(), _PLACE.pack(number, end), db=day.files)
                noted += len(chunk)
        return noted

    def _days(self) -> Iterable[str]:
        return [path.name.removesuffix(_SUFFIX) for path in self.folder.glob(f"*{_SUFFIX}")]

    @contextmanager
    def _day(self, name: str, *, make: bool = False) -> Iterator[_Day | None]:
        """Open a day's index; one that is damaged is made anew from the files."""
        path = self.folder / f"{name}{_SUFFIX}"
        try:
            if make:
                self.folder.mkdir(parents=True, exist_ok=True)
            elif not path.exists():
                yield None
                return
            # Opened by its inode, since another process may have made it anew; held, so that it stays open.
            day = self._held[name] = _opened(path, heal=make)
            yield day
        except lmdb.Error as error:
            raise OSError(f"the index of decisions {path}: {error}") from error

    def _forget(self, day: str) -> None:
        self._held.pop(day, None)
        path = self.folder / f"{day}{_SUFFIX}"
        path.unlink(missing_ok=True)
        path.with_name(f"{path.name}-lock").unlink(missing_ok=True)


def _day_of(file: str) -> str:
    return file[: len("YYYY-MM-DD")]


def _number_of(day: _Day, writing: lmdb.Transaction, file: str) -> tuple[int, int]:
    """Return a file's number in its day, given where it has none yet, and how far it is noted."""
    known = writing.get(file.encode(), db=day.files)
    if known is not None:
        number, noted = _PLACE.unpack(known)
        return number, noted
    number = writing.stat(day.files)["entries"]
    writing.put(_NUMBER.pack(number), file.encode(), db=day.names)
    return number, 0


def _entries(path: Path, start: int) -> Iterator[tuple[bytes, int, int]]:
    """Go over the whole lines of a file from an offset: key, begin and end."""
    try:
        with path.open("rb") as file:
            file.seek(start)
            offset = start
            for line in file:
                end = offset + len(line)
                if line.endswith(b"\n"):
                    try:
                        raw = orjson.loads(line)
                        key = key_of(raw.get("tenant_id", "default"), raw["request_id"])
                    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
                        _log.warning("%s holds no decision at byte %d", path, offset)
                    else:
                        yield key, offset, end
                offset = end
    except FileNotFoundError:
        return
