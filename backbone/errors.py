"""The errors of this package.

BackboneError                    anything that backbone/ refuses
├── UnknownProfile               no noise profile of that name
└── EmptyVocabulary              a recogniser that knows no word
"""

from collections.abc import Iterable

__all__ = ["BackboneError", "EmptyVocabulary", "UnknownProfile"]


class BackboneError(Exception):
    """Anything that backbone/ refuses."""


class UnknownProfile(BackboneError):
    """No noise profile of that name."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        super().__init__(f"no noise profile is called {name!r}; there are: {', '.join(sorted(known))}")
        self.name = name


class EmptyVocabulary(BackboneError):
    """A recogniser that knows no word can hear none."""

    def __init__(self) -> None:
        super().__init__(
            "the vocabulary holds no word; give the words that the recogniser knows, with counts"
        )
