"""What a proposal can be expected to win, and what to lose."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from rewrite_offline.emission.logistic import Floats, fit_logistic, sigmoid
from rewrite_offline.emission.proposing import Proposal
from rewrite_offline.emission.rows import Row, sparse_rows
from rewrite_offline.emission.vocabulary import Vocabulary

__all__ = ["Gate", "fit_gate"]

#: Numbers further out than this are drawn in.
_FARTHEST = 12.0
#: What a name that is there counts; numbers are scaled to a deviation of a half.
_PRESENT = 0.15


@dataclass(frozen=True, slots=True)
class Gate:
    """Two logistic regressions over what is told of a proposal.

    Attributes
    ----------
    names
        Names that are looked at.
    middle, spread
        Of each number, over the proposals that were learned from.
    coefficients, bias
        (numbers and names) × 2, and 2: of the expected win and of the expected loss.
    """

    names: Vocabulary
    middle: Floats
    spread: Floats
    coefficients: Floats
    bias: Floats

    def expect(self, proposal: Proposal) -> tuple[float, float]:
        """P(the rewrite turns a failure into a success), and P(it does the reverse)."""
        numbers, values = _row(proposal, self.names, self.middle, self.spread)
        win, loss = sigmoid(values @ self.coefficients[numbers] + self.bias)
        return float(win), float(loss)

    def arrays(self) -> dict[str, Floats]:
        """Give all numbers, by name."""
        return {
            "middle": self.middle,
            "spread": self.spread,
            "coefficients": self.coefficients,
            "bias": self.bias,
        }

    @classmethod
    def from_arrays(cls, names: Vocabulary, arrays: Mapping[str, Floats]) -> Self:
        """Take what `arrays` gave."""
        return cls(names, arrays["middle"], arrays["spread"], arrays["coefficients"], arrays["bias"])


def fit_gate(
    proposals: Sequence[Proposal], outcomes: Floats, people: Sequence[str], min_customers: int, seed: int
) -> Gate:
    """Learn what proposals win and lose.

    Parameters
    ----------
    proposals
        At least one; made by a model that had not seen their requests.
    outcomes
        proposals × 2: P(win) and P(loss), as the chain's posteriors have it.
    people
        Whose request each was; the proposals of one person follow one another.
    min_customers
        k-anonymity: names that fewer have are not looked at.
    seed
        Of the order of the proposals.
    """
    names = Vocabulary.of([proposal.names for proposal in proposals], people, min_customers, len(proposals))
    told = _numbers([proposal.numbers for proposal in proposals])
    middle, spread = told.mean(axis=0), 2 * (told.std(axis=0) + 1e-3)
    rows = sparse_rows(
        [_row(proposal, names, middle, spread) for proposal in proposals], len(middle) + len(names)
    )
    coefficients, bias = fit_logistic(
        rows,
        outcomes,
        np.ones(len(proposals), np.float32),
        epochs=10,
        rate=0.02,
        l2=3e-6,
        batch=64,
        seed=seed,
    )
    return Gate(names, middle, spread, coefficients, bias)


def _numbers(told: Sequence[float] | Sequence[Sequence[float]]) -> Floats:
    return np.clip(np.array(told, np.float32), -_FARTHEST, _FARTHEST)


def _row(proposal: Proposal, names: Vocabulary, middle: Floats, spread: Floats) -> Row:
    scaled = (_numbers(proposal.numbers) - middle) / spread
    numbers, values = names.row(dict.fromkeys(proposal.names, _PRESENT))
    return np.concatenate([np.arange(len(scaled)), len(scaled) + numbers]), np.concatenate([scaled, values])
