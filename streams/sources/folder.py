"""A folder of JSONL (plain or gzip) and Parquet files, read like a topic."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from streams.errors import SourceError
from streams.records import RECORDS
from streams.sources.base import Entry
from streams.sources.lines import Line, lines_from
from streams.sources.offsets import Offsets
from streams.sources.rows import rows_from

__all__ = ["READERS", "FolderSource", "Reader"]

#: Reads a file's lines from an offset on; the last says whether the file may still grow.
Reader = Callable[[Path, int, bool], Iterator[Line]]

#: Ending of a file's name to what reads it.
READERS: Mapping[str, Reader] = {
    ".jsonl": lines_from,
    ".jsonl.gz": lines_from,
    ".ndjson": lines_from,
    ".ndjson.gz": lines_from,
    ".parquet": rows_from,
}

#: What really happened is no part of a log: a simulated one may have it in a folder of this name beside it.
_TRUTH = "truth"
_TOPICS = frozenset({_TRUTH, *(record.topic for record in RECORDS)})
#: Seconds between two looks at files that are tailed.
_LOOK_AGAIN = 0.2


class FolderSource:
    """Files of a folder, in the order of their names, or one file.

    The topic of a file is the folder under `path` that bears a topic's name (`dialogue.signals/a.jsonl`), or
    such a name before the ending of the file's (`dialogue.signals.jsonl`); else it is the first of
    `topics`. Files of other topics are left alone, and so are a folder `truth` and names that begin with a dot.

    Parameters
    ----------
    path
        Folder, searched to any depth, or file.
    state
        Where committed offsets are kept. None: in memory only, so that a new source begins anew.
    tail
        Wait for more: new files, and new lines of known JSONL files. A line counts once its newline is
        there. Parquet files, and JSONL files when not tailed, must be complete when they appear.
    topics
        Topics to read.
    readers
        What reads which files, by the ending of their names.

    Raises
    ------
    SourceError
        There is nothing at `path`, or nothing in it to read and no tail to wait for it.
    """

    def __init__(
        self,
        path: Path,
        *,
        state: Path | None = None,
        tail: bool = False,
        topics: Sequence[str] = ("dialogue.turns", "dialogue.signals"),
        readers: Mapping[str, Reader] = READERS,
    ) -> None:
        self._path = Path(path)
        self._folder = self._path.parent if self._path.is_file() else self._path
        self._tail = tail
        self._topics = tuple(topics)
        self._readers = dict(readers)
        self._offsets = Offsets(state)
        self._reached: dict[str, int] = {}
        self._looked_at: dict[str, tuple[int, int]] = {}
        if not self._path.exists():
            raise SourceError(
                f"there is nothing at {self._path}; name a folder of JSONL or Parquet files, or a file"
            )
        if not tail and not self._found():
            raise SourceError(
                f"no file at {self._path} ends in {', '.join(self._readers)} and holds {' or '.join(self._topics)}"
            )
        self._entries = self._read_on()
        self._failure: SourceError | None = None
        self._exhausted = False

    @property
    def exhausted(self) -> bool:
        """Whether all files were read to their end, which tailing never does, or the source was closed."""
        return self._exhausted

    def poll(self, max_entries: int, timeout: float = 0.0) -> list[Entry]:
        """Read on; wait up to `timeout` seconds for the first entry when tailing."""
        until = time.monotonic() + timeout
        while not self._exhausted:
            entries = self._next(max_entries)
            if len(entries) < max_entries and self._failure is None:
                # All files were read to where they end now. When tailing, the next look is a new one.
                self._exhausted = not self._tail
                self._entries = self._read_on()
            left = until - time.monotonic()
            if entries or left <= 0:
                return entries
            if self._tail:
                time.sleep(min(_LOOK_AGAIN, left))
        return []

    def commit(self) -> None:
        """Keep how far the files were read."""
        self._offsets.commit(self._reached)

    def before_revoked(self, finish: Callable[[], None]) -> None:
        """Do nothing: a folder has one reader."""

    def close(self) -> None:
        """Stop reading."""
        self._exhausted = True
        self._entries = iter(())

    def _next(self, max_entries: int) -> list[Entry]:
        """Give entries, and a failure only when those before it have been given: a commit covers them."""
        if self._failure is not None:
            raise self._failure
        entries: list[Entry] = []
        try:
            while len(entries) < max_entries and (entry := next(self._entries, None)) is not None:
                entries.append(entry)
        except SourceError as failure:
            if not entries:
                raise
            self._failure = failure
        return entries

    def _found(self) -> list[str]:
        if self._path.is_file():
            return [self._path.name]
        names = (path.relative_to(self._path) for path in self._path.rglob("*") if path.is_file())
        return sorted(
            name.as_posix()
            for name in names
            if name.name.endswith(tuple(self._readers))
            and not any(part.startswith(".") for part in name.parts)
            and self._topic(name.as_posix()) in self._topics
        )

    def _read_on(self) -> Iterator[Entry]:
        for name in self._found():
            # Taken before reading: what is appended meanwhile makes the file worth another look.
            looks = self._looks(name)
            if looks == self._looked_at.get(name):
                continue
            topic = self._topic(name)
            for line in self._lines(name):
                # Before the entry is handed out: a commit after it must cover it.
                self._reached[name] = line.end
                if line.raw.strip():
                    yield Entry(line.raw, topic, name, line.begin)
            self._looked_at[name] = looks

    def _lines(self, name: str) -> Iterator[Line]:
        # A single file may be called anything: if no ending fits, it is taken for lines.
        ending = max((ending for ending in self._readers if name.endswith(ending)), key=len, default="")
        reader = self._readers.get(ending, lines_from)
        return reader(self._folder / name, self._reached.get(name, self._offsets[name]), self._tail)

    def _looks(self, name: str) -> tuple[int, int]:
        path = self._folder / name
        try:
            found = path.stat()
        except OSError as error:
            raise SourceError(f"{path} cannot be read: {error}") from error
        return found.st_size, found.st_mtime_ns

    def _topic(self, name: str) -> str:
        *folders, file = name.split("/")
        for topic in (*folders, *(file.removesuffix(ending) for ending in self._readers)):
            if topic in _TOPICS:
                return topic
        return self._topics[0]
