"""P(item | request): a regression over features, n-grams, and a stack over both."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from rewrite_offline.emission.features import Heard
from rewrite_offline.emission.lexicon import Lexicon
from rewrite_offline.emission.logistic import Floats
from rewrite_offline.emission.rows import Row
from rewrite_offline.emission.stacking import ItemLayout, Judgement, Stack
from rewrite_offline.emission.vocabulary import Vocabulary

__all__ = ["Reader", "Regression", "judge"]


@dataclass(frozen=True, slots=True)
class Regression:
    """Log-odds as a sum over features.

    Attributes
    ----------
    coefficients
        features × items.
    bias
        Items.
    """

    coefficients: NDArray[np.float16] | Floats
    bias: Floats

    def odds(self, rows: Iterable[Row]) -> Floats:
        """Judge requests by their features: n × items."""
        return np.stack(
            [values @ self.coefficients[numbers].astype(np.float32) + self.bias for numbers, values in rows]
        )

    @classmethod
    def mean(cls, several: Sequence[Self]) -> Self:
        """The regression whose log-odds are the mean of theirs."""
        return cls(
            np.asarray(np.mean([one.coefficients for one in several], axis=0), np.float32),
            np.asarray(np.mean([one.bias for one in several], axis=0), np.float32),
        )


def judge(regression: Regression, lexicon: Lexicon, heard: Sequence[Heard], rows: Sequence[Row]) -> Judgement:
    """Ask the three judges about requests; `rows` are their features."""
    best: dict[str, Floats] = {}
    for one in heard:
        for text in (one.text, *(text for text, _ in one.hypotheses[: lexicon.hypotheses])):
            if text not in best:
                best[text] = lexicon.best(text)
    expected = []
    for one in heard:
        looked = one.hypotheses[: lexicon.hypotheses]
        shares = np.array([share for _, share in looked], np.float32)
        expected.append(
            (shares / max(float(shares.sum()), 1e-9)) @ np.stack([best[text] for text, _ in looked])
        )
    return Judgement(regression.odds(rows), np.stack([best[one.text] for one in heard]), np.stack(expected))


@dataclass(frozen=True, slots=True)
class Reader:
    """What the items of a request are.

    Attributes
    ----------
    layout
        The items.
    regression, lexicon, stack
        Two judges, and who weighs them.
    """

    layout: ItemLayout
    regression: Regression
    lexicon: Lexicon
    stack: Stack

    def odds(self, heard: Sequence[Heard], rows: Sequence[Row]) -> Floats:
        """Log-odds of each item, given the requests and their features: n × items."""
        return self.stack.odds(self.layout, heard, judge(self.regression, self.lexicon, heard, rows))

    def arrays(self) -> dict[str, NDArray[np.float16] | Floats]:
        """Give all numbers, by name; the large ones in half precision."""
        return {
            "coefficients": self.regression.coefficients.astype(np.float16),
            "bias": self.regression.bias,
            "precision": self.lexicon.precision.astype(np.float16),
            "common": self.stack.common,
            "own": self.stack.own,
        }

    @classmethod
    def from_arrays(
        cls, layout: ItemLayout, grams: Vocabulary, arrays: Mapping[str, NDArray[np.float32]]
    ) -> Self:
        """Take what `arrays` gave."""
        return cls(
            layout,
            Regression(arrays["coefficients"], arrays["bias"]),
            Lexicon(grams, arrays["precision"]),
            Stack(arrays["common"], arrays["own"]),
        )
