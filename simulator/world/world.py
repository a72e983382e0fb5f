"""A world that is ready to be lived in: wordings written out, items by day."""

import hashlib
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import orjson

from simulator.world.grammar import expansions, slots_of
from simulator.world.reading import SHIPPED, read_world, world_path
from simulator.world.schema import DriftKind, Intent, Item, Wording, WorldFile

__all__ = ["Phrasing", "World", "load_world"]


@dataclass(frozen=True, slots=True)
class Phrasing:
    """One text that a request may be said with.

    Attributes
    ----------
    text
        With `{slot}` for every value.
    weight
        How usual it is, against the intent's others.
    slots
        The slots that it names.
    from_day
        First day on which anybody says so.
    seen
        Whether the assistant's NLU was trained on it.
    wording
        The wording that it is one of, as the file has it: what a drift of slang is about.
    """

    text: str
    weight: float
    slots: frozenset[str]
    from_day: int
    seen: bool
    wording: str


@dataclass(frozen=True)
class World:
    """A world file, written out.

    Attributes
    ----------
    file
        What the file says, with what it has from the world that it extends.
    """

    file: WorldFile

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the content, in hexadecimal: the same for the same world, however the file is laid out."""
        content = self.file.model_dump(mode="json", exclude_defaults=True)
        return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()

    def intent(self, name: str) -> Intent:
        """Return the intent of a name.

        Raises
        ------
        KeyError
            There is none.
        """
        return self._intents[name]

    def phrasings(self, intent_name: str) -> tuple[Phrasing, ...]:
        """Return every text of an intent, in the order of the file.

        Raises
        ------
        KeyError
            There is no such intent.
        """
        if intent_name not in self._phrasings:
            self._phrasings[intent_name] = self._written_out(self._intents[intent_name])
        return self._phrasings[intent_name]

    def items(self, slot: str, day: int) -> tuple[Item, ...]:
        """Return the values of a slot that are there on a day, most popular first.

        Those that cannot be served are among them, with `available` false.

        Raises
        ------
        KeyError
            There is no such slot type.
        """
        days = self._changes[slot]
        since = days[bisect_right(days, day) - 1]
        if (slot, since) not in self._items:
            self._items[slot, since] = self._there(slot, since)
        return self._items[slot, since]

    @cached_property
    def _intents(self) -> dict[str, Intent]:
        return {intent.name: intent for intent in self.file.intents}

    @cached_property
    def _phrasings(self) -> dict[str, tuple[Phrasing, ...]]:
        return {}

    @cached_property
    def _items(self) -> dict[tuple[str, int], tuple[Item, ...]]:
        return {}

    @cached_property
    def _changes(self) -> dict[str, list[int]]:
        """The days on which something comes or goes, by slot type."""
        days = {name: {0, *(item.from_day for item in slot.items)} for name, slot in self.file.slots.items()}
        for event in self.file.drift:
            if event.kind is DriftKind.ITEM and event.slot is not None:
                days[event.slot].add(event.day)
        return {name: sorted(found) for name, found in days.items()}

    def _there(self, slot: str, day: int) -> tuple[Item, ...]:
        arrives: dict[str, int] = {}
        leaves: dict[str, int] = {}
        for event in self.file.drift:
            if event.kind is DriftKind.ITEM and event.slot == slot and event.about is not None:
                (arrives if event.available else leaves)[event.about] = event.day
        found = []
        for item in self.file.slots[slot].items:
            if day < max(item.from_day, arrives.get(item.name, 0)):
                continue
            gone = item.available and day >= leaves.get(item.name, day + 1)
            found.append(item.model_copy(update={"available": False}) if gone else item)
        return tuple(found)

    def _written_out(self, intent: Intent) -> tuple[Phrasing, ...]:
        usual = max(intent.wordings, key=lambda wording: (wording.from_day == 0, wording.weight))
        slang = {
            event.about: event.day
            for event in self.file.drift
            if event.kind is DriftKind.SLANG and event.about is not None
        }
        found: dict[str, Phrasing] = {}
        for wording in intent.wordings:
            since = max(wording.from_day, slang.get(wording.say, 0))
            seen = wording.seen
            if seen is None:  # what nobody says yet cannot have been trained on
                seen = since == 0 and (wording is usual or self._trained_on(intent, wording))
            for text, share in expansions(wording.say).items():
                weight = wording.weight * share
                known = found.get(text)
                if known is None:
                    found[text] = Phrasing(text, weight, slots_of(text), since, seen, wording.say)
                else:
                    found[text] = Phrasing(
                        text,
                        known.weight + weight,
                        known.slots,
                        min(known.from_day, since),
                        known.seen or seen,
                        known.wording,
                    )
        return tuple(found.values())

    def _trained_on(self, intent: Intent, wording: Wording) -> bool:
        """Decide by the words alone, for a wording as a whole.

        What an NLU knows, it mostly knows in all its variants; what it fails on is a way to put it that its
        training data lacked.
        """
        key = f"{intent.name}\n{wording.say}".encode()
        drawn = int.from_bytes(hashlib.blake2b(key, digest_size=8).digest(), "big")
        return drawn < self.file.assistant.seen * 2**64


def load_world(name_or_path: str | Path) -> World:
    """Load a shipped world by its name, or one from a file.

    Raises
    ------
    WorldNotFound
        Neither is there.
    BadWorld
        The file has a mistake; the error names line and reason.

    >>> load_world("household").file.name
    'household'
    """
    if str(name_or_path) in SHIPPED:
        return _shipped(str(name_or_path))
    return World(read_world(world_path(name_or_path)))


@lru_cache(maxsize=len(SHIPPED) or 1)
def _shipped(name: str) -> World:
    return World(read_world(world_path(name)))
