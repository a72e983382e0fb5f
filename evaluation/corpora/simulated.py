"""A folder that `selflearn simulate` has written, as a log: turns, signals and, apart, the truth."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from evaluation.corpora.corpus import CorpusLog
from evaluation.errors import CorpusNotFound, EmptyCorpus, WrongCorpus
from streams.records import Signal, Turn
from streams.records.base import Record
from streams.truth import Truth

__all__ = ["folder_fingerprint", "read_simulated"]

_Read = TypeVar("_Read", bound=Record)

#: What a log of the simulator is made of, by the names of its folders.
_PARTS: tuple[type[Record], ...] = (Turn, Signal, Truth)


def read_simulated(folder: Path) -> CorpusLog:
    """Read the days that a simulation wrote.

    Parameters
    ----------
    folder
        With `dialogue.turns`, `dialogue.signals` and `truth`.

    Raises
    ------
    CorpusError
        If a folder is not there (the truth too is needed), holds no turn, or a line is no such record.
    """
    for part in _PARTS:
        if not (folder / part.topic).is_dir():
            raise CorpusNotFound(
                folder,
                f"has no folder {part.topic}; a simulated log is written by: "
                "selflearn simulate --world household --out FOLDER",
            )
    turns = tuple(_records(folder, Turn))
    if not turns:
        raise EmptyCorpus(folder, "no turn in it")
    truths = {truth.turn_id: truth for truth in _records(folder, Truth)}
    return CorpusLog(turns, tuple(_records(folder, Signal)), truths)


def folder_fingerprint(folder: Path) -> str:
    """Give the SHA-256 of a simulated log: of the names and the bytes of its days, truth included."""
    digest = hashlib.sha256()
    for part in _PARTS:
        for path in sorted((folder / part.topic).glob("*.jsonl")):
            digest.update(f"{part.topic}/{path.name}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def _records(folder: Path, kind: type[_Read]) -> Iterator[_Read]:
    for path in sorted((folder / kind.topic).glob("*.jsonl")):
        with path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                try:
                    yield kind.model_validate_json(line)
                except ValidationError as fault:
                    what = str(fault).splitlines()[0]
                    raise WrongCorpus(path, f"line {number} is no {kind.__name__} ({what})") from fault
