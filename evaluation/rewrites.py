"""The task `rewrites`: learn a rewrite table from a log without truth, rewrite other customers' requests, judge.

What learns is handed in, so that the product, a baseline and a stranger's miner are judged alike. It is given
turns and signals and nothing else; the truth is looked at when all decisions of a split are made.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from pydantic import JsonValue

from evaluation.corpora import Corpus
from evaluation.errors import NothingLearned, NotJudged
from evaluation.metrics import Counterfactual, Decided, Judged, curve, judge, score, win_texts
from evaluation.splits import Split
from selflearn.steps import Step
from streams.records import Turn
from streams.truth import Truth

__all__ = ["Decide", "Learned", "Learner", "Report", "evaluate", "refuse_unjudged"]

#: A turn's request → what to say instead.
Decide: TypeAlias = Callable[[Turn], Decided]


@dataclass(frozen=True, slots=True)
class Learned:
    """What was made of a split's turns and signals.

    Attributes
    ----------
    decide
        The decision about one turn. It may look at what an assistant knows before its NLU, and no further.
    about
        Figures about what was learned, for the report.
    """

    decide: Decide
    about: Mapping[str, JsonValue]


class Learner(Protocol):
    """Anything that learns to rewrite from a split's turns and signals."""

    def __call__(self, split: Split, step: Step) -> Learned:
        """Learn from `split.turns` and `split.signals`."""
        ...


@dataclass(frozen=True, slots=True)
class Report:
    """Decisions and what came of them.

    Attributes
    ----------
    decisions
        One for every judged turn, in the order of the log; those in which nobody spoke included.
    judged
        Those in which somebody spoke, judged.
    learned
        What was learned, split by split.
    """

    decisions: Sequence[Decided]
    judged: Sequence[Judged]
    learned: Mapping[str, Mapping[str, JsonValue]]

    def nothing(self) -> list[str]:
        """Say why nothing was learned, for the splits in which nothing was."""
        return [str(about["nothing"]) for about in self.learned.values() if "nothing" in about]

    def to_json(self) -> dict[str, JsonValue]:
        """Give the score, and beside it the texts of the wins, the curve and what was learned."""
        return score(self.judged).to_json() | {
            "win_texts": win_texts(self.judged),
            "curve": [dict(point) for point in curve(self.judged)],
            "learned": {name: dict(about) for name, about in self.learned.items()},
        }


def refuse_unjudged(corpus: Corpus) -> None:
    """Make sure that rewrites can be judged on a corpus.

    Raises
    ------
    NotJudged
        If its logs hold no interpretations.
    """
    if not corpus.judges_rewrites:
        raise NotJudged(
            f"rewrites cannot be judged on {corpus.name}: its logs hold no interpretations, so nothing says what "
            "would have been understood"
        )


def evaluate(
    corpus: Corpus, splits: Iterable[Split], truths: Mapping[str, Truth], learner: Learner, step: Step
) -> Report:
    """Learn and judge, split by split.

    Parameters
    ----------
    corpus
        Of the logs.
    splits
        Whom to learn from and whom to judge. A turn is judged in one of them at most.
    truths
        By turn id, of all judged turns.
    learner
        What is judged.
    step
        Told of the progress.

    Raises
    ------
    NothingToScore
        From `Report.to_json`, if nobody spoke in any judged turn.
    """
    decisions: list[Decided] = []
    judged: list[Judged] = []
    learned: dict[str, Mapping[str, JsonValue]] = {}
    for split in splits:
        step(f"{split.name}: learning from {len(split.turns)} turns", None)
        made = _learned(learner, split, step)
        learned[split.name] = made.about
        here = []
        for done, turn in enumerate(split.judged):
            if done % 250 == 0:
                step(f"{split.name}: deciding about {len(split.judged)} turns", done / len(split.judged))
            here.append(made.decide(turn))
        counterfactual = Counterfactual(corpus, split.turns)
        judged += judge(
            corpus, split.judged, truths, counterfactual, {decision.turn_id: decision for decision in here}
        )
        decisions += here
    return Report(decisions, judged, learned)


def _learned(learner: Learner, split: Split, step: Step) -> Learned:
    """Learn; a log that teaches nothing leaves every request alone, as it does in service."""
    try:
        return learner(split, step)
    except NothingLearned as fault:
        return Learned(lambda turn: Decided(turn.turn_id, None), {"nothing": str(fault)})
