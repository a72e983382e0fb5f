"""What is looked at in a request, as a sparse vector of named features."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import exp, isfinite

import jellyfish

from rewrite_offline.table.query import RewriteQuery
from streams.records import AsrHypothesis
from streams.text import normalise

__all__ = ["Heard", "features_of", "ngrams"]

#: How many of the ASR n-best are looked at.
_HYPOTHESES = 10
#: Longest text that is looked at, in characters: what is longer is no request that anybody repeats.
_LONGEST = 400


@dataclass(frozen=True, slots=True)
class Heard:
    """A request as it reaches the assistant, brought to the form in which it is looked at.

    Attributes
    ----------
    text
        The normalised utterance.
    asked, prompt
        Slot that the assistant had asked for, and the normalised words with which it did.
    hypotheses
        (normalised text, share) of the ASR n-best, best first; the shares sum to one.
    score
        The recogniser's score of the best hypothesis, cut to [-5, 5]; 0 where there is none.
    """

    text: str
    asked: str | None
    prompt: str
    hypotheses: tuple[tuple[str, float], ...]
    score: float

    @classmethod
    def of(cls, query: RewriteQuery) -> "Heard":
        """Read what a query says about its request."""
        text = normalise(query.utterance[:_LONGEST])
        heard = query.asr[:_HYPOTHESES]
        first = heard[0].score if heard else None
        return cls(
            text=text,
            asked=query.asked,
            prompt=normalise((query.prompt or "")[:_LONGEST]),
            hypotheses=tuple(
                (normalise(hypothesis.text[:_LONGEST]), share)
                for hypothesis, share in zip(heard, _shares(heard), strict=True)
            )
            or ((text, 1.0),),
            score=0.0 if first is None or not isfinite(first) else max(-5.0, min(5.0, first)),
        )


def features_of(heard: Heard) -> dict[str, float]:
    """Describe a request.

    Returns
    -------
    dict
        Feature → its value, between 0 and 1. Of the utterance: words (w), what they sound like (m), pairs of words
        (b), threes and fours of letters (c), the whole text (u), also with the question (au). Of the n-best, by their
        shares: words, pairs and texts (n, nb, nu). The slot asked for, how the prompt began, the recogniser's score,
        the number of words.
    """
    found: dict[str, float] = defaultdict(float)
    asked = heard.asked or ""
    words = heard.text.split()
    framed = ["<", *words, ">"]
    for word in words:
        found[f"w {word}"] = 1.0
        found[f"m {_sound(word)}"] = 1.0
    for pair in pairwise(framed):
        found["b " + " ".join(pair)] = 1.0
    found[f"u {heard.text}"] = 1.0
    found[f"au {asked} {heard.text}"] = 1.0
    letters = f"<{heard.text}>"
    for n in (3, 4):
        for i in range(len(letters) - n + 1):
            found[f"c {letters[i : i + n]}"] = 0.5
    for text, share in heard.hypotheses:
        among = text.split()
        framed = ["<", *among, ">"]
        for word in dict.fromkeys(among):
            found[f"n {word}"] += share
        for pair in dict.fromkeys(pairwise(framed)):
            found["nb " + " ".join(pair)] += share
        found[f"nu {text}"] += share
    found[f"asked {asked}"] = 1.0
    found[f"prompt {' '.join(heard.prompt.split()[:3])}"] = 1.0
    found[f"score {round(heard.score * 2) / 2}"] = 1.0
    found[f"words {min(len(words), 6)}"] = 1.0
    return dict(found)


def ngrams(text: str, longest: int = 4) -> list[str]:
    """List the runs of up to `longest` words of a text, its start and end marked."""
    words = ["<", *text.split(), ">"]
    return [
        " ".join(words[i : i + n])
        for n in range(1, longest + 1)
        for i in range(len(words) - n + 1)
        if n > 1 or 0 < i < len(words) - 1
    ]


def _shares(heard: Sequence[AsrHypothesis]) -> list[float]:
    """Make shares of scores: of probabilities as they are, of log-probabilities by a softmax, else by rank."""
    scores = [hypothesis.score for hypothesis in heard if hypothesis.score is not None]
    if not scores or len(scores) < len(heard) or not all(map(isfinite, scores)):
        weights = [1.0 / (rank + 1) for rank in range(len(heard))]
    elif all(0.0 <= score <= 1.0 for score in scores) and any(scores):
        weights = scores
    else:
        top = max(scores)
        # Recognisers are surer of themselves than they should be: half the log-probability.
        weights = [exp(0.5 * (score - top)) for score in scores]
    total = sum(weights)
    return [weight / total for weight in weights]


@lru_cache(maxsize=50_000)
def _sound(word: str) -> str:
    return str(jellyfish.metaphone(word)) or word
