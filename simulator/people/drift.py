"""What changes on a day of the world, as far as it changes what people want and say."""

from functools import lru_cache

from simulator.dice import Dice
from simulator.world import World
from simulator.world.schema import DriftKind

__all__ = ["Drift"]


class Drift:
    """The world's drift script, asked by day.

    Parameters
    ----------
    world
        Its `drift` table.
    seed
        Decides who takes part in a change.
    """

    def __init__(self, world: World, seed: int) -> None:
        self._events = world.file.drift
        self._seed = seed
        self._intents_of = lru_cache(maxsize=4)(self._found_intents)
        self._rare_of = lru_cache(maxsize=4)(self._found_rare)
        self._items_of = lru_cache(maxsize=1_024)(self._found_items)

    def busyness(self, day: int) -> float:
        """Give the factor on all sessions of a day."""
        factor = 1.0
        for event in self._events:
            if event.kind is DriftKind.TRAFFIC and event.about is None and 0 <= day - event.day < event.days:
                factor *= event.factor
        return factor

    def intents(self, day: int) -> dict[str, float]:
        """Give the factors on how often intents are wanted on a day."""
        return self._intents_of(day)

    def rare(self, day: int) -> tuple[tuple[str, float], ...]:
        """Give the rare intents of a day, and the share of the wishes that they have on it."""
        return self._rare_of(day)

    def items(self, slot: str, day: int) -> tuple[tuple[str, float], ...]:
        """Give the items of a slot that are talked about since they came, and their share of it."""
        return self._items_of(slot, day)

    def _found_rare(self, day: int) -> tuple[tuple[str, float], ...]:
        return tuple(
            (event.about, event.share)
            for event in self._events
            if event.kind is DriftKind.RARE
            and event.about is not None
            and day in (event.day, event.day + event.days)
        )

    def _found_items(self, slot: str, day: int) -> tuple[tuple[str, float], ...]:
        return tuple(
            (event.about, event.share)
            for event in self._events
            if event.kind is DriftKind.ITEM
            and event.slot == slot
            and event.about is not None
            and event.available
            and event.day <= day
        )

    def slang(self, customer_id: str, day: int) -> frozenset[str]:
        """Give the wordings, as the file has them, that a person has taken to."""
        return frozenset(
            event.about
            for place, event in enumerate(self._events)
            if event.kind is DriftKind.SLANG
            and event.about is not None
            and event.day <= day
            and Dice(self._seed, "slang", place, customer_id).chance(event.share)
        )

    def _found_intents(self, day: int) -> dict[str, float]:
        factors: dict[str, float] = {}
        for event in self._events:
            if event.about is None:
                continue
            if event.kind is DriftKind.TRAFFIC and 0 <= day - event.day < event.days:
                factors[event.about] = factors.get(event.about, 1.0) * event.factor
            elif event.kind is DriftKind.RARE:
                factors[event.about] = 0.0
        return factors
