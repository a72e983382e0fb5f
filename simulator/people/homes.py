"""Who lives where, with which devices; and what of that changes with the days."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from simulator.dice import Dice
from simulator.world import World
from simulator.world.schema import DeviceKind, DriftKind, Homes

__all__ = ["Customer", "Home", "Placed", "settle"]

#: A home with k devices has another one as often as this.
_ANOTHER = 0.6


@dataclass(frozen=True, slots=True)
class Placed:
    """A device, where it stands, and since when the home has it."""

    device_id: str
    kind: DeviceKind
    room: str | None
    from_day: int = 0


@dataclass(frozen=True, slots=True)
class Customer:
    """One person, as far as it stays the same.

    Attributes
    ----------
    clarity
        Factor on the channel's noise when this person speaks.
    patience
        Factor on the probability of trying again.
    activity
        Sessions a day, on average.
    early
        Hours by which this person lives earlier than the world's hours; below zero: later.
    """

    customer_id: str
    home_number: int
    clarity: float
    patience: float
    activity: float
    early: int


@dataclass(frozen=True, slots=True)
class Home:
    """People under one roof, who share devices and what goes on around them.

    Attributes
    ----------
    devices
        Those that listen, and those that are only told what to do: a lamp, an oven.
    microphone
        Factors on the noise of the home, each from a day on.
    """

    number: int
    home_id: str
    utc_offset_minutes: int
    customers: tuple[Customer, ...]
    devices: tuple[Placed, ...]
    microphone: tuple[tuple[int, float], ...] = ()

    def listening(self, day: int) -> tuple[Placed, ...]:
        """Give the devices that can be spoken to on a day."""
        return tuple(each for each in self.devices if each.kind.listens and each.from_day <= day)

    def kinds(self, day: int) -> tuple[str, ...]:
        """Give the kinds of all that the home has on a day, by name."""
        return tuple(sorted({each.kind.name for each in self.devices if each.from_day <= day}))

    def deafness(self, day: int) -> float:
        """Give the factor on the noise, for what happened to the home's microphones up to a day."""
        factor = 1.0
        for since, noise in self.microphone:
            if since <= day:
                factor *= noise
        return factor


def settle(world: World, seed: int, customers: int) -> Iterator[Home]:
    """Fill homes with people until there are that many customers; the same homes whatever the number."""
    weights = world.file.homes.people
    left, number = customers, 0
    while left:
        dice = Dice(seed, "home", number)
        people = min(left, dice.branch("people").weighted(range(1, len(weights) + 1), weights))
        yield _home(world, number, customers - left, people, dice)
        left -= people
        number += 1


def _home(world: World, number: int, first: int, people: int, dice: Dice) -> Home:
    told = world.file.homes
    offsets = dice.branch("offset")
    return Home(
        number=number,
        home_id=f"h{number:05}",
        utc_offset_minutes=offsets.pick(told.utc_offsets),
        customers=tuple(_customer(world, first + place, number, dice) for place in range(people)),
        devices=(
            *_devices(told, number, dice.branch("devices")),
            *_appliances(told, number, dice),
            *_bought(world, number, dice),
        ),
        microphone=tuple(
            (event.day, event.noise)
            for place, event in enumerate(world.file.drift)
            if event.kind is DriftKind.MICROPHONE and dice.branch("microphone", place).chance(event.share)
        ),
    )


def _devices(told: Homes, number: int, dice: Dice) -> Iterator[Placed]:
    kinds = tuple(kind for kind in told.devices if kind.listens)
    count = 1
    while count < told.most_devices and dice.chance(_ANOTHER):
        count += 1
    taken: set[str | None] = set()
    for place in range(count):
        kind = dice.weighted(kinds, [each.share for each in kinds])
        free = [room for room in kind.rooms if room not in taken]
        room = dice.pick(free or kind.rooms) if kind.rooms else None
        taken.add(room)
        yield Placed(f"h{number:05}-{'abcdefghijklmnop'[place % 16]}", kind, room)


def _appliances(told: Homes, number: int, dice: Dice) -> Iterator[Placed]:
    """Things to be told what to do: the kind with the greatest share is in every home."""
    most = max(kind.share for kind in told.devices)
    for kind in told.devices:
        if not kind.listens and dice.branch("appliance", kind.name).chance(kind.share / most):
            yield Placed(f"h{number:05}-{kind.name}", kind, None)


def _bought(world: World, number: int, dice: Dice) -> Iterator[Placed]:
    kinds = {kind.name: kind for kind in world.file.homes.devices}
    for place, event in enumerate(world.file.drift):
        if event.kind is DriftKind.DEVICE and event.about is not None:
            chance = dice.branch("bought", place)
            if chance.chance(event.share):
                kind = kinds[event.about]
                room = chance.pick(kind.rooms) if kind.rooms else None
                yield Placed(f"h{number:05}-n{place}", kind, room, event.day)


def _customer(world: World, number: int, home_number: int, dice: Dice) -> Customer:
    told = world.file.people
    drawn = dice.branch("customer", number)
    return Customer(
        customer_id=f"c{number:05}",
        home_number=home_number,
        clarity=round(drawn.between(*told.clarity), 3),
        patience=round(drawn.between(0.7, 1.25), 3),
        activity=_activity(told.sessions_a_day, told.activity_spread, drawn.normal()),
        early=drawn.weighted((-1, 0, 1), (1.0, 2.0, 1.0)),
    )


def _activity(mean: float, spread: float, normal: float) -> float:
    """Log-normal around a mean: exp(σz − σ²/2) is 1 on average."""
    return round(mean * math.exp(spread * normal - spread * spread / 2.0), 4)
