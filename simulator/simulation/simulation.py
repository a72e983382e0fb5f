"""A world lived through, day by day."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import JsonValue

from simulator.assistant import Assistant
from simulator.people import settle
from simulator.simulation.cast import Cast
from simulator.simulation.drafts import Draft
from simulator.simulation.household import Household
from simulator.simulation.rewriting import Rewriting
from simulator.world import World
from streams.records import Signal, Turn
from streams.truth import Truth

__all__ = ["Day", "Simulation"]


@dataclass(frozen=True, slots=True)
class Day:
    """What was said on a day, what became known of it, and what really happened.

    Attributes
    ----------
    number
        From 0.
    turns
        In order of time.
    signals
        Of these turns, in order of time; some come after midnight.
    truths
        One a turn, in the order of the turns.
    """

    number: int
    turns: tuple[Turn, ...]
    signals: tuple[Signal, ...]
    truths: tuple[Truth, ...]


class Simulation:
    """People of a world and their assistant.

    Chance is keyed by what it is about: two simulations of one world and seed differ only where something else
    differs, and in what follows from it.

    Parameters
    ----------
    world
        Where they live.
    seed
        The same seed gives the same days, on every machine.
    customers, days
        How many people, and how long; None: as many, and as long, as the world says.
    rewriting
        Asked before every NLU.
    assistant
        Who answers; None: the world's, which is the same for every seed.
    homes
        Which homes, by number; None: all.

    Examples
    --------
    >>> from simulator.world import load_world
    >>> day = Simulation(load_world("household-small"), 7, customers=5).day(0)
    >>> len(day.turns) == len(day.truths)
    True
    """

    def __init__(
        self,
        world: World,
        seed: int,
        *,
        customers: int | None = None,
        days: int | None = None,
        rewriting: Rewriting | None = None,
        assistant: Assistant | None = None,
        homes: Callable[[int], bool] | None = None,
    ) -> None:
        self.world = world
        self.days = world.file.days if days is None else days
        self.next_day = 0
        self._cast = Cast.of(world, seed, assistant or Assistant(world), rewriting)
        count = world.file.customers if customers is None else customers
        self._households = [
            Household(self._cast, home)
            for home in settle(world, seed, count)
            if homes is None or homes(home.number)
        ]

    def __iter__(self) -> Iterator[Day]:
        """Give the days that are left."""
        while self.next_day < self.days:
            yield self.day(self.next_day)

    def day(self, number: int) -> Day:
        """Live a day; those that were left out before it are lived too.

        Raises
        ------
        ValueError
            It is over already: what people had learned on the day before is not kept.
        """
        if number < self.next_day:
            raise ValueError(f"day {number} is over; a new Simulation begins with day 0")
        while self.next_day < number:
            self.live()
        drafts, signals = self.live()
        return Day(
            number=number,
            turns=tuple(draft.turn_record() for draft in drafts),
            signals=tuple(signals),
            truths=tuple(draft.truth_record() for draft in drafts),
        )

    def live(self) -> tuple[list[Draft], list[Signal]]:
        """Live the next day, and give it without making records of it.

        Returns
        -------
        tuple[list[Draft], list[Signal]]
            In order of time.
        """
        drafts: list[Draft] = []
        signals: list[Signal] = []
        for household in self._households:
            said, known = household.live(self.next_day)
            drafts += said
            signals += known
        drafts.sort(key=lambda draft: draft.place)
        signals.sort(key=lambda signal: (signal.time, signal.signal_id))
        self.next_day += 1
        return drafts, signals

    def to_json(self) -> dict[str, JsonValue]:
        """Give what must be kept to go on another time."""
        homes: dict[str, JsonValue] = {
            household.home.home_id: told for household in self._households if (told := household.to_json())
        }
        return {"next_day": self.next_day, "homes": homes}

    def restore(self, told: Mapping[str, Any]) -> None:
        """Go on from what `to_json` gave, of these homes or of more."""
        self.next_day = int(told["next_day"])
        for household in self._households:
            household.restore(told["homes"].get(household.home.home_id, {}))
