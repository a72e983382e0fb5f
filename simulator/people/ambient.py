"""What goes on in a home: by itself, by the hour, or because somebody asked for it; and what sensors show of it."""

from collections.abc import Mapping

from pydantic import JsonValue

from simulator.dice import Dice
from simulator.world import World
from streams.records import Ambient

__all__ = ["Surroundings"]

#: A sensor is off, or shows the opposite.
_DEAD, _WRONG = 0.02, 0.02
#: … for so many seconds.
_STEADY = 1_200.0
_HOUR, _DAY = 3_600.0, 86_400.0


class Surroundings:
    """The ambient states of one home.

    A state that comes by itself is on or off for its mean length at a time, each time by the probability of the
    hour and whatever came before; what somebody asked for holds until it has lasted its time.

    Parameters
    ----------
    world
        Its `ambient` table.
    dice
        All chance of this home.
    utc_offset_minutes
        The home's hours.
    """

    def __init__(self, world: World, dice: Dice, utc_offset_minutes: int) -> None:
        self._told = world.file.ambient
        self._by_hours = tuple(name for name, told in self._told.items() if any(told.hours))
        self._by_sensor = tuple(
            (name, told.sensor) for name, told in self._told.items() if told.sensor is not None
        )
        self._dice = dice
        self._offset = utc_offset_minutes * 60.0
        #: State to whether it was asked for on or off, and until which second of the world.
        self._asked: dict[str, tuple[bool, float]] = {}
        self._itself: tuple[float, float, set[str]] = (0.0, 0.0, set())
        self._read: tuple[int, tuple[str, ...], Ambient] | None = None
        self._seen: tuple[float, tuple[str, ...]] | None = None

    def on(self, at: float) -> tuple[str, ...]:
        """Give the states that are on at a second of the world."""
        if self._seen is None or self._seen[0] != at:
            self._seen = at, self._looked(at)
        return self._seen[1]

    def switch(self, state: str, on: bool, at: float, dice: Dice) -> None:
        """Do what somebody asked for: it lasts as long as such things do."""
        length = self._told[state].minutes * 60.0
        self._asked[state] = (on, round(at + (dice.exponential(length) if on else length), 3))
        self._seen = None

    def noise(self, states: tuple[str, ...]) -> float:
        """Give the factor on the channel's noise of what is on."""
        factor = 1.0
        for name in states:
            factor *= self._told[name].noise
        return factor

    def shown(self, states: tuple[str, ...], at: float) -> Ambient:
        """Give what sensors show, mostly but not always what is so, and what the people are doing."""
        steady = int(at // _STEADY)
        if self._read is None or self._read[:2] != (steady, states):
            activity = next(
                (told for name in states if (told := self._told[name].activity) is not None), None
            )
            self._read = steady, states, Ambient(activity=activity, sensors=self._sensors(states, steady))
        return self._read[2]

    def forget(self, before: float) -> None:
        """Drop what has ended."""
        self._asked = {name: held for name, held in self._asked.items() if held[1] > before}
        self._seen = None

    def to_json(self) -> dict[str, JsonValue]:
        """Give what must be kept from day to day."""
        return {name: [on, until] for name, (on, until) in self._asked.items()}

    def restore(self, told: Mapping[str, tuple[bool, float]]) -> None:
        """Take what `to_json` gave."""
        self._asked = {name: (bool(on), float(until)) for name, (on, until) in told.items()}
        self._seen = None

    def _sensors(self, states: tuple[str, ...], steady: int) -> dict[str, JsonValue]:
        drawn = self._dice.branch("sensors", steady)
        shown: dict[str, JsonValue] = {}
        for name, sensor in self._by_sensor:
            mark = drawn.uniform()
            if mark >= _DEAD:
                shown[sensor] = (name in states) != (mark < _DEAD + _WRONG)
        return shown

    def _looked(self, at: float) -> tuple[str, ...]:
        begins, ends, found = self._itself
        if not begins <= at < ends:
            begins, ends, found = self._itself = self._by_itself(at)
        if any(at < until for _, until in self._asked.values()):
            found = set(found)
            for name, (on, until) in self._asked.items():
                if at < until:
                    (found.add if on else found.discard)(name)
        return tuple(name for name in self._told if name in found) if found else ()

    def _by_itself(self, at: float) -> tuple[float, float, set[str]]:
        """Tell what is on by itself, and from when until when this is so for certain."""
        begins = (at + self._offset) // _HOUR * _HOUR - self._offset
        ends = begins + _HOUR
        hour = int((at + self._offset) % _DAY // _HOUR)
        found: set[str] = set()
        for name in self._by_hours:
            told = self._told[name]
            length = told.minutes * 60.0
            spell = int(at // length)
            begins, ends = max(begins, spell * length), min(ends, (spell + 1) * length)
            probability = told.hours[hour]
            if probability and self._dice.branch("state", name, spell).chance(probability):
                found.add(name)
        return begins, ends, found
