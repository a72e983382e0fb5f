"""How precisely a run of words tells an item: P(item | n-gram)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from rewrite_offline.emission.features import ngrams
from rewrite_offline.emission.logistic import Floats
from rewrite_offline.emission.rows import Row, sparse_rows
from rewrite_offline.emission.vocabulary import Vocabulary

__all__ = ["Lexicon", "fit_lexicon"]

#: Turns with the item's own share that every n-gram starts from.
_PRIOR = 2.0


@dataclass(frozen=True, slots=True)
class Lexicon:
    """P(item | n-gram) of the n-grams that enough customers said.

    Attributes
    ----------
    grams
        The n-grams.
    precision
        n-grams × items.
    """

    grams: Vocabulary
    precision: NDArray[np.float16] | Floats

    #: How many of the n-best are worth asking about.
    hypotheses: ClassVar[int] = 6

    def best(self, text: str) -> Floats:
        """Items: the largest P(item | n-gram) over the n-grams of a text; zeros where none is known."""
        index = self.grams.index
        known = [number for gram in ngrams(text) if (number := index.get(gram)) is not None]
        if not known:
            return np.zeros(self.precision.shape[1], np.float32)
        best: Floats = self.precision[known].max(axis=0).astype(np.float32)
        return best


def fit_lexicon(grams: Vocabulary, rows: Sequence[Row], targets: Floats, weights: Floats) -> Lexicon:
    """Count what the texts with each n-gram were taken for, smoothed towards each item's own share.

    Parameters
    ----------
    grams
        The n-grams to learn about.
    rows
        The n-grams of n requests, each once.
    targets
        n × items, probabilities.
    weights
        n: how much each request counts.
    """
    held = sparse_rows(rows, len(grams))
    weighed = weights[:, None] * targets
    share = weighed.sum(axis=0) / max(float(weights.sum()), 1e-9)
    seen = np.asarray(held.T @ weights)[:, None]
    return Lexicon(grams, ((held.T @ weighed + _PRIOR * share) / (seen + _PRIOR)).astype(np.float32))
