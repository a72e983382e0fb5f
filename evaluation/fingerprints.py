"""Which bytes a figure is from."""

import hashlib
from pathlib import Path

from evaluation.errors import CorpusNotFound, UnreadableCorpus

__all__ = ["fingerprint"]


def fingerprint(path: Path) -> str:
    """Give the SHA-256 of a file, in hexadecimal.

    Raises
    ------
    CorpusNotFound, UnreadableCorpus
        If there is no such file, or it cannot be read.
    """
    if not path.is_file():
        raise CorpusNotFound(path, "no such file")
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as fault:
        raise UnreadableCorpus(path, f"cannot be read ({fault})") from fault
