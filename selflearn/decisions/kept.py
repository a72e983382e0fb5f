"""The decisions that were kept: JSONL files that grow, and an index to find one by its request."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson

from selflearn.decisions.growing import GrowingFiles, Place
from selflearn.decisions.index import DecisionIndex
from streams.records import Decision

__all__ = ["DecisionFiles"]


class DecisionFiles:
    """Decisions in `folder/selflearn.decisions/*.jsonl`, one file an hour and process, and `folder/index/`.

    A `FolderSource` over the folder reads, and tails, the files. The index is made anew from them where it is missing.

    Parameters
    ----------
    folder
        Made with the first decision.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder)
        files = self.folder / Decision.topic
        self.index = DecisionIndex(self.folder / "index", files)
        self._files = GrowingFiles(files)

    def begin(self) -> None:
        """Note what earlier processes wrote and did not note, and forget what has expired.

        Raises
        ------
        OSError
            The files cannot be read, or the index cannot be written.
        """
        self.index.complete()

    def keep(self, taken: Sequence[tuple[bytes, bytes]]) -> None:
        """Write decisions, each by its key and its line, so that any process finds them.

        Raises
        ------
        OSError
            They cannot be written: none of them is.
        """
        lines = [line for _, line in taken]
        place = self._files.append(lines)
        self.index.add(place, [key for key, _ in taken], [len(line) for line in lines])

    def find(self, tenant_id: str, request_id: str) -> Decision | None:
        """Return the decision on a request; None where there is none, or its file has expired.

        Raises
        ------
        OSError
            The files or the index cannot be read.
        """
        found = [self._read(place) for place in self.index.find(tenant_id, request_id)]
        named = [
            raw
            for raw in found
            if raw is not None and (raw["tenant_id"], raw["request_id"]) == (tenant_id, request_id)
        ]
        # Several processes may have decided on one request id in the same hour.
        return max(map(Decision.model_validate, named), key=lambda decision: decision.time, default=None)

    def _read(self, place: Place) -> dict[str, Any] | None:
        """Return the fields of the decision at a place; None where its file has expired."""
        try:
            with (self._files.folder / place.file).open("rb") as file:
                file.seek(place.offset)
                line = file.readline()
        except FileNotFoundError:
            return None
        try:
            raw = orjson.loads(line)
            return {"tenant_id": "default", **raw}
        except (orjson.JSONDecodeError, TypeError) as error:
            raise OSError(
                f"{place.file} does not hold at byte {place.offset} what the index says; remove {self.index.folder}"
            ) from error

    def close(self) -> None:
        """Close the files of the hour."""
        self._files.close()
        self.index.close()
