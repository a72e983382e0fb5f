"""Where a command may write: said before the work, and not after it."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from evaluation.errors import CannotWrite

__all__ = ["can_be_written", "kept_or_temporary"]


def can_be_written(*paths: Path | None) -> None:
    """Refuse files that could not be written.

    Raises
    ------
    CannotWrite
        If there is no folder for one of them.
    """
    for path in paths:
        if path is not None and not path.absolute().parent.is_dir():
            raise CannotWrite(f"{path}: there is no folder {path.absolute().parent}")


@contextmanager
def kept_or_temporary(workdir: Path | None) -> Iterator[Path]:
    """Give a folder to work in: the one that was named, made if need be, or one that goes when the block ends.

    Raises
    ------
    CannotWrite
        If it cannot be made.
    """
    if workdir is None:
        with tempfile.TemporaryDirectory(prefix="selflearn-evaluate-") as folder:
            yield Path(folder)
        return
    try:
        workdir.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise CannotWrite(f"{workdir}: {fault}") from fault
    yield workdir
