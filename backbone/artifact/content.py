"""What an artifact holds, by name and hash."""

import json
from collections.abc import Mapping
from pathlib import Path

from backbone.errors import UnsafeFile
from backbone.files import digest, digest_of_file

__all__ = ["CARD", "CONTENT", "SETTINGS", "WEIGHTS", "content_of", "hashes_of", "refuse_unsafe"]

CARD, CONTENT, SETTINGS, WEIGHTS = "card.json", "content.json", "settings.json", "weights.safetensors"

#: Endings of files that are, or may hold, pickled objects.
_UNSAFE = frozenset(
    {
        ".bin",
        ".ckpt",
        ".dill",
        ".joblib",
        ".npy",
        ".npz",
        ".pickle",
        ".pkl",
        ".pt",
        ".pth",
        ".py",
        ".pyc",
        ".so",
    }
)


def refuse_unsafe(artifact: Path, name: str) -> None:
    """Refuse a file that can run code when it is read.

    Raises
    ------
    UnsafeFile
        If its name says so.
    """
    if Path(name).suffix.lower() in _UNSAFE:
        raise UnsafeFile(artifact, name)


def hashes_of(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every file in a folder but the one that holds them, by name."""
    return {
        path.relative_to(folder).as_posix(): digest_of_file(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != CONTENT
    }


def content_of(hashes: Mapping[str, str]) -> str:
    """Name all files by one hash."""
    return digest((json.dumps(dict(sorted(hashes.items()))).encode(),))
