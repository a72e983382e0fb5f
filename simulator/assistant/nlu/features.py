"""What the models look at in a text: words, pairs of words, word ends, known names, and what had been asked."""

from collections.abc import Container, Sequence

from simulator.assistant.nlu.gazetteer import Hit

__all__ = ["UNKNOWN", "known_words", "of_sentence", "of_tokens", "words_of"]

#: Stands for every word that was not there in training.
UNKNOWN = "?"

_FILLERS = frozenset({"ah", "er", "hmm", "oh", "uh", "um"})
_LONG = 8


def words_of(text: str) -> list[str]:
    """Split a text, without what only fills a pause."""
    words = text.split()
    return [word for word in words if word not in _FILLERS] or words


def known_words(words: Sequence[str], vocabulary: Container[str]) -> list[str]:
    """Put `UNKNOWN` for every word that is not in the vocabulary."""
    return [word if word in vocabulary else UNKNOWN for word in words]


def of_sentence(words: Sequence[str], hits: Sequence[Hit], asked: str | None) -> list[str]:
    """Give the features of a whole text: for its intent.

    Parameters
    ----------
    words
        With `UNKNOWN` for those that were not there in training.
    hits
        Known names in it.
    asked
        The slot that the assistant had asked for, if it had.
    """
    told = _abstract(words, hits)
    found = [f"w {word}" for word in words if word != UNKNOWN]
    found += [f"a {token}" for token in told]
    found += [f"b {one} {other}" for one, other in zip(["^", *told], [*told, "$"], strict=True)]
    found += [f"t {' '.join(told[i : i + 3])}" for i in range(len(told) - 2)]
    found.append(f"e {told[0]} {told[-1]}")
    found.append(f"n {min(len(told), _LONG)}")
    if asked is not None:
        found += [f"asked {asked}", f"asked {asked} {told[0]} {min(len(told), _LONG)}"]
        found += [f"asked {asked} {slot}" for hit in hits for slot in hit.slots]
        found += [f"asked {word}" for word in told]
    return found


def of_tokens(
    words: Sequence[str], ends: Sequence[str], hits: Sequence[Hit], asked: str | None
) -> list[list[str]]:
    """Give the features of each word: for the slot that it belongs to.

    Parameters
    ----------
    words
        As for `of_sentence`.
    ends
        Last letters of the words, known or not.
    hits, asked
        As for `of_sentence`.
    """
    names: list[tuple[str, ...]] = [()] * len(words)
    for hit in hits:
        for place in range(hit.start, hit.end):
            part = "B" if place == hit.start else "I"
            names[place] = tuple(f"{part} {slot}" for slot in hit.slots)
    padded = ["^^", "^", *words, "$", "$$"]
    found = []
    for place, word in enumerate(words):
        before, after = padded[place + 1], padded[place + 3]
        features = [
            f"0 {word}",
            f"- {before}",
            f"+ {after}",
            f"-- {padded[place]} {before}",
            f"++ {after} {padded[place + 4]}",
            f"-0 {before} {word}",
            f"0+ {word} {after}",
            f"-+ {before} {after}",
            f"e {ends[place]}",
        ]
        for name in names[place]:
            features += [f"g {name}", f"g- {name} {before}"]
        if asked is not None:
            features += [f"asked {asked}", f"asked {asked} {word}"]
        found.append(features)
    return found


def _abstract(words: Sequence[str], hits: Sequence[Hit]) -> list[str]:
    """Put the slots of a known name in its place, and one `UNKNOWN` for a run of unknown words."""
    told: list[str] = []
    place = 0
    for hit in [*hits, Hit(len(words), len(words), ())]:
        for word in words[place : hit.start]:
            if word != UNKNOWN or not told or told[-1] != UNKNOWN:
                told.append(word)
        if hit.slots:
            told.append(f"<{'|'.join(hit.slots)}>")
        place = hit.end
    return told
