"""Turns to learn from: all of them, or all of some customers where there are too many."""

import hashlib
import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import accumulate

from rewrite_offline.emission.features import Heard
from rewrite_offline.mining.evidence import Attempt
from rewrite_offline.table.query import RewriteQuery
from streams.sessions import Session

__all__ = ["Example", "Sample", "first_people", "hash_of"]


@dataclass(frozen=True, slots=True)
class Example:
    """A turn: what reached the assistant, and what the miner knows about it."""

    heard: Heard
    attempt: Attempt

    @property
    def key(self) -> str:
        """Key of what the NLU made of it; empty where it found no request."""
        return self.attempt.reading.key if self.attempt.reading is not None else ""


class Sample:
    """A bounded sample of a log, the same whatever the order of its sessions.

    Customers are taken whole, in the order of a stable hash, as long as their turns fit.

    Parameters
    ----------
    max_turns
        How many turns fit.
    """

    def __init__(self, max_turns: int) -> None:
        self._max_turns = max_turns
        self._held: dict[str, list[Example]] = {}
        # The largest hash on top.
        self._order: list[tuple[int, str]] = []
        self._turns = 0
        self._end = 1 << 64

    def add(self, session: Session, attempts: Iterable[Attempt]) -> None:
        """Take the attempts of a session in, if its customer is in the sample."""
        person = session.person
        if hash_of(person) >= self._end:
            return
        places = {turn.turn_id: index for index, turn in enumerate(session.turns)}
        found = [Example(_heard(session, places[attempt.turn_id]), attempt) for attempt in attempts]
        if person not in self._held:
            self._held[person] = []
            heapq.heappush(self._order, (-hash_of(person), person))
        self._held[person] += found
        self._turns += len(found)
        while self._turns > self._max_turns:
            last, person = heapq.heappop(self._order)
            self._turns -= len(self._held.pop(person))
            self._end = -last

    def examples(self) -> list[Example]:
        """The turns, person by person."""
        return [
            example
            for person in sorted(self._held)
            for example in sorted(self._held[person], key=lambda example: example.attempt.turn_id)
        ]


def first_people(turns: Mapping[str, int], max_turns: int) -> frozenset[str]:
    """Say who will be in a sample of a log.

    Parameters
    ----------
    turns
        Who spoke, and how many attempts.
    max_turns
        How many turns fit.

    Returns
    -------
    frozenset of str
        Those whom a `Sample` holds after the whole log.
    """
    people = sorted(turns, key=lambda person: (hash_of(person), person))
    together = accumulate(turns[person] for person in people)
    return frozenset(person for person, held in zip(people, together, strict=True) if held <= max_turns)


def hash_of(person: str) -> int:
    """Hash a customer, the same on every machine and in every run: 64 bits."""
    return int.from_bytes(hashlib.blake2b(person.encode(), digest_size=8).digest())


def _heard(session: Session, index: int) -> Heard:
    turn = session.turns[index]
    asked, prompt = session.asked_before(index), session.prompt_before(index)
    return Heard.of(RewriteQuery(utterance=turn.utterance, asked=asked, asr=turn.asr, prompt=prompt))
