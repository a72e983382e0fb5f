"""Wins and losses of rewrites (Ponnusamy et al. 2020), judged by the counterfactual.

A win turns a defect into a success, a loss the reverse. A rewrite that the log reads as it reads the original
changes nothing: escaping one unlucky list of hypotheses is no win. A rewrite to a text that the log never heard
counts as wrong.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt
from pydantic import JsonValue

from evaluation.corpora import Corpus
from evaluation.errors import NothingToScore
from evaluation.metrics.bootstrap import interval
from evaluation.metrics.counterfactual import Counterfactual, asked_before
from streams.records import Turn
from streams.truth import Truth

__all__ = ["Decided", "Judged", "RewriteScore", "curve", "judge", "score", "win_texts"]


@dataclass(frozen=True, slots=True)
class Decided:
    """What was decided about a turn's request: a rewrite and how likely it wins, or None to leave it alone."""

    turn_id: str
    rewrite: str | None
    win_probability: float | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """A decision with what came of it, in a turn in which somebody spoke."""

    caller: str
    source: str
    target: str | None
    win_probability: float | None
    defect_before: bool
    defect_after: bool

    @property
    def rewritten(self) -> bool:
        """Whether the request was replaced by another text."""
        return self.target is not None

    @property
    def win(self) -> bool:
        """A defect became a success."""
        return self.defect_before and not self.defect_after

    @property
    def loss(self) -> bool:
        """A success became a defect."""
        return self.defect_after and not self.defect_before


@dataclass(frozen=True, slots=True)
class RewriteScore:
    """The figures by which rewrites are judged.

    Attributes
    ----------
    turns, defects, rewritten, wins, losses
        Counts, over turns in which somebody spoke.
    win_loss_ratio
        Wins a loss; no loss counts as one.
    defect_rate_before, defect_rate_after
        Share of the turns that are defects.
    defect_reduction
        Share of all defects that are gone, losses set off; 0 where there was none.
    win_loss_ratio_interval, defect_reduction_interval
        95% bootstrap over callers.
    """

    turns: int
    defects: int
    rewritten: int
    wins: int
    losses: int
    win_loss_ratio: float
    defect_rate_before: float
    defect_rate_after: float
    defect_reduction: float
    win_loss_ratio_interval: tuple[float, float]
    defect_reduction_interval: tuple[float, float]

    def to_json(self) -> dict[str, JsonValue]:
        """Give the figures by name."""
        return {
            name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()
        }


def judge(
    corpus: Corpus,
    turns: Iterable[Turn],
    truths: Mapping[str, Truth],
    counterfactual: Counterfactual,
    decided: Mapping[str, Decided],
) -> list[Judged]:
    """Judge decisions by the truth.

    Parameters
    ----------
    corpus
        Of the turns.
    turns
        The turns that were decided about; those without truth, and those in which nobody spoke, are left out.
    truths
        By turn id.
    counterfactual
        Counted on a training log that shares no caller with `turns`.
    decided
        By turn id. A turn that is not there was left alone.
    """
    judged = []
    for turn in turns:
        truth = truths.get(turn.turn_id)
        if truth is None or not truth.speech or truth.defect is None or truth.interpretation is None:
            continue
        source, asked = corpus.as_heard(turn.utterance), asked_before(turn)
        decision = decided.get(turn.turn_id)
        target = None if decision is None or decision.rewrite is None else corpus.as_heard(decision.rewrite)
        after = truth.defect
        if target == source:
            target = None
        if target is not None:
            read = counterfactual.reads(target, asked)
            if read is None or read != counterfactual.reads(source, asked):
                after = read != corpus.meaning(truth.interpretation)
        judged.append(
            Judged(
                caller=turn.customer_id,
                source=source,
                target=target,
                win_probability=decision.win_probability if decision and target is not None else None,
                defect_before=truth.defect,
                defect_after=after,
            )
        )
    return judged


def score(judged: Sequence[Judged]) -> RewriteScore:
    """Sum up judged decisions.

    Raises
    ------
    NothingToScore
        If there is no turn among them.
    """
    if not judged:
        raise NothingToScore("no turn in which somebody spoke and whose truth is known")
    by_caller: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for turn in judged:
        counts = by_caller[turn.caller]
        counts[0] += turn.win
        counts[1] += turn.loss
        counts[2] += turn.defect_before
    wins, losses, defects = (sum(counts[kind] for counts in by_caller.values()) for kind in range(3))
    after = defects - wins + losses
    return RewriteScore(
        turns=len(judged),
        defects=defects,
        rewritten=sum(turn.rewritten for turn in judged),
        wins=wins,
        losses=losses,
        win_loss_ratio=wins / max(losses, 1),
        defect_rate_before=defects / len(judged),
        defect_rate_after=after / len(judged),
        defect_reduction=1 - after / defects if defects else 0.0,
        win_loss_ratio_interval=interval(by_caller, _ratio),
        defect_reduction_interval=interval(by_caller, _reduction),
    )


def _ratio(counts: npt.NDArray[np.int64]) -> float:
    return int(counts[0]) / max(int(counts[1]), 1)


def _reduction(counts: npt.NDArray[np.int64]) -> float:
    return (int(counts[0]) - int(counts[1])) / max(int(counts[2]), 1)


def curve(judged: Sequence[Judged], points: int = 40) -> list[dict[str, JsonValue]]:
    """Show what a higher threshold on the win probability would have given: ratio against defects removed.

    Parameters
    ----------
    judged
        Decisions; rewrites without a win probability are never cut off.
    points
        At most this many thresholds, spread evenly over the rewrites.

    Returns
    -------
    list of dict
        By falling threshold, so by growing share of defects removed where rewrites win: `threshold`,
        `rewritten`, `wins`, `losses`, `win_loss_ratio`, `defect_reduction`. The last one keeps every rewrite.
    """
    defects = sum(turn.defect_before for turn in judged)
    rewrites = [turn for turn in judged if turn.rewritten]
    sure = {id(turn): 1.0 if turn.win_probability is None else turn.win_probability for turn in rewrites}
    levels = sorted({sure[id(turn)] for turn in rewrites}, reverse=True)
    if len(levels) > points:
        levels = [levels[round(i * (len(levels) - 1) / (points - 1))] for i in range(points)]
    found: list[dict[str, JsonValue]] = []
    for threshold in levels:
        kept = [turn for turn in rewrites if sure[id(turn)] >= threshold]
        wins, losses = sum(turn.win for turn in kept), sum(turn.loss for turn in kept)
        found.append(
            {
                "threshold": threshold,
                "rewritten": len(kept),
                "wins": wins,
                "losses": losses,
                "win_loss_ratio": wins / max(losses, 1),
                "defect_reduction": (wins - losses) / defects if defects else 0.0,
            }
        )
    return found


def win_texts(judged: Iterable[Judged]) -> dict[str, JsonValue]:
    """Say from how many different texts the wins come, and how many of them the three commonest make.

    Returns
    -------
    dict
        For `source` and `target`: `distinct`, `top3` (text and wins) and `top3_share` of all wins.
    """
    wins = [turn for turn in judged if turn.win]
    return {
        side: _commonest_texts(Counter(texts), len(wins))
        for side, texts in (
            ("source", [turn.source for turn in wins]),
            ("target", [turn.target or "" for turn in wins]),
        )
    }


def _commonest_texts(texts: Counter[str], wins: int) -> JsonValue:
    top = sorted(texts.items(), key=lambda text: (-text[1], text[0]))[:3]
    return {
        "distinct": len(texts),
        "top3": [[text, count] for text, count in top],
        "top3_share": sum(count for _, count in top) / wins if wins else 0.0,
    }
