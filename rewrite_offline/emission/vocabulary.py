"""Names and their numbers."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from rewrite_offline.emission.rows import Row

__all__ = ["Vocabulary"]


class Vocabulary:
    """Names, each with a number: its place in `names`."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)
        self.index = {name: number for number, name in enumerate(self.names)}

    def __len__(self) -> int:
        return len(self.names)

    @classmethod
    def of(
        cls, rows: Iterable[Iterable[str]], people: Sequence[str], min_customers: int, most: int
    ) -> "Vocabulary":
        """Take the names that enough customers have.

        Parameters
        ----------
        rows
            The names of each row, without repetition.
        people
            Whose row it is; the rows of one person follow one another.
        min_customers
            How many people a name needs.
        most
            How many names at most: those of most people, and of equals the first in the alphabet.
        """
        counted: dict[str, int] = {}
        last: dict[str, str] = {}
        for names, person in zip(rows, people, strict=True):
            for name in names:
                if last.get(name) != person:
                    last[name] = person
                    counted[name] = counted.get(name, 0) + 1
        enough = [name for name, count in counted.items() if count >= min_customers]
        return cls(sorted(sorted(enough, key=lambda name: (-counted[name], name))[:most]))

    def row(self, values: Mapping[str, float]) -> Row:
        """Bring named values to numbers and values; names that are not here are dropped."""
        index = self.index
        found = [(number, value) for name, value in values.items() if (number := index.get(name)) is not None]
        return (
            np.array([number for number, _ in found], dtype=np.int64),
            np.array([value for _, value in found], dtype=np.float32),
        )
