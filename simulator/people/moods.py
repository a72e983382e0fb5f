"""How somebody will take an answer, drawn before it is known what the answer is.

All chance of a reaction is drawn at once, by the turn that it is about. So with one answer or another (a rewrite
was applied, or not) it is the same person in the same mood that takes it.
"""

import math
from itertools import accumulate
from typing import NamedTuple

from simulator.dice import Dice
from simulator.people.homes import Customer
from simulator.world.schema import People

__all__ = ["CLEARER", "MORE", "OTHER", "SAME", "Mood", "style_of"]

SAME, CLEARER, OTHER, MORE = "same", "clearer", "other", "more"
_STYLES = (SAME, CLEARER, OTHER, MORE)
#: After the first failure callers of DSTC2 mostly change their words; who fails again repeats them more, or says more
#: (docs/simulator.md). Factors on the weights from the second failure on.
_LATER = (1.46, 1.46, 0.67, 1.59)
#: Of an answer that is plainly a failure ("sorry?") nobody needs to hear the end, but there is little to cut off.
_INTERRUPTS_SHORT = 0.25


class Mood(NamedTuple):
    """What chance decides about one reaction, each from 0 up to 1 but `haste`, which is a standard normal."""

    attention: float
    temper: float
    politeness: float
    persistence: float
    style: float
    grumpiness: float
    haste: float
    patience: float
    restlessness: float

    @classmethod
    def drawn(cls, dice: Dice) -> "Mood":
        """Draw the mood of a turn."""
        drawn = dice.branch("mood")
        uniform = drawn.uniform
        return cls(
            attention=uniform(),
            temper=uniform(),
            politeness=uniform(),
            persistence=uniform(),
            style=uniform(),
            grumpiness=uniform(),
            haste=drawn.normal(),
            patience=uniform(),
            restlessness=uniform(),
        )

    def takes_for_wrong(self, people: People, *, wrong: bool, plain: bool) -> bool:
        """Whether an answer is taken for a failure.

        Parameters
        ----------
        people
            How people are.
        wrong
            Whether it is one.
        plain
            Whether the assistant says so itself.
        """
        if plain:
            return True
        return self.attention < (people.notices if wrong else people.notices_nothing)

    def interrupts(self, people: People, *, taken_for_wrong: bool, plain: bool) -> bool:
        """Whether the answer is cut off."""
        often = people.interrupts_wrong if taken_for_wrong else people.interrupts_right
        return self.temper < often * (_INTERRUPTS_SHORT if plain else 1.0)

    def objects(self, people: People, *, plain: bool) -> bool:
        """Whether somebody says no before anything else; there is nothing to say no to where nothing was done."""
        return not plain and self.politeness < people.objects

    def complains(self, people: People) -> bool:
        """Whether somebody says what they think of it."""
        return self.grumpiness < people.complains

    def tries_again(self, people: People, customer: Customer, failures: int) -> bool:
        """Whether it is said again after so many failures."""
        if failures > len(people.tries_again):
            return False
        return self.persistence < people.tries_again[failures - 1] * customer.patience

    def waits(self, gap: tuple[float, float]) -> float:
        """Seconds until the next request: log-normal, by its median and the sigma of its logarithm."""
        median, sigma = gap
        return round(median * math.exp(sigma * self.haste), 2)


def style_of(mood: Mood, people: People, failures: int) -> str:
    """How a request is said again: in the same words, clearer, in other words, with more detail."""
    weights = (people.same_words, people.clearer, people.other_words, people.more_detail)
    if failures > 1:
        weights = tuple(  # type: ignore[assignment]
            weight * later for weight, later in zip(weights, _LATER, strict=True)
        )
    sums = tuple(accumulate(weights))
    if not sums[-1]:
        return SAME
    mark = mood.style * sums[-1]
    return next((name for name, upto in zip(_STYLES, sums, strict=True) if mark < upto), MORE)
