"""What names content."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

__all__ = ["digest", "digest_of_file"]

_CHUNK = 1 << 20


def digest(parts: Iterable[bytes | memoryview]) -> str:
    """Return the SHA-256 of parts, each told apart from the next, in hexadecimal."""
    hashed = hashlib.sha256()
    for part in parts:
        hashed.update(len(part).to_bytes(8, "little"))
        hashed.update(part)
    return hashed.hexdigest()


def digest_of_file(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal."""
    hashed = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            hashed.update(chunk)
    return hashed.hexdigest()
