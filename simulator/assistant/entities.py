"""What a value stands for in the catalogue: the item that is written or sounds most alike.

Similarity is half spelling (Indel ratio) and half sound (Indel ratio of the Metaphone codes; Philips, Computer
Language 7(12), 1990). Of items about as similar the more popular one wins, and of two with one name too: usually
right, and sometimes how a confusable thing is lost. Names are known; of what else people call things, a part is.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple
from zlib import crc32

import jellyfish
from rapidfuzz import fuzz, process

from simulator.assistant.quantities import Quantities
from simulator.world import World
from simulator.world.schema import Item
from streams.records import EntityResolution

__all__ = ["Catalogue", "Match"]

#: Items within this similarity of the best are about as similar.
_ALIKE = 0.02
#: How many names of the nearest spelling, and of the nearest sound, are looked at.
_NEAR = 8
_VALUES = 32_768


class Match(NamedTuple):
    """What a value was taken for.

    Attributes
    ----------
    slot, value
        As the NLU gave them.
    name
        The item's name; of a value that is not looked up, the value, as it makes sense; None where nothing fits.
    item
        The item; None too where the value is not looked up.
    entity_id
        Its id, if there is an item.
    score
        Similarity, 0 to 1.
    second
        Name and similarity of the next one, if there is one.
    """

    slot: str
    value: str
    name: str | None
    item: Item | None
    entity_id: str | None
    score: float
    second: tuple[str, float] | None = None

    @property
    def stands_for(self) -> str:
        """The item's id; of what has none, the words."""
        return self.entity_id or self.name or self.value

    def resolution(self) -> EntityResolution:
        """Give the record of it."""
        return EntityResolution(slot=self.slot, value=self.value, entity_id=self.entity_id, score=self.score)


class Catalogue:
    """Looks values up among the items that are there on a day.

    Parameters
    ----------
    world
        Whose items, how many of their other names are known, and above which similarity a value is taken for one.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._above = world.file.assistant.resolves_above
        self._looked_up = frozenset(slot for slot, kind in world.file.slots.items() if kind.resolved)
        self._quantities = {
            slot: Quantities.of([item.name for item in kind.items])
            for slot, kind in world.file.slots.items()
            if not kind.resolved
        }
        self._shared = {
            slot: frozenset(name for name, many in Counter(i.name for i in kind.items).items() if many > 1)
            for slot, kind in world.file.slots.items()
        }
        self._ambiguous = {slot: _shared_names(kind.items) for slot, kind in world.file.slots.items()}
        self._editions: dict[str, list[tuple[tuple[Item, ...], _Names]]] = {}
        self._nearest = lru_cache(maxsize=_VALUES)(self._search)

    def holds(self, slot: str) -> bool:
        """Whether values of this slot are looked up at all."""
        return slot in self._looked_up

    def entity_id(self, slot: str, item: Item) -> str:
        """Give an item's id: slot and name, and what it is of where the name is not its alone."""
        if item.name not in self._shared.get(slot, ()):
            return f"{slot}:{item.name}"
        of = ", ".join(value if isinstance(value, str) else " ".join(value) for value in item.of.values())
        return f"{slot}:{item.name} ({of})"

    def ids(self, items: Mapping[str, Item], values: Mapping[str, str]) -> dict[str, str]:
        """Give the ids of those items, by slot, that are called what something else is called too."""
        return {
            slot: self.entity_id(slot, item)
            for slot, item in items.items()
            if values[slot] in self._ambiguous.get(slot, ()) and slot in self._looked_up
        }

    def resolve(self, values: Mapping[str, str], day: int) -> dict[str, Match]:
        """Find what the values of a request stand for.

        Parameters
        ----------
        values
            By slot, as they were understood.
        day
            Day of the world.
        """
        found = {}
        for slot, value in values.items():
            if slot in self._looked_up:
                found[slot] = self._nearest(slot, value, self._edition(slot, day))
            else:
                found[slot] = self._as_said(slot, value)
        return self._agreeing(found, day) if len(found) > 1 else found

    def exact(
        self, values: Mapping[str, str], day: int, ids: Mapping[str, str] | None = None
    ) -> dict[str, Match]:
        """Find the items that have just these names, or any other that people use for them.

        Parameters
        ----------
        values, day
            As for `resolve`.
        ids
            The ids of what is meant, by slot, where a name is not one thing's alone.
        """
        found = {}
        for slot, value in values.items():
            if slot not in self._looked_up:
                found[slot] = self._as_said(slot, value)
                continue
            same = self._names(slot, day).called.get(value, ())
            wanted = None if ids is None else ids.get(slot)
            item = next(
                (each for each in same if self.entity_id(slot, each) == wanted), same[0] if same else None
            )
            if item is None:
                found[slot] = Match(slot, value, None, None, None, 0.0)
            else:
                found[slot] = Match(slot, value, item.name, item, self.entity_id(slot, item), 1.0)
        return self._agreeing(found, day) if len(found) > 1 and not ids else found

    def _as_said(self, slot: str, value: str) -> Match:
        """Take a value that is not looked up: any text, or a quantity if it makes sense as one."""
        quantities = self._quantities.get(slot)
        name = value if quantities is None else quantities.read(value)
        return Match(slot, value, name, None, None, 0.0 if name is None else 1.0)

    def _agreeing(self, found: dict[str, Match], day: int) -> dict[str, Match]:
        """Of things with one name, take the one that the other values fit: the song by that artist."""
        for slot, match in found.items():
            if match.item is None or match.item.name not in self._shared[slot]:
                continue
            for item in self._names(slot, day).called[match.item.name]:
                if all(found[of].name == value for of, value in item.of.items() if of in found):
                    found[slot] = match._replace(item=item, entity_id=self.entity_id(slot, item))
                    break
        return found

    def _names(self, slot: str, day: int) -> "_Names":
        edition = self._edition(slot, day)
        return self._editions[slot][edition][1]

    def _edition(self, slot: str, day: int) -> int:
        """Give the number of the edition of a slot's items that holds on a day."""
        items = self._world.items(slot, day)
        editions = self._editions.setdefault(slot, [])
        for number, (held, _) in enumerate(editions):
            if held is items:
                return number
        editions.append((items, _Names(slot, items, self._world.file.assistant.seen_items)))
        return len(editions) - 1

    def _search(self, slot: str, value: str, edition: int) -> Match:
        names = self._editions[slot][edition][1]
        exact = names.known.get(value)
        if exact is not None:
            return Match(slot, value, exact.name, exact, self.entity_id(slot, exact), 1.0)
        ranked = names.nearest(value)
        if not ranked:
            return Match(slot, value, None, None, None, 0.0)
        score, item = ranked[0]
        if score < self._above:
            return Match(slot, value, None, None, None, score, (item.name, score))
        second = (ranked[1][1].name, ranked[1][0]) if len(ranked) > 1 else None
        return Match(slot, value, item.name, item, self.entity_id(slot, item), score, second)


class _Names:
    """All names of some items, most popular first, with how they sound."""

    def __init__(self, slot: str, items: Sequence[Item], share: float) -> None:
        called: dict[str, list[Item]] = {}
        for item in items:
            called.setdefault(item.name, []).append(item)
        self.known = {name: same[0] for name, same in called.items()}
        for item in items:
            for other in item.also:
                called.setdefault(other, []).append(item)
                if crc32(f"{slot} {other}".encode()) < share * 2**32:
                    self.known.setdefault(other, item)
        #: Every name, with the items that are called so.
        self.called = called
        self._rank = {id(item): rank for rank, item in enumerate(items)}
        self._texts = list(self.known)
        self._items = list(self.known.values())
        self._sounds = [_sound(text) for text in self._texts]

    def nearest(self, value: str) -> list[tuple[float, Item]]:
        """Rank the items that are written or sound like it, with their similarity."""
        sound = _sound(value)
        near = {place for _, _, place in process.extract(value, self._texts, scorer=fuzz.ratio, limit=_NEAR)}
        near |= {
            place for _, _, place in process.extract(sound, self._sounds, scorer=fuzz.ratio, limit=_NEAR)
        }
        best: dict[int, tuple[float, Item]] = {}
        for place in sorted(near):
            item = self._items[place]
            spelt = fuzz.ratio(value, self._texts[place])
            score = round((spelt + fuzz.ratio(sound, self._sounds[place])) / 200, 3)
            rank = self._rank[id(item)]
            if rank not in best or score > best[rank][0]:
                best[rank] = score, item
        if not best:
            return []
        top = max(score for score, _ in best.values())
        winner = min(rank for rank, (score, _) in best.items() if score >= top - _ALIKE)
        others = sorted((rank for rank in best if rank != winner), key=lambda rank: (-best[rank][0], rank))
        return [best[rank] for rank in (winner, *others)]


def _shared_names(items: Sequence[Item]) -> frozenset[str]:
    """Give what more than one of the items is called, by its name or another."""
    called = Counter(name for item in items for name in {item.name, *item.also})
    return frozenset(name for name, many in called.items() if many > 1)


@lru_cache(maxsize=_VALUES)
def _sound(text: str) -> str:
    return jellyfish.metaphone(text)
