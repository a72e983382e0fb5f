"""What somebody wants: a kind of request and its values."""

from collections.abc import Mapping
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

from simulator.dice import Dice
from simulator.people.drift import Drift
from simulator.people.homes import Customer
from simulator.people.tastes import Tastes, is_wanted
from simulator.world import World
from simulator.world.schema import Habit, Intent, IntentKind, Item

__all__ = ["ANY", "Wish", "Wishes"]

#: The name of the item that means that any other will do.
ANY = "any"

#: How much rarer people ask for what makes no sense now (stop what does not play; a device that they lack), and
#: how much more often for what suits what goes on.
_SENSELESS, _SUITING = 0.02, 3.0
_TRIES = 20


class Wish(NamedTuple):
    """Something that is wanted.

    Attributes
    ----------
    intent
        The kind of request, as it is put.
    meant
        Name of the kind of request that it is, by what goes on; mostly the same.
    items
        The things that are wanted, by slot.
    values
        What this person calls them.
    """

    intent: Intent
    meant: str
    items: Mapping[str, Item]
    values: Mapping[str, str]

    def as_said(self, named: frozenset[str]) -> "Wish":
        """Give the wish without what was not said: nobody expects what they never asked for.

        What the assistant will ask for is kept; so is everything of a search, which is told bit by bit.
        """
        kept = {*named, *self.intent.asks}
        if self.intent.searches is not None or kept >= self.values.keys():
            return self
        return self._replace(
            items={slot: item for slot, item in self.items.items() if slot in kept},
            values={slot: value for slot, value in self.values.items() if slot in kept},
        )

    @property
    def unsupported(self) -> bool:
        """Whether nobody could serve it."""
        return self.intent.kind is IntentKind.UNSUPPORTED


class Wishes:
    """What the people of a world want.

    Parameters
    ----------
    world
        Its intents, slots and habits.
    tastes
        What each person likes.
    drift
        What is wanted more or less by day.
    """

    def __init__(self, world: World, tastes: Tastes, drift: Drift) -> None:
        self._world = world
        self._tastes = tastes
        self._drift = drift
        intents = world.file.intents
        self._wanted = tuple(each for each in intents if is_wanted(each))
        self._refused = tuple(each for each in intents if each.kind is IntentKind.UNSUPPORTED)
        self._deciding = frozenset(
            state
            for intent in self._wanted
            for state in (intent.starts, intent.stops, *intent.means_by_state)
            if state is not None
        )
        self._sums = lru_cache(maxsize=4_096)(self._drawn_sums)
        self._lacking = lru_cache(maxsize=4_096)(self._found_lacking)

    def draw(
        self, customer: Customer, day: int, states: tuple[str, ...], kinds: tuple[str, ...], dice: Dice
    ) -> Wish:
        """Draw what somebody wants now.

        Parameters
        ----------
        customer
            Who.
        day
            Day of the world.
        states
            What goes on around them.
        kinds
            The devices of their home.
        dice
            All chance of this wish.
        """
        what = dice.branch("what")
        if self._refused and what.chance(self._world.file.people.unsupported):
            intent = what.weighted(self._refused, [each.share for each in self._refused])
            return self.of(intent, customer, day, states, dice)
        for name, share in self._drift.rare(day):
            if what.chance(share):
                return self.of(self._world.intent(name), customer, day, states, dice)
        sums = self._sums(day, tuple(state for state in states if state in self._deciding))
        for _ in range(_TRIES):
            intent = self._tastes.intent(customer, sums, what)
            # Who lacks the device seldom thinks of it.
            if intent.needs_device is None or intent.needs_device in kinds or what.chance(_SENSELESS):
                break
        return self.of(intent, customer, day, states, dice)

    def of(self, intent: Intent, customer: Customer, day: int, states: tuple[str, ...], dice: Dice) -> Wish:
        """Draw the values of a wish of this kind."""
        slots = [*intent.slots]
        slots += [name for name, often in intent.optional.items() if dice.branch("has", name).chance(often)]
        return self._wish(intent, customer, day, states, slots, {}, dice)

    def by_habit(
        self, habit: Habit, customer: Customer, day: int, states: tuple[str, ...], dice: Dice
    ) -> Wish:
        """Give the wish of a habit: its own values, and favourites where it leaves them open."""
        intent = self._world.intent(habit.intent)
        values = {
            slot: next(item for item in self._world.file.slots[slot].items if item.name == value)
            for slot, value in habit.values.items()
        }
        for slot in intent.slots:
            if slot not in values:
                values[slot] = self._tastes.favourites(customer.customer_id, slot)[0]
        return self._wish(intent, customer, day, states, [], values, dice)

    def other(self, wish: Wish, customer: Customer, day: int, states: tuple[str, ...], dice: Dice) -> Wish:
        """Give the same wish with one value changed, or as it was where it has none: for another room, louder still."""
        if not wish.items:
            return wish._replace(meant=meaning_of(wish.intent, states))
        changed = dice.branch("which").pick(tuple(wish.items))
        kept = {slot: item for slot, item in wish.items.items() if slot != changed}
        # A song of another artist would say what the artist is: what hangs on the change is let go.
        kept = {slot: item for slot, item in kept.items() if changed not in item.of}
        if any(slot in wish.intent.slots and slot not in kept for slot in wish.items if slot != changed):
            return self.of(wish.intent, customer, day, states, dice)
        return self._wish(wish.intent, customer, day, states, [changed], kept, dice)

    def _wish(
        self,
        intent: Intent,
        customer: Customer,
        day: int,
        states: tuple[str, ...],
        slots: list[str],
        given: Mapping[str, Item],
        dice: Dice,
    ) -> Wish:
        items = dict(given)
        lacking = self._lacking(intent.name, frozenset((*slots, *given)))
        for slot in (*slots, *lacking):
            if slot in items:
                continue  # it came with another: a song has its artist
            item = self._tastes.item(customer, slot, day, dice.branch("item", slot))
            if item.name == ANY:
                continue  # who does not mind wants nothing there, and says so only when asked
            items[slot] = item
            for of, name in item.of.items():
                # Who wants a song and its artist wants the artist of that song.
                if of in items or of in slots:
                    named = name if isinstance(name, str) else name[0]
                    known = (
                        next((other for other in self._world.items(of, day) if other.name == named), None)
                        if of in self._world.file.slots
                        else None
                    )
                    items[of] = known or Item(name=named)
        for slot in given:
            for of, name in given[slot].of.items():
                if of in items and of not in given:
                    items[of] = Item(name=name if isinstance(name, str) else name[0])
        return Wish(
            intent=intent,
            meant=meaning_of(intent, states),
            items=items,
            values={slot: self._tastes.called(customer, item) for slot, item in items.items()},
        )

    def _found_lacking(self, intent: str, slots: frozenset[str]) -> tuple[str, ...]:
        """Give the slots without which a wish for these cannot be put into words."""
        said = [each.slots for each in self._world.phrasings(intent) if not each.from_day and each.weight]
        if any(each <= slots for each in said):
            return ()
        least: frozenset[str] = min(
            (each - slots for each in said), key=lambda left: (len(left), sorted(left))
        )
        return tuple(sorted(least))

    def _drawn_sums(self, day: int, states: tuple[str, ...]) -> tuple[float, ...]:
        factors = self._drift.intents(day)
        return tuple(
            accumulate(
                intent.share * factors.get(intent.name, 1.0) * _sense(intent, states)
                for intent in self._wanted
            )
        )


def meaning_of(intent: Intent, states: tuple[str, ...]) -> str:
    """Give what a request means by what goes on: the first of its states that is on decides."""
    for state, meant in intent.means_by_state.items():
        if state in states:
            return meant
    return intent.name


def _sense(intent: Intent, states: tuple[str, ...]) -> float:
    if intent.stops is not None:
        return _SUITING if intent.stops in states else _SENSELESS
    if intent.means_by_state:
        return _SUITING if any(state in states for state in intent.means_by_state) else _SENSELESS
    if intent.starts is not None and intent.starts in states:
        return 0.5
    return 1.0
