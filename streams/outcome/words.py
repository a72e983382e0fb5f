"""Words by which a customer says how the last request went. Small lists by language; bring your own."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from streams.records import Turn
from streams.text import normalise

__all__ = ["ENGLISH", "WORDS", "Lexicon", "Words", "plain"]

#: Utterances repeat: the commonest ones are normalised once.
plain = lru_cache(maxsize=1 << 16)(normalise)


@dataclass(frozen=True)
class Lexicon:
    """Phrases of one language, matched as whole words in normalised text.

    Attributes
    ----------
    negation
        That the assistant was wrong.
    cancel
        To stop what it is doing.
    thanks
        That it was right.
    harmless
        Phrases that hold a word of the above and mean something else; taken out before looking.
    """

    negation: tuple[str, ...]
    cancel: tuple[str, ...]
    thanks: tuple[str, ...]
    harmless: tuple[str, ...] = ()

    @cached_property
    def _patterns(self) -> dict[str, re.Pattern[str] | None]:
        return {kind: _any_of(getattr(self, kind)) for kind in ("negation", "cancel", "thanks", "harmless")}

    @cached_property
    def _known(self) -> dict[tuple[str, str], bool]:
        return {}

    def says(self, kind: str, text: str) -> bool:
        """Whether normalised text holds a phrase of a kind (`negation`, `cancel`, `thanks`)."""
        known = self._known.get((kind, text))
        if known is None:
            harmless = self._patterns["harmless"]
            rest = harmless.sub(" ", text) if harmless is not None else text
            pattern = self._patterns[kind]
            known = pattern is not None and pattern.search(rest) is not None
            if len(self._known) < 1 << 17:
                self._known[kind, text] = known
        return known


def _any_of(phrases: tuple[str, ...]) -> re.Pattern[str] | None:
    longest_first = sorted({plain(phrase) for phrase in phrases} - {""}, key=lambda p: (-len(p), p))
    return (
        re.compile(rf"(?<!\S)(?:{'|'.join(map(re.escape, longest_first))})(?!\S)") if longest_first else None
    )


ENGLISH = Lexicon(
    negation=(
        "no", "nope", "not", "wrong", "incorrect", "that's not", "i said", "i meant", "i didn't", "not what",
        "you misunderstood",
    ),
    cancel=(
        "cancel", "stop", "never mind", "nevermind", "forget it", "forget that", "undo", "go back",
        "start over", "restart", "shut up", "quit",
    ),
    thanks=("thank you", "thanks", "thank", "great", "perfect", "awesome", "well done", "good job"),
    harmless=("no preference", "no problem", "not bad", "no matter", "doesn't matter", "not really"),
)  # fmt: skip


@dataclass(frozen=True)
class Words:
    """Lexicons by language.

    Attributes
    ----------
    lexicons
        Language, as in the first part of a locale ("en" of "en-GB"), to its lexicon.
    default
        Language of turns that do not say theirs; None: unknown.

    Examples
    --------
    >>> german = Lexicon(negation=("nein", "falsch"), cancel=("abbrechen",), thanks=("danke",))
    >>> sorted(Words({"en": ENGLISH, "de": german}).lexicons)
    ['de', 'en']
    """

    lexicons: Mapping[str, Lexicon] = field(default_factory=lambda: {"en": ENGLISH})
    default: str | None = "en"

    def of(self, turn: Turn) -> Lexicon | None:
        """Lexicon of the language of a turn; None where there is none."""
        return self.of_locale(turn.locale)

    def of_locale(self, locale: str | None) -> Lexicon | None:
        """Lexicon of a locale's language; None where there is none."""
        if locale is None:
            return self.lexicons.get(self.default) if self.default is not None else None
        return self.lexicons.get(locale.replace("_", "-").partition("-")[0].lower())


#: What is shipped.
WORDS = Words()
