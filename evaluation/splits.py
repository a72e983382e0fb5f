"""Who is learned from and who is judged: never the same customer, where that can be had."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from evaluation.corpora import CorpusLog
from evaluation.errors import BadQuestion
from streams.records import Signal, Turn

__all__ = ["Split", "caller_folds", "shared_callers", "train_and_test"]


@dataclass(frozen=True, slots=True)
class Split:
    """Turns and signals to learn from, and turns to judge. No truth.

    Attributes
    ----------
    name
        For messages and folders.
    turns, signals
        To learn from.
    judged
        To be rewritten and judged.
    """

    name: str
    turns: Sequence[Turn]
    signals: Sequence[Signal]
    judged: Sequence[Turn]


def train_and_test(train: CorpusLog, test: CorpusLog) -> Split:
    """Learn from one log, judge another."""
    return Split("all", train.turns, train.signals, test.turns)


def shared_callers(train: CorpusLog, test: CorpusLog) -> list[str]:
    """Find the customers that both logs know, sorted."""
    return sorted({turn.customer_id for turn in train.turns} & {turn.customer_id for turn in test.turns})


def caller_folds(log: CorpusLog, folds: int, seed: int) -> Iterator[Split]:
    """Cut a log into folds by customer; each fold is judged once, after learning from the others.

    Parameters
    ----------
    log
        The log.
    folds
        How many, at least two.
    seed
        Of the shuffle of customers.

    Raises
    ------
    BadQuestion
        If there are fewer customers than folds, or fewer than two folds.
    """
    customers = sorted({turn.customer_id for turn in log.turns})
    if not 2 <= folds <= len(customers):
        raise BadQuestion(
            f"{folds} folds cannot be made of {len(customers)} customers; take 2 or more of each"
        )
    random.Random(seed).shuffle(customers)
    for fold in range(folds):
        held = frozenset(customers[fold::folds])
        yield Split(
            name=f"fold-{fold + 1}",
            turns=[turn for turn in log.turns if turn.customer_id not in held],
            signals=[signal for signal in log.signals if signal.customer_id not in held],
            judged=[turn for turn in log.turns if turn.customer_id in held],
        )
