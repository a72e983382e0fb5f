"""Which bytes a figure is from."""

import hashlib
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

from evaluation.errors import CorpusNotFound, UnreadableCorpus

__all__ = ["code_fingerprint", "fingerprint"]


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


def code_fingerprint(packages: Iterable[str]) -> str:
    """Give the SHA-256 of the sources of packages, so that what was made by other code is not taken for theirs."""
    digest = hashlib.sha256()
    for package in packages:
        spec = find_spec(package)
        assert spec is not None, package
        assert spec.origin is not None, package
        root = Path(spec.origin).parent
        for path in sorted(root.rglob("*.py")):
            digest.update(f"{package}/{path.relative_to(root).as_posix()}\0".encode() + path.read_bytes())
    return digest.hexdigest()
