"""Which intent a text has: an averaged perceptron over the features of the whole text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.assistant.nlu.perceptron import Weights, in_turn, numbered
from simulator.dice import Dice

__all__ = ["IntentModel", "train_intents"]

_ROUNDS = 6


@dataclass(frozen=True)
class IntentModel:
    """Scores intents.

    Attributes
    ----------
    intents
        Their names.
    """

    intents: tuple[str, ...]
    rows: Mapping[str, int]
    weights: NDArray[np.int32]

    def scores(self, features: Sequence[str]) -> list[int]:
        """Score every intent for a text with these features."""
        rows = [row for row in map(self.rows.get, dict.fromkeys(features)) if row is not None]
        return self.weights[rows].sum(axis=0).tolist() if rows else [0] * len(self.intents)


def train_intents(examples: Sequence[tuple[Sequence[str], str]], dice: Dice) -> IntentModel:
    """Learn from features and their intents.

    Parameters
    ----------
    examples
        Features of a text, and its intent.
    dice
        In which order.
    """
    intents = tuple(dict.fromkeys(intent for _, intent in examples))
    place = {intent: number for number, intent in enumerate(intents)}
    rows: dict[str, int] = {}
    texts = [(np.array(numbered(features, rows)), place[intent]) for features, intent in examples]
    weights = Weights(len(rows), len(intents))
    for _ in range(_ROUNDS):
        for features, intent in in_turn(texts, dice):
            found = int(weights.scores(features).argmax())
            if found != intent:
                weights.move(features, intent, found)
            weights.step()
    return IntentModel(intents, rows, weights.averaged())
