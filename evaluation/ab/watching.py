"""What the nightly table still says about an item that the catalogue lost, and how much of it is used."""

from collections.abc import Iterable
from pathlib import Path

from pydantic import JsonValue

from rewrite_offline.lookup import LearnedLookup
from rewrite_offline.table import RewriteQuery, Table
from simulator.simulation import Day
from simulator.world import World
from simulator.world.schema import DriftKind

__all__ = ["Watch", "lost_items"]

#: An answer of the table is in use where it rewrote something within so many days.
_RECENT = 5


def lost_items(world: World, after: int) -> dict[str, int]:
    """Name the items that the world's catalogue loses after a day, with the day on which each is gone."""
    return {
        event.about: event.day
        for event in world.file.drift
        if event.kind is DriftKind.ITEM
        and not event.available
        and event.about is not None
        and event.day > after
    }


class Watch:
    """Looks at every night's table.

    Parameters
    ----------
    lost
        Items, with the days on which they are gone.
    """

    def __init__(self, lost: dict[str, int]) -> None:
        self._lost = lost
        self._served: dict[tuple[str | None, str], str] = {}
        self._applied: list[tuple[int, str | None, str]] = []

    def see(self, day: Day, number: int) -> dict[str, JsonValue]:
        """Note what a day's turns were rewritten to; tells how many of them ask for what is lost."""
        asking = 0
        for turn in day.turns:
            if turn.rewrite is None:
                continue
            asked = None if turn.context is None else turn.context.asked
            self._applied.append((number, asked, turn.rewrite.original_utterance))
            values = {slot.value for slot in turn.nlu[0].slots} if turn.nlu else set()
            for item in values & self._lost.keys():
                asking += 1
                if number < self._lost[item]:
                    self._served[asked, turn.rewrite.original_utterance] = item
        return {"asking_for_lost": asking}

    def look(self, root: Path, number: int) -> dict[str, JsonValue]:
        """Tell of a table that will serve on a day: how large it is, how much is in use, what leads to lost items."""
        table = Table.open(root)
        lookup = LearnedLookup(table)
        templates = lookup.templates()
        rewrites = {(one.asked, one.source) for one in table}
        patterns = set() if templates is None else {(one.asked, one.source) for one in templates.entries}
        used: set[tuple[str | None, str]] = set()
        for _, asked, heard in self._since(number - _RECENT):
            found = lookup.find(RewriteQuery(heard, asked=asked))
            if found is None or found.blocked is not None:
                continue
            example = None if templates is None else templates.example_of(RewriteQuery(heard, asked=asked))
            if (found.asked, found.source) in rewrites:
                used.add((found.asked, found.source))
            elif example is not None:
                used.add((example[0].asked, example[0].source))
        still = sum(self._says(lookup, asked, heard, item) for (asked, heard), item in self._served.items())
        return {
            "templates": len(patterns),
            "used": len(used),
            "answers": len(rewrites | patterns),
            "rewrites_to_lost": still,
            "rewrites_to_lost_before": len(self._served),
        }

    def _since(self, day: int) -> Iterable[tuple[int, str | None, str]]:
        return (one for one in self._applied if one[0] >= day)

    def _says(self, lookup: LearnedLookup, asked: str | None, heard: str, item: str) -> bool:
        found = lookup.find(RewriteQuery(heard, asked=asked))
        if found is None or found.blocked is not None or found.interpretation is None:
            return False
        return any(slot.value == item for slot in found.interpretation.slots)
