"""What one person likes, has got used to, and calls things: it stays, and is not what the crowd likes."""

from functools import lru_cache
from itertools import accumulate

from simulator.dice import Dice
from simulator.people.drift import Drift
from simulator.people.homes import Customer
from simulator.world import World
from simulator.world.schema import Intent, IntentKind, Item

__all__ = ["Tastes", "is_wanted"]

#: Every person has some kinds of request that they come back to, and this is how often.
_USUAL, _USUAL_COUNT = 0.35, 3


class Tastes:
    """Likings of all people of a world.

    Nothing is kept for a person but in a cache: likings are drawn by the person's id and what they are about.

    Parameters
    ----------
    world, seed
        The same give the same likings.
    drift
        What is talked about by day.
    """

    def __init__(self, world: World, seed: int, drift: Drift) -> None:
        self._world = world
        self._seed = seed
        self._drift = drift
        self._wanted = tuple(intent for intent in world.file.intents if is_wanted(intent))
        self._places = {intent.name: place for place, intent in enumerate(self._wanted)}
        self._sums = tuple(accumulate(intent.share for intent in self._wanted))
        self._favourites_of = lru_cache(maxsize=200_000)(self._drawn_favourites)
        self._usual_of = lru_cache(maxsize=100_000)(self._drawn_usual)
        self._popularity = lru_cache(maxsize=1_000)(self._drawn_popularity)

    def item(self, customer: Customer, slot: str, day: int, dice: Dice) -> Item:
        """Draw a value that this person wants on a day: the talk of the day, a favourite, or what all like."""
        told = self._world.file.slots[slot]
        there = self._world.items(slot, day)
        for name, share in self._drift.items(slot, day):
            if dice.chance(share):
                return next((item for item in there if item.name == name), there[0])
        if dice.chance(told.personal):
            liked = self.favourites(customer.customer_id, slot)
            return liked[min(int(dice.uniform() * dice.uniform() * len(liked)), len(liked) - 1)]
        return dice.weighted(there, cumulative=self._popularity(slot, len(there), told.tail))

    def called(self, customer: Customer, item: Item) -> str:
        """Give the name by which this person calls a thing: always the same."""
        if not item.also:
            return item.name
        names = (item.name, *item.also)
        chance = Dice(self._seed, "called", customer.customer_id, item.name)
        return chance.weighted(names, [1.0 / (rank + 1) for rank in range(len(names))])

    def favourites(self, customer_id: str, slot: str) -> tuple[Item, ...]:
        """Give what a person likes most: some of the first day's items, with half the crowd's respect for rank."""
        return self._favourites_of(customer_id, slot)

    def _drawn_favourites(self, customer_id: str, slot: str) -> tuple[Item, ...]:
        told = self._world.file.slots[slot]
        there = self._world.items(slot, 0)
        sums = self._popularity(slot, len(there), told.tail / 2.0)
        dice = Dice(self._seed, "favourites", customer_id, slot)
        drawn = (dice.weighted(there, cumulative=sums) for _ in range(told.favourites))
        return tuple({(item.name, *item.of): item for item in drawn}.values())

    def _drawn_usual(self, customer_id: str) -> tuple[Intent, ...]:
        dice = Dice(self._seed, "usual", customer_id)
        return tuple(dice.weighted(self._wanted, cumulative=self._sums) for _ in range(_USUAL_COUNT))

    def intent(self, customer: Customer, sums: tuple[float, ...], dice: Dice) -> Intent:
        """Draw a kind of request: one that this person comes back to, or any.

        Parameters
        ----------
        customer
            Who.
        sums
            Running sums of the weights of the intents that are wanted, in the order of the world.
        dice
            All chance of it.
        """
        if dice.chance(_USUAL):
            usual = dice.pick(self._usual_of(customer.customer_id))
            place = self._places[usual.name]
            weight = sums[place] - (sums[place - 1] if place else 0.0)
            # What is out of the question now, since nothing plays, is so for those who like it too.
            if weight >= usual.share / 2.0:
                return usual
        return dice.weighted(self._wanted, cumulative=sums)

    @staticmethod
    def _drawn_popularity(slot: str, count: int, tail: float) -> tuple[float, ...]:
        return tuple(accumulate(1.0 / (rank + 2.0) ** tail for rank in range(count)))


def is_wanted(intent: Intent) -> bool:
    """Whether somebody may want this to begin with: no courtesy, and no question about what was found."""
    if intent.kind in (IntentKind.CHAT, IntentKind.UNSUPPORTED):
        return False
    return not intent.tells and (intent.searches is None or bool(intent.slots or intent.optional))
