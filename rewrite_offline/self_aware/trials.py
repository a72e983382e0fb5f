"""Trials: times that a request was rewritten, or left alone, and how it ended."""

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

__all__ = ["DAY", "Trial", "newest"]

#: Microseconds of a day.
DAY = 86_400_000_000


class Trial(NamedTuple):
    """A request that was rewritten, or left alone.

    Attributes
    ----------
    time
        Microseconds since 1970.
    turn_id
        Decides the order of trials of one moment.
    person
        Whose vote it is.
    success
        P(success).
    """

    time: int
    turn_id: str
    person: str
    success: float


def newest(trials: Iterable[Trial], cap: int) -> list[Trial]:
    """Give each person's newest trials, `cap` at most, oldest first.

    One customer who says the same all day is one voice. The newest count, and not a share of each: what changed today
    must be seen today.
    """
    found: defaultdict[str, list[Trial]] = defaultdict(list)
    for trial in trials:
        found[trial.person].append(trial)
    return sorted(trial for theirs in found.values() for trial in sorted(theirs)[-cap:])
