"""How much each of the two readers counts."""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Blend", "Scores", "blend_of"]

Scores: TypeAlias = NDArray[np.float64]

#: Weights that are tried.
_GRID = np.arange(15) / 10


class Blend(BaseModel):
    """Weights of the span network's scores and of the pair reader's log-odds, in one softmax over spans.

    Attributes
    ----------
    spans, pairs
        Not both 0.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    spans: float = Field(default=1.0, ge=0)
    pairs: float = Field(default=1.0, ge=0)

    def __call__(self, spans: Scores, pairs: Scores) -> Scores:
        """Put scores of the same shape together."""
        return self.spans * spans + self.pairs * pairs


def blend_of(spans: Sequence[Scores], pairs: Sequence[Scores], right: Sequence[tuple[int, ...]]) -> Blend:
    """Find the blend under which what is right is likeliest, on requests that neither reader was trained on.

    Parameters
    ----------
    spans, pairs
        Of each request the scores of its spans, the null span first.
    right
        Of each request the spans that are right.
    """
    widest = max((one.size for one in spans), default=1)
    padded = np.zeros((2, len(spans), widest))
    there, hit = np.zeros((len(spans), widest), np.bool_), np.zeros((len(spans), widest), np.bool_)
    for row, pair in enumerate(zip(spans, pairs, strict=True)):
        padded[:, row, : pair[0].size] = pair
        there[row, : pair[0].size] = True
        hit[row, list(right[row])] = True

    def loss(blend: Blend) -> float:
        scores = blend(*padded)
        whole, told = (
            np.logaddexp.reduce(np.where(which, scores, -np.inf), axis=1) for which in (there, hit)
        )
        return float((whole - told).mean()) if len(scores) else 0.0

    tried = (Blend(spans=float(a), pairs=float(b)) for a in _GRID for b in _GRID if a + b)
    return min(tried, key=loss)
