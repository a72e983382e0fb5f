"""What a value stands for in the catalogue: the item that is written or sounds most alike.

Similarity is half spelling (Indel ratio) and half sound (Indel ratio of the Metaphone codes; Philips, Computer
Language 7(12), 1990). Of items about as similar the more popular one wins: usually right, and sometimes how a
confusable name is lost.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import jellyfish
from rapidfuzz import fuzz, process

from simulator.world import World
from simulator.world.schema import Item
from streams.records import EntityResolution

__all__ = ["Catalogue", "Match"]

#: Items within this similarity of the best are about as similar.
_ALIKE = 0.02
#: How many names of the nearest spelling, and of the nearest sound, are looked at.
_NEAR = 8
_VALUES = 65_536


@dataclass(frozen=True, slots=True)
class Match:
    """What a value was taken for.

    Attributes
    ----------
    slot, value
        As the NLU gave them.
    name
        The item's name; of a value that is not looked up, the value; None where nothing is similar enough.
    item
        The item; None too where the value is not looked up.
    score
        Similarity, 0 to 1.
    second
        Name and similarity of the next one, if there is one.
    """

    slot: str
    value: str
    name: str | None
    item: Item | None
    score: float
    second: tuple[str, float] | None = None

    def resolution(self) -> EntityResolution:
        """Give the record of it."""
        return EntityResolution(
            slot=self.slot,
            value=self.value,
            entity_id=None if self.item is None else f"{self.slot}:{self.name}",
            score=self.score,
        )


class Catalogue:
    """Looks values up among the items that are there on a day.

    Parameters
    ----------
    world
        Whose items, and above which similarity a value is taken for one of them.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._above = world.file.assistant.resolves_above
        self._names: dict[str, list[tuple[tuple[Item, ...], _Names]]] = {}
        self._nearest = lru_cache(maxsize=_VALUES)(self._search)

    def holds(self, slot: str) -> bool:
        """Whether values of this slot are looked up at all."""
        kind = self._world.file.slots.get(slot)
        return kind is not None and kind.resolved

    def resolve(self, slot: str, value: str, day: int) -> Match:
        """Find what a value stands for."""
        if not self.holds(slot):
            return Match(slot, value, value, None, 1.0)
        return self._nearest(slot, value, self._since(slot, day))

    def exact(self, slot: str, value: str, day: int) -> Match:
        """Find the item that has just this name, and no other: what a person means who knows it."""
        if not self.holds(slot):
            return Match(slot, value, value, None, 1.0)
        item = self.names(slot, day).get(value)
        return Match(slot, value, None if item is None else item.name, item, 0.0 if item is None else 1.0)

    def names(self, slot: str, day: int) -> Mapping[str, Item]:
        """Give the items of a slot by every name that they have."""
        edition = self._since(slot, day)
        return self._names[slot][edition][1].by_name

    def _since(self, slot: str, day: int) -> int:
        """Give the number of the edition of a slot's items that holds on a day."""
        items = self._world.items(slot, day)
        editions = self._names.setdefault(slot, [])
        for number, (held, _) in enumerate(editions):
            if held is items:
                return number
        editions.append((items, _Names(items)))
        return len(editions) - 1

    def _search(self, slot: str, value: str, edition: int) -> Match:
        names = self._names[slot][edition][1]
        exact = names.by_name.get(value)
        if exact is not None:
            return Match(slot, value, exact.name, exact, 1.0)
        ranked = names.nearest(value)
        if not ranked:
            return Match(slot, value, None, None, 0.0)
        score, item = ranked[0]
        second = (ranked[1][1].name, ranked[1][0]) if len(ranked) > 1 else None
        if score < self._above:
            return Match(slot, value, None, None, score, (item.name, score))
        return Match(slot, value, item.name, item, score, second)


class _Names:
    """All names of some items, most popular first, with how they sound."""

    def __init__(self, items: Sequence[Item]) -> None:
        self.by_name: dict[str, Item] = {}
        for item in items:
            self.by_name.setdefault(item.name, item)
        for item in items:
            for other in item.also:
                self.by_name.setdefault(other, item)
        self._rank = {item.name: rank for rank, item in reversed(list(enumerate(items)))}
        self._texts = list(self.by_name)
        self._items = list(self.by_name.values())
        self._sounds = [_sound(text) for text in self._texts]

    def nearest(self, value: str) -> list[tuple[float, Item]]:
        """Rank the items that are written or sound like it, with their similarity."""
        sound = _sound(value)
        near = {place for _, _, place in process.extract(value, self._texts, scorer=fuzz.ratio, limit=_NEAR)}
        near |= {
            place for _, _, place in process.extract(sound, self._sounds, scorer=fuzz.ratio, limit=_NEAR)
        }
        best: dict[str, tuple[float, Item]] = {}
        for place in sorted(near):
            item = self._items[place]
            spelt = fuzz.ratio(value, self._texts[place])
            score = round((spelt + fuzz.ratio(sound, self._sounds[place])) / 200, 3)
            if item.name not in best or score > best[item.name][0]:
                best[item.name] = score, item
        ranked = sorted(best.values(), key=lambda found: (-found[0], self._rank[found[1].name]))
        alike = [found for found in ranked if found[0] >= ranked[0][0] - _ALIKE]
        winner = min(alike, key=lambda found: self._rank[found[1].name])
        return [winner, *(found for found in ranked if found is not winner)]


@lru_cache(maxsize=_VALUES)
def _sound(text: str) -> str:
    return jellyfish.metaphone(text)
