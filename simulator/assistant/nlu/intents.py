"""Which intent a text has: an averaged perceptron over the features of the whole text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.assistant.nlu.perceptron import Weights, in_turn, numbered, rows_of
from simulator.dice import Dice

__all__ = ["IntentModel", "train_intents"]

_ROUNDS = 5
#: Scores are told as if a text had so many features, so that short texts are not thought to be unsure.
_A_TEXT = 16
#: By so much a feature the right intent has to score more than any other.
_MARGIN = 1


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
    weights: NDArray[np.int16]

    def scores(self, features: Sequence[str]) -> NDArray[np.int32]:
        """Score every intent for a text with these features, known or not: the average of their weights."""
        rows = rows_of(features, self.rows)
        if not rows:
            return np.zeros(len(self.intents), dtype=np.int32)
        total = np.add.reduce(self.weights.take(rows, axis=0), axis=0, dtype=np.int32)
        scores: NDArray[np.int32] = total * np.int32(_A_TEXT) // np.int32(len(features))
        return scores


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
    rows = numbered(features for features, _ in examples)
    texts = [
        (np.array(rows_of(features, rows), dtype=np.intp), place[intent]) for features, intent in examples
    ]
    weights = Weights(len(rows), len(intents))
    for _ in range(_ROUNDS):
        for features, intent in in_turn(texts, dice):
            scores = weights.scores(features)
            scores[intent] -= _MARGIN * len(features)
            found = int(scores.argmax())
            if found != intent:
                weights.move(features, intent, found)
            weights.step()
    return IntentModel(intents, rows, weights.averaged())
