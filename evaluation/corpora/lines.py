"""Dialogues, one JSON object a line, from a plain or gzipped file; every fault named with its line."""

import gzip
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import orjson

from evaluation.errors import CorpusNotFound, EmptyCorpus, UnreadableCorpus, WrongCorpus

__all__ = ["dialogues", "each"]

Read = TypeVar("Read")


def dialogues(path: Path) -> list[dict[str, Any]]:
    """Read all dialogues of a file.

    Raises
    ------
    CorpusNotFound, UnreadableCorpus, EmptyCorpus
        If there is no such file, it cannot be read to its end, or it holds nothing.
    """
    if not path.is_file():
        raise CorpusNotFound(path, "no such file")
    found = list(_objects(path))
    if not found:
        raise EmptyCorpus(path, "no dialogue in it")
    return found


def _objects(path: Path) -> Iterator[dict[str, Any]]:
    number = 0
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if not line.strip():
                    continue
                dialogue = orjson.loads(line)
                if not isinstance(dialogue, dict):
                    raise WrongCorpus(path, f"line {number} is no JSON object, so no dialogue")
                yield dialogue
    except orjson.JSONDecodeError as fault:
        raise UnreadableCorpus(path, f"line {number} is not JSON ({fault})") from fault
    except (OSError, EOFError, zlib.error) as fault:
        raise UnreadableCorpus(
            path, f"cannot be read after line {number} ({fault}); fetch the file anew"
        ) from fault


def each(
    path: Path, found: list[dict[str, Any]], corpus: str, read: Callable[[dict[str, Any]], Read]
) -> list[Read]:
    """Apply a reader to every dialogue.

    Raises
    ------
    WrongCorpus
        If a dialogue is not shaped as the corpus's are.
    """
    made = []
    for number, dialogue in enumerate(found, 1):
        try:
            made.append(read(dialogue))
        except (LookupError, TypeError, ValueError, AttributeError) as fault:
            what = f"{type(fault).__name__}: {fault}".splitlines()[0]
            raise WrongCorpus(path, f"dialogue {number} is not one of {corpus} ({what})") from fault
    return made
