"""What texts are taken for, and the text that is reliably taken for a meaning."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

from pydantic import JsonValue

__all__ = ["Known", "Target", "Texts"]


@dataclass(frozen=True, slots=True)
class Known:
    """What the logs say about a text after a question.

    Attributes
    ----------
    turns
        How often it was said.
    readings
        Interpretation's key (empty: no request) → turns that were taken for it.
    usual
        The key of most turns.
    """

    turns: int
    readings: Mapping[str, int]
    usual: str


@dataclass(frozen=True, slots=True)
class Target:
    """A text that stands for an interpretation; `share` is how reliably, `turns` and `people` who said it."""

    key: str
    text: str
    share: float
    turns: int
    people: int


class Texts:
    """What was said by enough customers, and what it was taken for.

    Parameters
    ----------
    counted
        Text → slot asked for → key of what it was taken for → turns.
    people
        Text → how many customers said it.
    """

    def __init__(
        self, counted: Mapping[str, Mapping[str | None, Mapping[str, int]]], people: Mapping[str, int]
    ) -> None:
        self._counted = counted
        self._people = people

    @classmethod
    def count(cls, said: Iterable[tuple[str, str | None, str, str]], min_customers: int) -> Self:
        """Count what was said.

        Parameters
        ----------
        said
            (text, slot asked for, key of what it was taken for, who said it).
        min_customers
            k-anonymity: a text that fewer customers said is dropped.
        """
        counted: dict[str, dict[str | None, Counter[str]]] = {}
        people: dict[str, set[str]] = {}
        for text, asked, key, person in said:
            counted.setdefault(text, {}).setdefault(asked, Counter())[key] += 1
            people.setdefault(text, set()).add(person)
        kept = sorted(text for text, who in people.items() if len(who) >= min_customers)
        return cls({text: counted[text] for text in kept}, {text: len(people[text]) for text in kept})

    def keys(self) -> set[str]:
        """Keys of everything that a text was taken for."""
        return {key for after in self._counted.values() for counts in after.values() for key in counts}

    def known(self, text: str, asked: str | None) -> Known | None:
        """Say what a text is taken for after a question; where it never followed it, after any."""
        after = self._counted.get(text)
        if after is None:
            return None
        counts = after.get(asked) or sum(map(Counter, after.values()), Counter[str]())
        return Known(sum(counts.values()), counts, max(counts.items(), key=lambda kv: (kv[1], kv[0]))[0])

    def targets(self, asked: str | None) -> tuple[Target, ...]:
        """List, for every interpretation that some text mostly is taken for, the one that most reliably is."""
        best: dict[str, Target] = {}
        for text, after in self._counted.items():
            if asked is None and None not in after:
                continue  # an answer is no request: what it means is in the question
            known = self.known(text, asked)
            assert known is not None, "a counted text is known"
            count = known.readings[known.usual]
            # A text that was never said after this question is a little less sure.
            share = (count + 0.5) / (known.turns + 1.5) * (1.0 if asked in after else 0.97)
            held = best.get(known.usual)
            if 2 * count > known.turns and (held is None or (share, text) > (held.share, held.text)):
                best[known.usual] = Target(known.usual, text, share, known.turns, self._people[text])
        return tuple(best[key] for key in sorted(best))

    def question(self, asked: str | None) -> str | None:
        """Slot asked for, if anything was ever said after that question; else None."""
        return asked if asked in self._questions else None

    @cached_property
    def _questions(self) -> frozenset[str | None]:
        return frozenset(asked for after in self._counted.values() for asked in after)

    def to_json(self) -> JsonValue:
        """Give the counts as JSON."""
        return [
            [
                text,
                self._people[text],
                [[asked, dict(sorted(counts.items()))] for asked, counts in _sorted(after)],
            ]
            for text, after in self._counted.items()
        ]

    @classmethod
    def from_json(cls, raw: list[Any]) -> Self:
        """Take what `to_json` gave."""
        return cls(
            {text: dict(after) for text, _, after in raw},
            {text: people for text, people, _ in raw},
        )


def _sorted(after: Mapping[str | None, Mapping[str, int]]) -> list[tuple[str | None, Mapping[str, int]]]:
    return sorted(after.items(), key=lambda kv: (kv[0] is not None, kv[0] or ""))
