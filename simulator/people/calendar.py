"""When somebody speaks to the assistant: by the hour, and by habit."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import accumulate

from simulator.dice import Dice
from simulator.people.drift import Drift
from simulator.people.homes import Customer, Home
from simulator.world import World
from simulator.world.schema import Habit

__all__ = ["Calendar", "Plan"]

_HOUR, _DAY = 3_600.0, 86_400.0
#: Nobody begins in the last minutes of a day (UTC), so that what is begun on a day ends on it.
_LAST = _DAY - 900.0
#: Minutes by which people are early or late for a habit (standard deviation).
_PUNCTUAL = 8.0


@dataclass(frozen=True, slots=True)
class Plan:
    """Somebody will speak.

    Attributes
    ----------
    at
        Second of the day, UTC.
    name
        What this is called among the person's talks of the day: part of the key of all its chance.
    habit
        Number of the habit that it is about, if it is about one.
    overheard
        Nobody speaks to the assistant, but it wakes up.
    """

    at: float
    name: str
    habit: int | None = None
    overheard: bool = False


class Calendar:
    """The talks of a day.

    Parameters
    ----------
    world
        How much people talk, at which hours, and their habits.
    seed
        Decides who has which habit.
    drift
        Which days are busy.
    """

    def __init__(self, world: World, seed: int, drift: Drift) -> None:
        self._people = world.file.people
        self._habits = world.file.habits
        # On a telephone line the talk around is heard in calls (simulation/call.py).
        self._wakes = 0.0 if world.file.line else world.file.assistant.wakes_falsely
        self._seed = seed
        self._drift = drift
        self._first = world.file.first_day.toordinal()
        self._hours = tuple(accumulate(self._people.hours))
        self._after: dict[str, tuple[int, ...]] = {}
        for number, habit in enumerate(self._habits):
            if habit.after is not None:
                self._after[habit.after] = (*self._after.get(habit.after, ()), number)
        self._habits_of = lru_cache(maxsize=100_000)(self._drawn_habits)

    def plans(self, home: Home, customer: Customer, day: int, dice: Dice) -> Iterator[Plan]:
        """Draw what a person does on a day, in no order."""
        mean = customer.activity * self._drift.busyness(day)
        for number in range(_poisson(mean, dice.branch("sessions").uniform())):
            chance = dice.branch("session", number)
            yield Plan(self._time(home, customer, chance), f"s{number}")
            for wake in range(_poisson(self._wakes, chance.uniform())):
                yield Plan(round(chance.between(0.0, _LAST), 1), f"w{number}.{wake}", overheard=True)
        for number in self._habits_of(customer.customer_id):
            habit = self._habits[number]
            if habit.hour is None:
                continue
            chance = dice.branch("habit", number)
            if not chance.chance(habit.probability):
                continue
            late = 60.0 * (30.0 + _PUNCTUAL * chance.normal())
            at = round((habit.hour * _HOUR + late - home.utc_offset_minutes * 60.0) % _DAY, 1)
            if at < _LAST and self._is_on(habit, day, at, home):
                yield Plan(at, f"h{number}", habit=number)

    def after(self, intent: str, customer: Customer) -> tuple[int, ...]:
        """Give the numbers of a person's habits that follow a request."""
        following = self._after.get(intent, ())
        return following and tuple(
            each for each in following if each in self._habits_of(customer.customer_id)
        )

    def _drawn_habits(self, customer_id: str) -> tuple[int, ...]:
        """Draw the habits that a person has: always or never."""
        return tuple(
            number
            for number, habit in enumerate(self._habits)
            if Dice(self._seed, "habit", number, customer_id).chance(habit.people)
        )

    def _time(self, home: Home, customer: Customer, dice: Dice) -> float:
        hour = dice.weighted(range(24), cumulative=self._hours) - customer.early
        second = (hour + dice.uniform()) * _HOUR - home.utc_offset_minutes * 60.0
        return round(second % _DAY * (_LAST / _DAY), 1)

    def _is_on(self, habit: Habit, day: int, at: float, home: Home) -> bool:
        if not habit.weekdays:
            return True
        here = int((at + home.utc_offset_minutes * 60.0) // _DAY)
        return date.fromordinal(self._first + day + here).weekday() in habit.weekdays


def _poisson(mean: float, uniform: float) -> int:
    """Count by inversion: the more is expected, the more happens, for the same chance."""
    term = total = math.exp(-mean)
    count = 0
    while uniform >= total and count < 200:
        count += 1
        term *= mean / count
        total += term
    return count
