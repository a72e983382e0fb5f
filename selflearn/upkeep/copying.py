"""Copies of files that others are writing meanwhile: each whole, and measured as it is copied."""

import hashlib
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Copies", "Kept", "copied", "measured"]

_CHUNK = 1 << 20
#: Rounds over a folder in which files come and go while it is copied.
_ROUNDS = 50


class Kept(BaseModel):
    """One file of a backup: its size, its SHA-256, and when its original was last written, in nanoseconds."""

    model_config = ConfigDict(frozen=True)

    bytes: int = Field(ge=0)
    sha256: str
    modified: int = 0


class Copies:
    """Copies into a folder, and notes what was copied.

    Parameters
    ----------
    folder
        Where copies go.
    before, before_folder
        Files of an earlier backup, and where it is: what has not changed since is linked from there.
    step
        Told the name of what is being copied.
    """

    def __init__(
        self,
        folder: Path,
        before: Mapping[str, Kept],
        before_folder: Path | None,
        step: Callable[[str, float | None], None],
    ) -> None:
        self.files: dict[str, Kept] = {}
        self.linked = 0
        self._folder = folder
        self._before = before
        self._before_folder = before_folder
        self._step = step

    def file(self, path: Path, name: str) -> None:
        """Copy a file that is there whole and does not change.

        Raises
        ------
        FileNotFoundError
            It is gone.
        """
        found = path.stat()
        target = self._place(name)
        known = self._before.get(name)
        unchanged = known is not None and (known.bytes, known.modified) == (found.st_size, found.st_mtime_ns)
        if known is not None and unchanged and self._link(name, known, target):
            return
        self.files[name] = copied(path, target).model_copy(update={"modified": found.st_mtime_ns})

    def lines(self, path: Path, name: str) -> None:
        """Copy the whole lines of a file to which others append.

        Raises
        ------
        FileNotFoundError
            It is gone.
        """
        with path.open("rb") as stream:
            end = _end_of_lines(stream.read)
        self.files[name] = copied(path, self._place(name), upto=end)

    def made(self, name: str, make: Callable[[Path], None]) -> None:
        """Take a file that `make` writes."""
        target = self._place(name)
        make(target)
        self.files[name] = measured(target)

    def folder(self, folder: Path, name: str, *, growing: bool = False) -> None:
        """Copy the files of a folder and those below it, but hidden ones, until no new one is found.

        A file that is gone before it was copied has been put together with others (compaction) or has expired:
        what stands in its place is found in the next round.
        """
        seen: set[Path] = set()
        for _ in range(_ROUNDS):
            new = [path for path in _files(folder) if path not in seen]
            if not new:
                return
            for number, path in enumerate(new):
                if number % 100 == 0:
                    self._step(f"copying {name}", number / len(new))
                inside = f"{name}/{path.relative_to(folder).as_posix()}"
                try:
                    (self.lines if growing else self.file)(path, inside)
                except FileNotFoundError:
                    self.forget(inside)
                seen.add(path)

    def forget(self, name: str) -> None:
        """Leave out what was copied under a name, or began to be."""
        self.files = {
            kept: one for kept, one in self.files.items() if kept != name and not kept.startswith(f"{name}/")
        }
        place = self._folder / name
        if place.is_dir():
            shutil.rmtree(place)
        else:
            place.unlink(missing_ok=True)

    def _link(self, name: str, known: Kept, target: Path) -> bool:
        assert self._before_folder is not None
        try:
            os.link(self._before_folder / name, target)
        except OSError:
            return False
        if measured(target).sha256 != known.sha256:  # the earlier backup is damaged there
            target.unlink()
            return False
        self.files[name] = known
        self.linked += 1
        return True

    def _place(self, name: str) -> Path:
        target = self._folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        return target


def copied(path: Path, target: Path, upto: int | None = None) -> Kept:
    """Copy a file, or its first bytes, and measure what was copied; its permissions go with it."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as reading, target.open("wb") as writing:
        left = upto
        while chunk := reading.read(_CHUNK if left is None else min(_CHUNK, left)):
            writing.write(chunk)
            digest.update(chunk)
            size += len(chunk)
            left = None if left is None else left - len(chunk)
    shutil.copymode(path, target)
    return Kept(bytes=size, sha256=digest.hexdigest())


def measured(path: Path) -> Kept:
    """Measure a file."""
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256")
    return Kept(bytes=path.stat().st_size, sha256=digest.hexdigest())


def _files(folder: Path) -> list[Path]:
    found = []
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [Path(place) / name for name in sorted(names) if not name.startswith(".")]
    return found


def _end_of_lines(read: Callable[[int], bytes]) -> int:
    """Where the last newline ends: what comes after it is still being written."""
    size = end = 0
    while chunk := read(_CHUNK):
        newline = chunk.rfind(b"\n")
        if newline >= 0:
            end = size + newline + 1
        size += len(chunk)
    return end
