"""The figures of an arm, beside those of the arm without rewriting."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
from pydantic import JsonValue

from evaluation.ab.bands import BANDS
from evaluation.ab.seen import Seen
from evaluation.metrics.bootstrap import interval

__all__ = ["arm_figures", "course", "harm"]

_Counts = npt.NDArray[np.int64]

#: What is counted of a customer, in this order.
_KINDS = ("requests", "defects", "rewritten", "rewritten_defects", "rewritten_without", "wins", "losses")


def arm_figures(
    seen: Sequence[Seen], off: Sequence[Seen], band: Callable[[str], str]
) -> dict[str, JsonValue]:
    """Sum up an arm.

    Parameters
    ----------
    seen
        The requests of the arm.
    off
        Those of the same people and days without rewriting.
    band
        Text → band.

    Returns
    -------
    dict
        Counts; `defect_rate` and `defect_reduction` (1 - defect rate / that without rewriting), each with `_low` and
        `_high`, 95% by bootstrap over customers; `defect_reduction_on_rewritten` (of the requests that were
        rewritten, against the same requests left alone); `win_loss_ratio`, where no loss counts as one;
        `share_rewritten`; `requests_until_goal` (over goals that were met); `harm`; all this by `bands` too, where a
        goal is of the band of its first request.
    """
    first = {one.goal_id: band(one.text) for one in reversed(seen) if one.goal_id is not None}
    figures = _all(seen, off, seen)
    figures["bands"] = {
        name: _all(
            [one for one in seen if band(one.text) == name],
            [one for one in off if band(one.text) == name],
            [one for one in seen if one.goal_id is not None and first[one.goal_id] == name],
        )
        for name in BANDS
    }
    return figures


def _all(seen: Sequence[Seen], off: Sequence[Seen], of_goals: Sequence[Seen]) -> dict[str, JsonValue]:
    figures = _sums(seen, off)
    figures["requests_until_goal"] = _requests_until_goal(of_goals)
    if any(one.rewrite for one in seen):
        figures["harm"] = harm(seen)
    return figures


def course(seen: Iterable[Seen]) -> dict[int, dict[str, JsonValue]]:
    """Give the figures day by day."""
    days: defaultdict[int, _Counts] = defaultdict(lambda: np.zeros(len(_KINDS), np.int64))
    for one in seen:
        days[one.day] += _counts(one)
    return {day: _rates(days[day]) for day in sorted(days)}


def harm(seen: Iterable[Seen], most: int = 20) -> list[JsonValue]:
    """Name the sources whose rewrites lost more than they won, the worst first."""
    wins: Counter[tuple[str, str]] = Counter()
    losses: Counter[tuple[str, str]] = Counter()
    for one in seen:
        if one.rewrite is not None:
            wins[one.text, one.rewrite] += one.win
            losses[one.text, one.rewrite] += one.loss
    worst = sorted((wins[pair] - losses[pair], pair) for pair in losses if losses[pair] > wins[pair])
    return [
        {"source": pair[0], "target": pair[1], "wins": wins[pair], "losses": losses[pair]}
        for _, pair in worst[:most]
    ]


def _counts(one: Seen) -> _Counts:
    rewritten = one.rewrite is not None
    return np.array(
        (
            1,
            one.defect,
            rewritten,
            rewritten and one.defect,
            rewritten and one.defect_without,
            one.win,
            one.loss,
        ),
        np.int64,
    )


def _by_customer(seen: Iterable[Seen]) -> dict[str, _Counts]:
    found: defaultdict[str, _Counts] = defaultdict(lambda: np.zeros(len(_KINDS), np.int64))
    for one in seen:
        found[one.customer_id] += _counts(one)
    return found


def _sums(seen: Sequence[Seen], off: Sequence[Seen]) -> dict[str, JsonValue]:
    here, there = _by_customer(seen), _by_customer(off)
    nothing = np.zeros(len(_KINDS), np.int64)
    pairs: Mapping[str, Sequence[int]] = {
        customer: [*map(int, here.get(customer, nothing)), *map(int, there.get(customer, nothing)[:2])]
        for customer in {*here, *there}
    }
    figures = _rates(np.sum([*here.values(), nothing], axis=0))
    if not pairs or not figures["requests"]:
        return figures
    figures["defect_rate_low"], figures["defect_rate_high"] = interval(
        pairs, lambda sums: _share(sums[1], sums[0])
    )
    reduction = _reduction(np.sum([np.array(counts) for counts in pairs.values()], axis=0))
    figures["defect_reduction"] = reduction
    figures["defect_reduction_low"], figures["defect_reduction_high"] = interval(pairs, _reduction)
    if figures["rewritten"]:
        figures["win_loss_ratio_low"], figures["win_loss_ratio_high"] = interval(
            pairs, lambda sums: float(sums[5] / max(sums[6], 1))
        )
    return figures


def _rates(counts: _Counts) -> dict[str, JsonValue]:
    figures: dict[str, JsonValue] = {name: int(count) for name, count in zip(_KINDS, counts, strict=True)}
    figures["defect_rate"] = _share(counts[1], counts[0])
    figures["share_rewritten"] = _share(counts[2], counts[0])
    if counts[2]:
        figures["win_loss_ratio"] = float(counts[5] / max(counts[6], 1))
        figures["defect_reduction_on_rewritten"] = 1.0 - _share(counts[3], counts[4])
    return figures


def _share(part: int, whole: int) -> float:
    return float(part / whole) if whole else 0.0


def _reduction(sums: _Counts) -> float:
    """One less the ratio of the defect rates: with rewriting (sums 1 and 0), without it (the last two)."""
    before = _share(int(sums[-1]), int(sums[-2]))
    return 1.0 - _share(int(sums[1]), int(sums[0])) / before if before else 0.0


def _requests_until_goal(seen: Iterable[Seen]) -> float | None:
    goals: Counter[str] = Counter(one.goal_id for one in seen if one.met and one.goal_id is not None)
    return goals.total() / len(goals) if goals else None
