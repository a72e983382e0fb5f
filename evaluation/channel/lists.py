"""Real recognisers' lists of hypotheses beside what was said: DSTC2's calls, and ATIS as HyPoradise recognised it."""

import re
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evaluation.corpora.dstc2 import Dstc2
from evaluation.corpora.lines import dialogues, each
from evaluation.errors import EmptyCorpus
from evaluation.world.texts import words

__all__ = ["CORPORA", "Listed", "ListedCorpus", "vocabulary_of"]


_ORDINALS = {
    **{"onest": "first", "twond": "second", "threerd": "third", "fiveth": "fifth", "eightth": "eighth"},
    **{"nineth": "ninth", "twelveth": "twelfth", "twentyth": "twentieth", "thirtyth": "thirtieth"},
}
_ORDINAL = re.compile(rf"\b(?:{'|'.join(_ORDINALS)})\b")
_HALF_DAY = re.compile(r"\b(one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirty)(am|pm)\b")
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
        The hypotheses as plain words, best first, all different, none of them empty but a first that is alone.
    """

    speaker: str
    said: str
    heard: tuple[str, ...]


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
    """

    name: str
    profile: str
    files: tuple[str, ...]

    def there(self, root: Path) -> bool:
        """Whether its files are in this folder."""
        return all((root / file).is_file() for file in self.files)

    def read(self, root: Path) -> tuple[list[Listed], list[Listed]]:
        """Read what the profile may be fitted to, and what it is judged on; no speaker is in both.

        Raises
        ------
        CorpusError
            If a file is not there, cannot be read, or is not of this corpus.
        """
        if self.name == "dstc2":
            train, dev = (_dstc2(root / file) for file in self.files)
            return train, dev
        return _halves(_atis(root / self.files[0]), root / self.files[0])


CORPORA: tuple[ListedCorpus, ...] = (
    ListedCorpus("dstc2", "telephone", ("dstc2/dstc2_train.jsonl.gz", "dstc2/dstc2_dev.jsonl.gz")),
    ListedCorpus("atis", "close", ("atis_asr/hyporadise_atis_train.jsonl.gz",)),
)


def vocabulary_of(lists: Iterable[Listed]) -> Mapping[str, float]:
    """Count the words that were said: what a recogniser for such speakers would know."""
    return Counter(word for one in lists for word in one.said.split())


def _dstc2(path: Path) -> list[Listed]:
    log = Dstc2().read(path)
    found = []
    for turn in log.turns:
        truth = log.truths[turn.turn_id]
        said = _plain(truth.transcription or "")
        if truth.speech and said:
            found.append(Listed(turn.customer_id, said, _listed([one.text for one in turn.asr])))
    return found


def _atis(path: Path) -> list[Listed]:
    found = each(path, dialogues(path), "HyPoradise", _recording)
    return [one for one in found if one.said]


def _recording(row: dict[str, Any]) -> Listed:
    # A recording's id begins with its speaker's three letters.
    return Listed(row["id"][:3], _spelled(row["output"]), _listed([_spelled(text) for text in row["input"]]))


def _halves(lists: Sequence[Listed], path: Path) -> tuple[list[Listed], list[Listed]]:
    """Hold out every fourth speaker; ATIS as it is here has no split of its own."""
    held_out = {
        speaker for speaker in {one.speaker for one in lists} if zlib.crc32(speaker.encode()) % 4 == 0
    }
    train = [one for one in lists if one.speaker not in held_out]
    judged = [one for one in lists if one.speaker in held_out]
    if not train or not judged:
        raise EmptyCorpus(path, "too few speakers to hold any out")
    return train, judged


def _listed(heard: Sequence[str]) -> tuple[str, ...]:
    best, *others = [_plain(text) for text in heard] or [""]
    return tuple(dict.fromkeys([best, *filter(None, others)]))


def _plain(text: str) -> str:
    return " ".join(words(text))


def _spelled(text: str) -> str:
    """Undo what no ear decides: letters written apart or together, hours, and figures made words again.

    HyPoradise's texts were brought from figures to words by a rule that made `onest` of 1st and `fivepm` of 5pm.
    """
    plain = _ORDINAL.sub(lambda found: _ORDINALS[found.group()], _plain(text))
    plain = _HALF_DAY.sub(r"\1 \2", plain)
    plain = _LETTERS.sub(lambda found: found.group().replace(" ", ""), plain)
    return _JOINED.sub(lambda found: _APART[found.group()], plain)
