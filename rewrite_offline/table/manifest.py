"""The manifest of a version: what is in it, from what it was made, and the proof that it is whole."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import orjson
from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from rewrite_offline.errors import TableUnreadable

__all__ = ["FORMAT_VERSION", "FileRecord", "Manifest", "file_record", "read_manifest"]

#: The format of a version folder. A reader refuses a newer one.
FORMAT_VERSION = 1


class FileRecord(BaseModel):
    """Size in bytes and SHA-256 of one file of a version."""

    model_config = ConfigDict(frozen=True)

    bytes: int = Field(ge=0)
    sha256: str


class Manifest(BaseModel):
    """What one version of a table holds. It is written last, so a version without one is incomplete."""

    model_config = ConfigDict(frozen=True)

    format_version: int = FORMAT_VERSION
    version: str
    created: datetime
    parent: str | None = Field(description="The version that was current when this one was made.")
    entries: int = Field(ge=0)
    blocked: int = Field(ge=0, description="Entries kept for people to see, but never served.")
    tenants: dict[str, int] = Field(description="Entries by tenant.")
    made_from: dict[str, dict[str, JsonValue]] = Field(
        description="By tenant: fingerprints of the input, its range of dates, and settings."
    )
    content: str = Field(
        description="SHA-256 over all entries in order, without times and versions: equal for equal tables."
    )
    attachments: dict[str, dict[str, str]] = Field(
        default_factory=dict, description="By tenant: name to file inside the version."
    )
    files: dict[str, FileRecord] = Field(description="Every file of the version but this one.")

    def to_json(self) -> bytes:
        """Return the manifest as indented JSON."""
        return orjson.dumps(self.model_dump(mode="json"), option=orjson.OPT_INDENT_2)


def file_record(path: Path) -> FileRecord:
    """Measure a file."""
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256")
    return FileRecord(bytes=path.stat().st_size, sha256=digest.hexdigest())


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a version folder.

    Raises
    ------
    TableUnreadable
        There is none (the version is missing or was never finished), it is damaged, or a newer release
        wrote it.
    """
    path = folder / "manifest.json"
    if not folder.is_dir():
        raise TableUnreadable(f"there is no table version at {folder}; see `selflearn table versions`")
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise TableUnreadable(
            f"{folder} is incomplete: it has no manifest.json; remove it and publish again"
        ) from None
    try:
        raw = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise TableUnreadable(
            f"{path} is damaged ({error}); restore another version with `selflearn table restore`"
        ) from error
    found = raw.get("format_version") if isinstance(raw, Mapping) else None
    if isinstance(found, int) and found > FORMAT_VERSION:
        raise TableUnreadable(
            f"{path} has format {found}, and this release reads up to {FORMAT_VERSION}; "
            "upgrade selflearn, or restore an older version with `selflearn table restore`"
        )
    try:
        return Manifest.model_validate(raw)
    except ValidationError as error:
        raise TableUnreadable(
            f"{path} is damaged ({error.error_count()} fields are wrong); "
            "restore another version with `selflearn table restore`"
        ) from error
