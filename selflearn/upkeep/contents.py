"""The list of what is in a backup: it is written last, so a backup without one was never finished."""

from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Literal

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from selflearn.errors import BackupDamaged, BackupError
from selflearn.upkeep.copying import Kept

__all__ = ["CONTENTS", "FORMAT_VERSION", "Contents", "read_contents"]

CONTENTS = "backup.json"

#: The format of a backup. A newer one is refused.
FORMAT_VERSION = 1


class Contents(BaseModel):
    """What a backup holds.

    Attributes
    ----------
    created
        When it was begun.
    selflearn
        The release that made it.
    store
        Whether the store of keys, switches and rejections is in it.
    files
        Every file but this one, by its place in the data folder.
    """

    model_config = ConfigDict(frozen=True)

    format_version: int = FORMAT_VERSION
    created: datetime
    selflearn: str
    store: Literal["sqlite", "elsewhere", "none"]
    files: dict[str, Kept]

    @field_validator("files")
    @classmethod
    def _inside(cls, files: dict[str, Kept]) -> dict[str, Kept]:
        for name in files:
            if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts or not name:
                raise ValueError("a file outside of the data folder")
        return files

    @property
    def bytes(self) -> int:
        """Size of all files."""
        return sum(one.bytes for one in self.files.values())

    def parts(self) -> dict[str, dict[str, int]]:
        """Count files and bytes by part: archive, table and so on."""
        parts: dict[str, dict[str, int]] = {}
        for name, one in sorted(self.files.items()):
            part = parts.setdefault(name.partition("/")[0], {"files": 0, "bytes": 0})
            part["files"] += 1
            part["bytes"] += one.bytes
        return parts

    def write(self, folder: Path) -> None:
        """Write the list into a backup that is complete."""
        content = orjson.dumps(self.model_dump(mode="json"), option=orjson.OPT_INDENT_2)
        (folder / CONTENTS).write_bytes(content)


def read_contents(folder: Path) -> Contents:
    """Read what is in a backup.

    Raises
    ------
    BackupError
        It is none, or one that was never finished, or a newer release made it.
    BackupDamaged
        The list is damaged.
    """
    path = folder / CONTENTS
    try:
        raw = orjson.loads(path.read_bytes())
    except FileNotFoundError:
        raise BackupError(
            f"{folder} is no backup, or one that was never finished: it has no {CONTENTS}"
        ) from None
    except OSError as error:
        raise BackupError(f"{path} cannot be read: {error}") from error
    except orjson.JSONDecodeError as error:
        raise BackupDamaged(f"{path} is damaged ({error}); take another backup") from error
    found = raw.get("format_version") if isinstance(raw, dict) else None
    if isinstance(found, int) and found > FORMAT_VERSION:
        raise BackupError(
            f"{path} has format {found}, and this release reads up to {FORMAT_VERSION}; upgrade selflearn"
        )
    try:
        return Contents.model_validate(raw)
    except ValidationError as error:
        wrong = f"{error.error_count()} fields are wrong"
        raise BackupDamaged(f"{path} is damaged ({wrong}); take another backup") from error
