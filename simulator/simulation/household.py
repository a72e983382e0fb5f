"""A home, day by day: who speaks when, what carries over, and what is noted."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from heapq import heapify, heappop, heappush
from typing import Any

from pydantic import JsonValue

from simulator.dice import Dice
from simulator.people import Customer, Home, Memory, Plan, Spoken, Surroundings, Wish
from simulator.simulation.call import Call
from simulator.simulation.cast import Cast
from simulator.simulation.drafts import Draft, Goal
from simulator.simulation.pursuit import Pursuit
from simulator.simulation.talk import Talk
from streams.records import Interpretation, Signal

__all__ = ["Household"]

_DAY = 86_400.0
#: Who comes back to a goal does so after so many seconds, on average, and not sooner than this.
_COMES_BACK, _NOT_BEFORE = 5_400.0, 600.0
#: Nobody asks for more of the kind, or for something else in its place, more often than this in a row.
_MOST_IN_A_ROW = 3


@dataclass(frozen=True, slots=True)
class _Return:
    """A goal that was given up, to be taken up again."""

    wish: Wish
    goal: Goal


@dataclass(order=True, slots=True)
class _Due:
    """Something that somebody will do."""

    at: float
    place: int
    name: str
    plan: Plan = field(compare=False)
    comes_back: _Return | None = field(compare=False, default=None)


class Household:
    """One home of a simulation.

    Parameters
    ----------
    cast
        What all homes have in common.
    home
        Who lives here.
    """

    def __init__(self, cast: Cast, home: Home) -> None:
        self.home = home
        self._cast = cast
        self._dice = Dice(cast.seed, "days of", home.home_id)
        self._surroundings = Surroundings(cast.world, self._dice.branch("ambient"), home.utc_offset_minutes)
        self._memory = Memory()
        self._drafts: list[Draft] = []
        self._signals: list[Signal] = []
        self._due: list[_Due] = []
        self._kinds, self._devices = home.kinds(0), home.listening(0)

    def live(self, day: int) -> tuple[list[Draft], list[Signal]]:
        """Live one day; days come in order.

        Returns
        -------
        tuple[list[Draft], list[Signal]]
            What was said and became known, in no order.
        """
        self._drafts, self._signals = [], []
        self._surroundings.forget(day * _DAY)
        self._kinds, self._devices = self.home.kinds(day), self.home.listening(day)
        for place, customer in enumerate(self.home.customers):
            chance = self._dice.branch("day", day, place)
            for plan in self._cast.calendar.plans(self.home, customer, day, chance):
                self._due.append(_Due(plan.at, place, plan.name, plan))
        heapify(self._due)
        free = [0.0] * len(self.home.customers)
        while self._due:
            due = heappop(self._due)
            at = max(due.at, free[due.place])
            if at < _DAY - 120.0:
                free[due.place] = self._talk(due, day, at) + 5.0
        return self._drafts, self._signals

    def to_json(self) -> dict[str, JsonValue]:
        """Give what must be kept from day to day; nothing where there is nothing."""
        told: dict[str, Any] = {}
        if learned := self._memory.to_json():
            told["learned"] = learned
        if switched := self._surroundings.to_json():
            told["switched"] = switched
        return told

    def restore(self, told: Mapping[str, Any]) -> None:
        """Take what `to_json` gave."""
        self._memory.restore(told.get("learned", {}))
        self._surroundings.restore(told.get("switched", {}))

    def _talk(self, due: _Due, day: int, at: float) -> float:
        """Hold one talk; return when it ended, in seconds of the day."""
        customer = self.home.customers[due.place]
        dice = self._dice.branch("talk", day, due.place, due.name)
        talk = Talk(
            cast=self._cast,
            home=self.home,
            customer=customer,
            surroundings=self._surroundings,
            memory=self._memory,
            day=day,
            clock=day * _DAY + at,
            dice=dice,
            kinds=self._kinds,
            devices=self._devices,
        )
        if due.plan.overheard:
            self._overhear(talk)
        elif self._cast.world.file.line:
            Call(talk).run()
        else:
            self._home_talk(talk, customer, due)
        self._drafts += talk.drafts
        self._signals += talk.signals
        return talk.clock - day * _DAY

    def _overhear(self, talk: Talk) -> None:
        """Wake up although nobody spoke to the assistant; who is there may stop it."""
        goal = Goal(f"g{talk.dice.number:016x}")
        text = talk.dice.branch("overheard").pick(self._cast.world.file.assistant.overheard or ("and then",))
        heard = talk.turn(Spoken(text, Interpretation()), goal, talk.dice.branch("wake"), speech=False)
        people = self._cast.world.file.people
        notices = heard.mood.takes_for_wrong(people, wrong=heard.answer.defect, plain=heard.plain)
        cut = notices and heard.mood.interrupts(people, taken_for_wrong=True, plain=heard.plain)
        talk.finish(heard, cut=cut)

    def _home_talk(self, talk: Talk, customer: Customer, due: _Due) -> None:
        people = self._cast.world.file.people
        wish, goal = self._begun(talk, customer, due)
        said: Spoken | None = None
        number, row = 0, 0
        while True:
            chance = talk.dice.branch("goal", number)
            if wish is None:
                wish = self._cast.wishes.draw(
                    customer, talk.day, talk.states(), talk.kinds, chance.branch("wish")
                )
            goal = goal or Goal(f"g{chance.number:016x}")
            pursuit = Pursuit(talk, wish, goal, chance.branch("pursuit"))
            met = pursuit.run(said)
            if not met:
                self._perhaps_later(talk, due, pursuit, number, chance)
            if talk.over or number > 20:
                return
            after = chance.branch("following")
            more, goes_on = after.uniform(), after.uniform()
            following = self._follows(talk, customer, pursuit, more, row, chance) if met else None
            number += 1
            if following is not None:
                wish, said = following
                row += 1
            elif goes_on < 1.0 - 1.0 / people.goals_a_session:
                wish, said, row = None, None, 0
            else:
                return
            goal = None
            median, sigma = people.gap_goals
            talk.wait(median * math.exp(sigma * after.normal()))

    def _begun(self, talk: Talk, customer: Customer, due: _Due) -> tuple[Wish | None, Goal | None]:
        if due.comes_back is not None:
            return due.comes_back.wish, due.comes_back.goal
        if due.plan.habit is None:
            return None, None
        habit = self._cast.world.file.habits[due.plan.habit]
        return self._cast.wishes.by_habit(
            habit, customer, talk.day, talk.states(), talk.dice.branch("habit")
        ), None

    def _follows(
        self, talk: Talk, customer: Customer, pursuit: Pursuit, mark: float, row: int, chance: Dice
    ) -> tuple[Wish, Spoken | None] | None:
        """Give the wish that comes of the last one: a habit, more of it, or something else in its place."""
        cast, wish = self._cast, pursuit.wish
        for number in cast.calendar.after(wish.meant, customer):
            habit = cast.world.file.habits[number]
            if chance.branch("habit", number).chance(habit.probability):
                drawn = chance.branch("habit wish", number)
                return cast.wishes.by_habit(habit, customer, talk.day, talk.states(), drawn), None
        people = cast.world.file.people
        if row >= _MOST_IN_A_ROW or mark >= people.changes_mind + people.asks_for_more or wish.unsupported:
            return None
        other = cast.wishes.other(wish, customer, talk.day, talk.states(), chance.branch("other"))
        if mark < people.changes_mind and not wish.items:
            return None  # there is nothing else of the kind to want
        return other, cast.words.alike(other, pursuit.first)

    def _perhaps_later(self, talk: Talk, due: _Due, pursuit: Pursuit, number: int, chance: Dice) -> None:
        """Come back to what was given up, later on the same day."""
        later = chance.branch("comes back")
        if due.comes_back is not None or pursuit.wish.unsupported:
            return
        if not later.chance(self._cast.world.file.people.comes_back):
            return
        at = round(talk.clock % _DAY + _NOT_BEFORE + later.exponential(_COMES_BACK), 1)
        if at < _DAY - 900.0:
            plan = replace(due.plan, at=at, name=f"{due.name}.{number}", habit=None)
            heappush(self._due, _Due(at, due.place, plan.name, plan, _Return(pursuit.wish, pursuit.goal)))
