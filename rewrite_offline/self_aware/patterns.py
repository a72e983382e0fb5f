"""Which templates the rewrites of a log were examples of."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rewrite_offline.mining.counts import RewrittenTurn
from rewrite_offline.mining.states import reading_state
from rewrite_offline.templates.matching import Matcher
from rewrite_offline.templates.wording import abstract, abstract_reading, fill, fixed_words
from streams.records import Interpretation

__all__ = ["Pattern", "Patterns"]

#: As for the templates that are learned: with fewer words of its own one would fit nearly anything.
_FIXED = 2


@dataclass(frozen=True)
class Pattern:
    """A rewrite with slots in the place of values, and what it is read as."""

    source: str
    target: str
    state: str
    interpretation: Interpretation

    def __hash__(self) -> int:
        return hash((self.source, self.target, self.state))


class Patterns:
    """The templates of rewrites that were served: source and target hold the values that the target was read with.

    Parameters
    ----------
    by_source
        (Asked, source) → target → the pattern.
    """

    def __init__(self, by_source: Mapping[tuple[str | None, str], Mapping[str, Pattern]]) -> None:
        self._by_source = by_source
        asked = {question for question, _ in by_source}
        self._matchers = {
            question: Matcher(sorted(source for other, source in by_source if other == question))
            for question in asked
        }

    @classmethod
    def of(cls, rewritten: Iterable[RewrittenTurn], readings: Mapping[str, Interpretation]) -> "Patterns":
        """Find them, by what the rewritten requests were read as."""
        found: defaultdict[tuple[str | None, str], dict[str, Pattern]] = defaultdict(dict)
        for row in rewritten:
            reading = readings.get(row.state)
            if not row.understood or reading is None:
                continue
            source, target = abstract(row.text, reading.slots), abstract(row.target, reading.slots)
            if source is None or target is None or fixed_words(source) < _FIXED or source == target:
                continue
            meant = abstract_reading(reading).model_copy(update={"confidence": None})
            pattern = Pattern(source, target, reading_state(row.asked, meant), meant)
            held = found[row.asked, source].get(target)
            if held is None or pattern.state < held.state:
                found[row.asked, source][target] = pattern
        return cls(found)

    def pattern(self, asked: str | None, source: str, target: str) -> Pattern:
        """Return one of them."""
        return self._by_source[asked, source][target]

    def source_of(self, asked: str | None, text: str) -> str | None:
        """Return the source that a request is an example of; None where there is none."""
        found = self._match(asked, text)
        return None if found is None else found[0]

    def trials(
        self, rewritten: Iterable[RewrittenTurn]
    ) -> dict[tuple[str | None, Pattern], list[RewrittenTurn]]:
        """Deal the turns to the patterns that they are examples of, whatever they were read as."""
        found: defaultdict[tuple[str | None, Pattern], list[RewrittenTurn]] = defaultdict(list)
        for row in rewritten:
            match = self._match(row.asked, row.text)
            if match is None:
                continue
            source, values = match
            for target, pattern in self._by_source[row.asked, source].items():
                if fill(target, values) == row.target:
                    found[row.asked, pattern].append(row)
        return dict(found)

    def _match(self, asked: str | None, text: str) -> tuple[str, dict[str, str]] | None:
        matcher = self._matchers.get(asked)
        return None if matcher is None else matcher.match(text)
