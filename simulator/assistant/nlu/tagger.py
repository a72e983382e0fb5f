"""Which words are values of which slots: a perceptron for sequences (Collins, EMNLP 2002)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from simulator.assistant.nlu.perceptron import Weights, in_turn, numbered, rows_of
from simulator.dice import Dice

__all__ = ["OUTSIDE", "Choice", "Tagger", "train_tagger"]

OUTSIDE = "O"

_ROUNDS = 4
#: A feature of every word.
_ALWAYS = "always"
#: Less than any score.
_NEVER = -(10**12)


@dataclass(frozen=True)
class Tagger:
    """Gives every word its tag.

    Attributes
    ----------
    tags
        `O`, and for every slot `B slot` and `I slot`, in the order of the columns.
    rows
        Feature to its row.
    weights
        Of features, for each tag.
    follows
        Of a tag, for each next one.
    """

    tags: tuple[str, ...]
    rows: Mapping[str, int]
    weights: NDArray[np.int16]
    follows: Sequence[Sequence[int]]

    def choice(self, slots: Sequence[str]) -> "Choice":
        """Give the tags that values of these slots need."""
        return _choice(tuple(slots), self.tags)

    def emissions(self, tokens: Sequence[Sequence[str]]) -> list[list[int]]:
        """Score every tag for every word, whatever its neighbours' are."""
        flat: list[int] = []
        starts: list[int] = []
        for features in tokens:
            starts.append(len(flat))
            flat.append(self.rows[_ALWAYS])
            flat += [row for row in map(self.rows.get, features) if row is not None]
        told = self.weights.take(flat, axis=0)
        scores: list[list[int]] = np.add.reduceat(told, starts, axis=0, dtype=np.int32).tolist()
        return scores

    def path(self, emissions: Sequence[Sequence[int]], choice: "Choice") -> list[int]:
        """Find the best sequence of some tags, by their columns."""
        return _best_path(emissions, self.follows, choice)

    def least_ahead(
        self, path: Sequence[int], emissions: Sequence[Sequence[int]], choice: "Choice"
    ) -> int | None:
        """Say by how much the least certain tag of a path is ahead of any other that could stand there.

        None where no other could.
        """
        follows, entered = self.follows, self._entered
        least: int | None = None
        last = len(path) - 1
        for place, chosen in enumerate(path):
            emission = emissions[place]
            before = path[place - 1] if place else None
            after = path[place + 1] if place < last else None
            must = None if after is None else entered[after]
            best = None
            for column in choice.columns:
                needs = entered[column]
                if (
                    column == chosen
                    or (needs is not None and before not in needs)
                    or (must is not None and column not in must)
                ):
                    continue
                score = emission[column]
                if before is not None:
                    score += follows[before][column]
                if after is not None:
                    score += follows[column][after]
                if best is None or score > best:
                    best = score
            if best is None:
                continue
            own = emission[chosen]
            if before is not None:
                own += follows[before][chosen]
            if after is not None:
                own += follows[chosen][after]
            if least is None or own - best < least:
                least = own - best
        return least

    @cached_property
    def _entered(self) -> list[tuple[int, ...] | None]:
        return _entered(self.tags)


def train_tagger(
    examples: Sequence[tuple[Sequence[Sequence[str]], Sequence[str], Sequence[str]]],
    slots: Sequence[str],
    dice: Dice,
) -> Tagger:
    """Learn from sentences.

    Parameters
    ----------
    examples
        Features of every word, the tag of every word, and the slots that come into question.
    slots
        All there are.
    dice
        In which order.
    """
    tags = _tags(slots)
    column = {tag: number for number, tag in enumerate(tags)}
    rows = numbered([_ALWAYS, *features] for tokens, _, _ in examples for features in tokens)
    texts = [
        (
            [np.array(rows_of([_ALWAYS, *features], rows), dtype=np.intp) for features in tokens],
            [column[tag] for tag in told],
            _choice(tuple(possible), tags),
        )
        for tokens, told, possible in examples
    ]
    weights, follows = Weights(len(rows), len(tags)), Weights(len(tags), len(tags))
    now = follows.now
    apart = [
        (tokens, np.concatenate(tokens), np.cumsum([0, *map(len, tokens[:-1])]), told, choice)
        for tokens, told, choice in texts
    ]
    for _ in range(_ROUNDS):
        for tokens, whole, starts, told, choice in in_turn(apart, dice):
            found = _best_path(weights.score_each(whole, starts), now, choice)
            for features, right, wrong in zip(tokens, told, found, strict=True):
                if right != wrong:
                    weights.move(features, right, wrong)
            if told != found:
                for cell, other in zip(pairwise(told), pairwise(found), strict=True):
                    follows.change(cell, 1)
                    follows.change(other, -1)
                now = follows.now
            weights.step()
            follows.step()
    return Tagger(tags, rows, weights.averaged(), follows.averaged().tolist())


def _tags(slots: Sequence[str]) -> tuple[str, ...]:
    return (OUTSIDE, *(f"{part} {slot}" for slot in slots for part in "BI"))


def _entered(tags: Sequence[str]) -> list[tuple[int, ...] | None]:
    """Give, for each tag, the columns that it may follow; None where it may follow any and begin a text."""
    column = {tag: number for number, tag in enumerate(tags)}
    return [(column[f"B {tag[2:]}"], number) if tag[0] == "I" else None for number, tag in enumerate(tags)]


@dataclass(frozen=True, slots=True)
class Choice:
    """Some of the tags, and which may follow which.

    Attributes
    ----------
    columns
        Their columns.
    begins
        For each, whether a text may begin with it.
    moves
        For each, its column, and the places in `columns` of those that it may follow.
    """

    columns: tuple[int, ...]
    begins: tuple[bool, ...]
    moves: tuple[tuple[int, tuple[int, ...]], ...]


@lru_cache(maxsize=1_024)
def _choice(slots: tuple[str, ...], tags: tuple[str, ...]) -> Choice:
    wanted, entered = frozenset(_tags(slots)), _entered(tags)
    columns = tuple(column for column, tag in enumerate(tags) if tag in wanted)
    place = {column: number for number, column in enumerate(columns)}
    anywhere = tuple(range(len(columns)))
    moves = []
    for column in columns:
        after = entered[column]
        moves.append((column, anywhere if after is None else tuple(place[before] for before in after)))
    return Choice(columns, tuple(entered[column] is None for column in columns), tuple(moves))


def _best_path(
    emissions: Sequence[Sequence[int]], follows: Sequence[Sequence[int]], choice: Choice
) -> list[int]:
    """Viterbi's algorithm; of equals the first column wins."""
    columns, first = choice.columns, emissions[0]
    scores = [
        first[column] if begins else _NEVER for column, begins in zip(columns, choice.begins, strict=True)
    ]
    rows = [follows[column] for column in columns]
    back: list[list[int]] = []
    for emission in emissions[1:]:
        now: list[int] = []
        came: list[int] = []
        for column, befores in choice.moves:
            best, at = 2 * _NEVER, 0
            for before in befores:
                score = scores[before] + rows[before][column]
                if score > best:
                    best, at = score, before
            now.append(best + emission[column])
            came.append(at)
        scores = now
        back.append(came)
    at = scores.index(max(scores))
    path = [at]
    for came in reversed(back):
        at = came[at]
        path.append(at)
    return [columns[place] for place in reversed(path)]
