"""Whether a later request says the same again: the test that decides which turns the chain may connect.

This is the seam where a contextual detector plugs in: whatever answers `RephraseTest`.
"""

from functools import lru_cache
from typing import Protocol

import jellyfish
from rapidfuzz import fuzz

from streams.sessions import Session
from streams.text import normalise

__all__ = ["LexicalRephraseTest", "RephraseTest"]

#: How much likeness in sound says, of what likeness in letters does.
SOUNDS = 0.95


class RephraseTest(Protocol):
    """P(the request at `later` says again what the one at `earlier` said), from 0 to 1."""

    def __call__(self, session: Session, earlier: int, later: int) -> float:
        """Compare two turns of one session."""
        ...


class LexicalRephraseTest:
    """Likeness of letters and of sounds, and slots in common.

    Parameters
    ----------
    floor
        Likeness up to which two requests are unrelated.
    unrelated
        What is given where nothing is alike: a retry in quite other words is rare, not impossible.
    hypotheses
        How many of the ASR n-best are compared.
    """

    def __init__(self, floor: float = 0.35, unrelated: float = 0.08, hypotheses: int = 3) -> None:
        self._floor = floor
        self._unrelated = unrelated
        self.hypotheses = hypotheses

    def __call__(self, session: Session, earlier: int, later: int) -> float:
        """Compare two turns of one session; see `RephraseTest`."""
        said, again = self._texts(session, earlier), self._texts(session, later)
        like = max((likeness(a, b) for a in said for b in again if a and b), default=0.0)
        return min(0.95, self.lexical(like) + (0.2 if _slots_in_common(session, earlier, later) else 0.0))

    def lexical(self, like: float) -> float:
        """P(it says the same again) by likeness alone."""
        return max(self._unrelated, min(0.9, (like - self._floor) / (1 - self._floor) * 1.2))

    @property
    def least(self) -> float:
        """Likeness below which all is unrelated; a little less, for rounding."""
        return max(0.0, self._floor + self._unrelated * (1 - self._floor) / 1.2 - 1e-6)

    def _texts(self, session: Session, index: int) -> list[str]:
        turn = session.turns[index]
        heard = [turn.utterance, *(hypothesis.text for hypothesis in turn.asr[: self.hypotheses])]
        return list(dict.fromkeys(map(normalise, heard)))


def likeness(a: str, b: str) -> float:
    """Likeness of two texts in letters or, a little less, in sound: from 0 to 1."""
    letters = fuzz.ratio(a, b)
    sounds = fuzz.ratio(sound(a), sound(b))
    return max(letters, SOUNDS * sounds) / 100


@lru_cache(maxsize=100_000)
def sound(text: str) -> str:
    """What a text sounds like, as letters."""
    return str(jellyfish.metaphone(text)).replace(" ", "")


def _slots_in_common(session: Session, earlier: int, later: int) -> bool:
    """Whether what is understood now was among the earlier turn's hypotheses."""
    if not session.turns[later].nlu:
        return False
    now = {(slot.name, slot.value) for slot in session.turns[later].nlu[0].slots}
    return any(
        (slot.name, slot.value) in now for reading in session.turns[earlier].nlu for slot in reading.slots
    )
