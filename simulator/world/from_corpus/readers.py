"""Readers of the corpora, one each: their files, and how they mark intents and slots."""

import gzip
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulator.errors import CorpusMissing, CorpusUnreadable
from simulator.world.from_corpus.requests import Piece, Request

__all__ = ["CORPORA", "Corpus"]

_MARKED = re.compile(r"\[\s*(\w+)\s*:\s*([^\[\]]*?)\s*\]")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Corpus:
    """A corpus that a world can be made from.

    Attributes
    ----------
    about
        One line.
    licence
        Of its texts, with whom to name.
    read
        Reads the requests of its folder.
    chat
        Intents that are no request: thanks, denials.
    refused
        Intents that nobody can serve: whatever people say to see what happens.
    """

    about: str
    licence: str
    read: Callable[[Path], Iterator[Request]]
    chat: frozenset[str] = frozenset()
    refused: frozenset[str] = frozenset()


def _hwu64(folder: Path) -> Iterator[Request]:
    for row in _rows(folder / "hwu64_folds.jsonl.gz"):
        yield Request(f"{row['scenario']}/{row['intent']}", tuple(_pieces(row["annotation"])))


def _slurp(folder: Path) -> Iterator[Request]:
    for row in _rows(folder / "devel.jsonl.gz"):
        # `intent` is not always scenario and action: the corpus is scored on those two.
        yield Request(f"{row['scenario']}/{row['action']}", tuple(_pieces(row["sentence_annotation"])))


def _snips(folder: Path) -> Iterator[Request]:
    for row in _rows(folder / "snips_train.jsonl.gz"):
        pieces = (Piece(part["text"], _snake(part.get("entity"))) for part in row["data"])
        yield Request(f"snips/{_snake(row['intent'])}", tuple(pieces))


def _clinc150(folder: Path) -> Iterator[Request]:
    domains = _document(folder / "domains.json.gz")
    domain_of = {intent: domain for domain, intents in domains.items() for intent in intents}
    data = _document(folder / "data_full.json.gz")
    for text, intent in data["train"]:
        yield Request(f"{domain_of[intent]}/{intent}", (Piece(text),))
    for text, _ in data["oos_train"] + data["oos_val"]:
        yield Request("beyond/out_of_scope", (Piece(text),), supported=False)


#: The corpora, by the name of their folder.
CORPORA: Mapping[str, Corpus] = {
    "clinc150": Corpus(
        "150 intents of ten domains without slots, and queries out of scope.",
        "CC BY 3.0, Larson et al., EMNLP 2019",
        _clinc150,
        frozenset(
            f"small_talk/{name}" for name in ("goodbye", "greeting", "thank_you", "are_you_a_bot")
        ).union(f"meta/{name}" for name in ("cancel", "maybe", "no", "repeat", "yes")),
    ),
    "hwu64": Corpus(
        "Requests to a home assistant, 64 intents.",
        "CC BY 4.0, Liu et al., IWSDS 2019",
        _hwu64,
        frozenset(
            f"general/{name}"
            for name in (
                "affirm",
                "commandstop",
                "confirm",
                "dontcare",
                "explain",
                "negate",
                "praise",
                "repeat",
            )
        ),
        frozenset({"general/quirky"}),
    ),
    "slurp": Corpus(
        "Requests to a home assistant, as spoken; the development part.",
        "CC BY 4.0, Bastianelli et al., EMNLP 2020",
        _slurp,
        frozenset({"general/greet"}),
        frozenset({"general/quirky"}),
    ),
    "snips": Corpus(
        "Seven intents, with many ways to say each and many values.", "CC0, Coucke et al., 2018", _snips
    ),
}


def _pieces(annotation: str) -> Iterator[Piece]:
    """Cut a text such as `wake me at [time : five am]` at its marks."""
    at = 0
    for mark in _MARKED.finditer(annotation):
        yield Piece(annotation[at : mark.start()])
        yield Piece(mark.group(2), mark.group(1))
        at = mark.end()
    yield Piece(annotation[at:])


def _snake(name: str | None) -> str | None:
    return None if name is None else _HUMP.sub("_", name).lower()


def _rows(path: Path) -> Iterator[Any]:
    for line in _text(path).splitlines():
        yield _parsed(path, line)


def _document(path: Path) -> Any:
    return _parsed(path, _text(path))


def _text(path: Path) -> str:
    if not path.is_file():
        raise CorpusMissing(path)
    try:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            return file.read()
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise CorpusUnreadable(path, str(error)) from error


def _parsed(path: Path, text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise CorpusUnreadable(path, str(error)) from error
