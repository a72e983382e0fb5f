"""Real recognisers' lists of hypotheses beside what was said: DSTC2's calls, and ATIS as HyPoradise recognised it."""

import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias

from evaluation.corpora.corpus import CorpusLog
from evaluation.corpora.dstc2 import Dstc2, plain
from evaluation.corpora.lines import dialogues, each
from evaluation.errors import EmptyCorpus
from evaluation.world.texts import words

__all__ = ["CORPORA", "Listed", "ListedCorpus", "halves", "vocabulary_of"]


Spelling: TypeAlias = Callable[[str], str]

_ORDINALS = {
    **{"onest": "first", "twond": "second", "threerd": "third", "fiveth": "fifth", "eightth": "eighth"},
    **{"nineth": "ninth", "twelveth": "twelfth", "twentyth": "twentieth", "thirtyth": "thirtieth"},
}
_ORDINAL = re.compile(rf"\b(?:{'|'.join(_ORDINALS)})\b")
_HALF_DAY = re.compile(r"\b(one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirty)(am|pm)\b")
#: How often a word counts that is known, but was not heard.
_RARE = 0.2
_LETTERS = re.compile(r"\b[a-z](?: [a-z]\b)+")
_APART = {"nonstop": "non stop", "roundtrip": "round trip", "goodbye": "good bye"}
_JOINED = re.compile(rf"\b(?:{'|'.join(_APART)})\b")


@dataclass(frozen=True, slots=True)
class Listed:
    """One utterance and what was heard.

    Attributes
    ----------
    speaker
        Who spoke: one speaker's utterances are not independent of one another.
    said
        Transcribed, as plain words.
    heard
        The hypotheses as plain words, best first, all different, none of them empty but the first.
    score
        Of the first, log-like: comparable within a corpus.
    """

    speaker: str
    said: str
    heard: tuple[str, ...]
    score: float = 0.0


@dataclass(frozen=True, slots=True)
class ListedCorpus:
    """A corpus of lists.

    Attributes
    ----------
    name
        As figures name it.
    profile
        The shipped noise profile that is fitted to it.
    files
        Within the corpora's folder.
    fixed
        Numbers of the profile about which the corpus says nothing.
    """

    name: str
    profile: str
    files: tuple[str, ...]
    fixed: tuple[str, ...] = ()

    def there(self, root: Path) -> bool:
        """Whether its files are in this folder."""
        return all((root / file).is_file() for file in self.files)

    def read(self, root: Path, *, as_written: bool = False) -> tuple[list[Listed], list[Listed]]:
        """Read what the profile may be fitted to, and what it is judged on; no speaker is in both.

        Parameters
        ----------
        root
            The corpora's folder.
        as_written
            Leave the spelling as it is. Otherwise two ways to write the same are brought to one, in what was said
            and in what was heard: the channel makes errors of hearing, and the spelling of `centre` is none.

        Raises
        ------
        CorpusError
            If a file is not there, cannot be read, or is not of this corpus.
        """
        spell = _plain if as_written else _spelled
        if self.name == "dstc2":
            train, dev = (_dstc2(root / file, spell) for file in self.files)
            return train, dev
        return _parted(_atis(root / self.files[0], spell), root / self.files[0])


CORPORA: tuple[ListedCorpus, ...] = (
    ListedCorpus("dstc2", "telephone", ("dstc2/dstc2_train.jsonl.gz", "dstc2/dstc2_dev.jsonl.gz")),
    # No two of its callers say the same.
    ListedCorpus(
        "atis", "close", ("atis_asr/hyporadise_atis_train.jsonl.gz",), fixed=("familiar", "crossing")
    ),
)


def halves(lists: Sequence[Listed]) -> tuple[list[Listed], list[Listed]]:
    """Part a split into what the recogniser has seen and what a fit is to match, by speaker."""
    seen = [one for one in lists if zlib.crc32(one.speaker.encode()) % 2]
    return seen, [one for one in lists if not zlib.crc32(one.speaker.encode()) % 2]


def vocabulary_of(lists: Iterable[Listed], also: Iterable[Listed] = ()) -> Mapping[str, float]:
    """Count what was said: what a recogniser for such speakers would know.

    Parameters
    ----------
    lists
        What it has seen.
    also
        Utterances whose words it knows too, but as rare ones: a real recogniser knows more than one log holds.
    """
    seen: Counter[str] = Counter(one.said for one in lists)
    words = {word for said in seen for word in said.split()}
    others = {word for one in also for word in one.said.split()} - words
    return {**seen, **dict.fromkeys(sorted(others), _RARE)}


def _dstc2(path: Path, spell: Spelling) -> list[Listed]:
    log = _log(path)
    found = []
    for turn in log.turns:
        truth = log.truths[turn.turn_id]
        said = spell(truth.transcription or "")
        if truth.speech and said:
            score = turn.asr[0].score or 0.0 if turn.asr else 0.0
            heard = _listed([spell(one.text) for one in turn.asr])
            found.append(Listed(turn.customer_id, said, heard, score))
    return found


@lru_cache(maxsize=2)
def _log(path: Path) -> CorpusLog:
    return Dstc2().read(path)


def _atis(path: Path, spell: Spelling) -> list[Listed]:
    def read(row: dict[str, Any]) -> Listed:
        # A recording's id begins with its speaker's three letters.
        heard = _listed([spell(text) for text in row["input"]])
        return Listed(row["id"][:3], spell(row["output"]), heard, row["am_score"][0])

    return [one for one in each(path, dialogues(path), "HyPoradise", read) if one.said]


def _parted(lists: Sequence[Listed], path: Path) -> tuple[list[Listed], list[Listed]]:
    """Hold out every fourth speaker; ATIS as it is here has no split of its own."""
    held_out = {one.speaker for one in lists if zlib.crc32(one.speaker.encode()) % 4 == 0}
    train = [one for one in lists if one.speaker not in held_out]
    judged = [one for one in lists if one.speaker in held_out]
    if not train or not judged:
        raise EmptyCorpus(path, "too few speakers to hold any out")
    return train, judged


def _listed(heard: Sequence[str]) -> tuple[str, ...]:
    best, *others = heard or [""]
    return tuple(dict.fromkeys([best, *filter(None, others)]))


def _plain(text: str) -> str:
    return plain(text.replace("'", ""))


def _spelled(text: str) -> str:
    """Undo what no ear decides: letters written apart or together, hours, and figures made words again.

    HyPoradise's texts were brought from figures to words by a rule that made `onest` of 1st and `fivepm` of 5pm.
    """
    spelled = _ORDINAL.sub(lambda found: _ORDINALS[found.group()], " ".join(words(text)))
    spelled = _HALF_DAY.sub(r"\1 \2", spelled)
    spelled = _LETTERS.sub(lambda found: found.group().replace(" ", ""), spelled)
    return _JOINED.sub(lambda found: _APART[found.group()], spelled)
