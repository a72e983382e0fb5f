"""Where the files of a table are.

root/
├── current                      the version that is served: its name, replaced by a rename
├── history.jsonl                every switch of `current`
├── blocklist.json               what must not be served, whatever the version
├── .lock                        held while any of these change
└── versions/<version>/
    ├── entries.lmdb             key to Rewrite, for serving
    ├── entries.parquet          the same in columns, for analysts
    ├── attachments/<tenant>/    files that a strategy needs beside the entries
    └── manifest.json            written last: the mark that the version is complete
"""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rewrite_offline.errors import TableUnreadable

__all__ = ["ATTACHMENTS", "ENTRIES", "MANIFEST", "PARQUET", "Layout", "new_version"]

ENTRIES = "entries.lmdb"
PARQUET = "entries.parquet"
MANIFEST = "manifest.json"
ATTACHMENTS = "attachments"

_STAMP = "%Y%m%dT%H%M%S%f"


@dataclass(frozen=True, slots=True)
class Layout:
    """The paths of the table under `root`."""

    root: Path

    @property
    def current(self) -> Path:
        """The file that names the version that is served."""
        return self.root / "current"

    @property
    def versions(self) -> Path:
        """The folder of version folders."""
        return self.root / "versions"

    @property
    def blocklist(self) -> Path:
        """The file of blocks."""
        return self.root / "blocklist.json"

    @property
    def history(self) -> Path:
        """The file of switches."""
        return self.root / "history.jsonl"

    @property
    def lock(self) -> Path:
        """The file that is locked while the table changes."""
        return self.root / ".lock"

    def version(self, version: str) -> Path:
        """Return the folder of one version."""
        return self.versions / version

    def names(self) -> list[str]:
        """Return the names of the version folders, oldest first. Unfinished ones begin with a dot."""
        if not self.versions.is_dir():
            return []
        return sorted(p.name for p in self.versions.iterdir() if p.is_dir() and p.name[0] != ".")

    def current_version(self) -> str | None:
        """Return the version that is to be served; None where nothing was ever published.

        Raises
        ------
        TableUnreadable
            The file that names it does not hold the name of a version.
        """
        try:
            named = self.current.read_text().strip()
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise TableUnreadable(
                f"cannot read {self.current}: {error}; `selflearn table restore VERSION` writes it anew"
            ) from error
        # The name comes from a file that people may edit; it must not lead out of the folder.
        if not named or named.startswith(".") or "/" in named:
            raise TableUnreadable(
                f"{self.current} names no version ({named[:60]!r}); "
                "`selflearn table restore VERSION` writes it anew"
            )
        return named


def new_version(layout: Layout, now: datetime) -> str:
    """Make a version's name: unique, and later in the alphabet than all that are there.

    A clock that was set back does not bring the names out of order: the new one then stands just after
    the latest.
    """
    stamp = now.astimezone(UTC)
    if names := layout.names():
        try:
            latest = datetime.strptime(names[-1].split("-")[0], f"{_STAMP}Z").replace(tzinfo=UTC)
        except ValueError:
            latest = stamp - timedelta(microseconds=1)
        stamp = max(stamp, latest + timedelta(microseconds=1))
    return f"{stamp.strftime(_STAMP)}Z-{secrets.token_hex(3)}"
