"""Who lives in the sample households: homes, their devices, and people with favourites and habits."""

from dataclasses import dataclass

from simulator.sample_log.acts import ACTS, Act, Wording
from simulator.sample_log.catalogue import CATALOGUE
from simulator.sample_log.dice import Dice
from streams.records import Device

__all__ = ["Customer", "Home", "Wish", "settle"]

_KINDS = (("speaker", False), ("display", True), ("speaker", False), ("phone", True))
_OFFSETS = (-300, -360, -420, -480)


@dataclass(frozen=True, slots=True)
class Home:
    """A home with its devices, by id."""

    home_id: str
    utc_offset_minutes: int
    devices: tuple[tuple[str, Device], ...]


@dataclass(frozen=True, slots=True)
class Wish:
    """What a customer wants: a kind of request and its values."""

    act: Act
    values: dict[str, str]


@dataclass(frozen=True, slots=True)
class Customer:
    """One person.

    Attributes
    ----------
    clarity
        Factor on the probability of being misheard.
    patience
        Probability of trying again after a request that was not met.
    favourites
        Slot to the values that this person mostly asks for.
    habits
        Name of a kind of request to the wording that this person mostly uses.
    activity
        Mean number of sessions a day.
    """

    customer_id: str
    home: Home
    clarity: float
    patience: float
    favourites: dict[str, tuple[str, ...]]
    habits: dict[str, Wording]
    activity: float

    def wishes(self, dice: Dice) -> Wish:
        """Draw what this person wants now."""
        act = dice.weighted(ACTS, [act.share for act in ACTS])
        return Wish(act, {slot: self._value(slot, dice) for slot in act.slots})

    def words(self, act: Act, dice: Dice) -> Wording:
        """Draw how this person says such a request at first."""
        if dice.chance(0.55):
            return self.habits[act.name]
        return dice.weighted(act.wordings, [wording.weight for wording in act.wordings])

    def _value(self, slot: str, dice: Dice) -> str:
        if dice.chance(0.6):
            return dice.popular(self.favourites[slot])
        return dice.popular(CATALOGUE[slot])


def settle(customers: int, dice: Dice) -> list[Customer]:
    """Fill homes with one to three people each, until there are that many customers."""
    people: list[Customer] = []
    while len(people) < customers:
        home = _home(len(people), dice)
        for _ in range(min(dice.weighted((1, 2, 3), (5, 4, 1)), customers - len(people))):
            people.append(_customer(len(people), home, dice))
    return people


def _home(number: int, dice: Dice) -> Home:
    rooms = dict.fromkeys(dice.popular(CATALOGUE["room"]) for _ in range(dice.pick((1, 2, 3))))
    devices = []
    for rank, room in enumerate(rooms):
        kind, screen = dice.pick(_KINDS)
        devices.append((f"d{number:03}{'abc'[rank]}", Device(type=kind, screen=screen, place=room)))
    return Home(f"h{number:03}", dice.pick(_OFFSETS), tuple(devices))


def _customer(number: int, home: Home, dice: Dice) -> Customer:
    return Customer(
        customer_id=f"c{number:03}",
        home=home,
        clarity=round(dice.between(0.4, 1.8), 2),
        patience=round(dice.between(0.5, 0.9), 2),
        favourites={
            slot: tuple(dict.fromkeys(dice.popular(values) for _ in range(4)))
            for slot, values in CATALOGUE.items()
        },
        habits={
            act.name: dice.weighted(act.wordings, [wording.weight for wording in act.wordings])
            for act in ACTS
        },
        activity=round(2.6 * dice.between(0.1, 1.0) * dice.between(0.2, 1.0), 2),
    )
