"""How far each file was read, kept in a small file beside or apart from them."""

import json
from collections.abc import Mapping
from pathlib import Path

from streams.errors import SourceError
from streams.files import cannot_write, is_full, written_beside

__all__ = ["Offsets"]


class Offsets:
    """Offsets of files by name; in memory only where there is no place to keep them.

    Raises
    ------
    SourceError
        What is kept at `path` cannot be read.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._committed: dict[str, int] = self._read()

    def __getitem__(self, name: str) -> int:
        return self._committed.get(name, 0)

    def commit(self, reached: Mapping[str, int]) -> None:
        """Keep how far files were read.

        Raises
        ------
        SourceError
            It cannot be written.
        NoRoom
            The disk is full; what was kept before is still there.
        """
        committed = self._committed | dict(reached)
        if committed == self._committed:
            return
        if self._path is not None:
            try:
                with written_beside(self._path) as beside:
                    beside.write_text(json.dumps(committed, indent=0, sort_keys=True) + "\n")
            except OSError as error:
                if is_full(error):
                    raise cannot_write(self._path, error) from error
                raise SourceError(f"offsets cannot be kept at {self._path}: {error}") from error
        self._committed = committed

    def _read(self) -> dict[str, int]:
        if self._path is None or not self._path.exists():
            return {}
        try:
            kept = json.loads(self._path.read_bytes())
        except (OSError, ValueError) as error:
            raise SourceError(
                f"offsets at {self._path} cannot be read: {error}; restore or remove them"
            ) from error
        if not isinstance(kept, dict) or not all(isinstance(at, int) and at >= 0 for at in kept.values()):
            raise SourceError(f"{self._path} holds no offsets; restore or remove it")
        return kept
