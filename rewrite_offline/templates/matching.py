"""Which template a request is an example of."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from rewrite_offline.templates.wording import fixed_words

__all__ = ["Matcher"]

#: What stands for a slot is this many words at most.
_LONGEST = 6


@dataclass(slots=True)
class _Node:
    """After some words and slots: what may come next, and the template that ends here."""

    words: dict[str, "_Node"] = field(default_factory=dict)
    slots: dict[str, "_Node"] = field(default_factory=dict)
    template: str | None = None


class Matcher:
    """Templates in a trie over their words; a slot takes one to six words.

    Parameters
    ----------
    templates
        As `abstract` writes them.
    """

    def __init__(self, templates: Iterable[str]) -> None:
        self._root = _Node()
        for template in templates:
            node = self._root
            for word in template.split():
                if word.startswith("{"):
                    node = node.slots.setdefault(word[1:-1], _Node())
                else:
                    node = node.words.setdefault(word, _Node())
            node.template = template

    def match(self, text: str) -> tuple[str, dict[str, str]] | None:
        """Find the template of a normalised request.

        Returns
        -------
        tuple or None
            The template with the most words of its own, and the values of its slots; of equals the first in the
            alphabet, with the shortest values first. None where no template fits.
        """
        words = text.split()
        found = min(
            self._matches(self._root, words, 0),
            key=lambda one: (-fixed_words(one[0]), one[0], [end - start for _, start, end in one[1]]),
            default=None,
        )
        if found is None:
            return None
        return found[0], {name: " ".join(words[start:end]) for name, start, end in found[1]}

    def _matches(
        self, node: _Node, words: list[str], start: int
    ) -> Iterator[tuple[str, tuple[tuple[str, int, int], ...]]]:
        if start == len(words):
            if node.template is not None:
                yield node.template, ()
            return
        following = node.words.get(words[start])
        if following is not None:
            yield from self._matches(following, words, start + 1)
        for name, after in node.slots.items():
            for end in range(start + 1, min(len(words), start + _LONGEST) + 1):
                for template, spans in self._matches(after, words, end):
                    yield template, ((name, start, end), *spans)
