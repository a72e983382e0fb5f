"""Files that a strategy publishes beside a table's entries, each tenant's apart from the others'."""

import hashlib
import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from rewrite_offline.errors import TableError
from rewrite_offline.table.layout import ATTACHMENTS, Layout
from rewrite_offline.table.reading import Table

__all__ = ["place_attachments"]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def place_attachments(
    draft: Path, attachments: Mapping[str, bytes | Path], before: Table | None, tenant: str
) -> dict[str, dict[str, str]]:
    """Put a tenant's new attachments, and the old ones of the others, into a version in the making.

    Returns
    -------
    dict of str to dict of str to str
        By tenant: name to path inside the version.

    Raises
    ------
    TableError
        A name that no file should have.
    """
    placed: dict[str, dict[str, str]] = {}
    for name, content in attachments.items():
        if not _NAME.fullmatch(name):
            raise TableError(f"an attachment cannot be named {name!r}; use letters, digits, dots and dashes")
        path = _path(draft, tenant, name)
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            shutil.copyfile(content, path)
        placed.setdefault(tenant, {})[name] = str(path.relative_to(draft))
    if before is None:
        return placed
    for other, names in before.manifest.attachments.items():
        for name in names if other != tenant else ():
            path = _path(draft, other, name)
            _share(Layout(before.root).version(before.version) / names[name], path)
            placed.setdefault(other, {})[name] = str(path.relative_to(draft))
    return placed


def _path(draft: Path, tenant: str, name: str) -> Path:
    # A tenant's id may hold anything, so it is not fit for a folder's name.
    folder = draft / ATTACHMENTS / hashlib.sha256(tenant.encode()).hexdigest()[:16]
    folder.mkdir(parents=True, exist_ok=True)
    return folder / name


def _share(old: Path, new: Path) -> None:
    """Let two versions share a file, which never changes; copy it where the disk cannot link."""
    try:
        os.link(old, new)
    except OSError:
        shutil.copyfile(old, new)
