"""All that the homes of a world have in common."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from simulator.assistant import Assistant
from simulator.people import Calendar, Drift, Tastes, Wishes, Words
from simulator.simulation.rewriting import Rewriting
from simulator.world import World
from simulator.world.schema import IntentKind

__all__ = ["Cast"]


@dataclass(frozen=True)
class Cast:
    """All that the homes of a world have in common.

    Attributes
    ----------
    begins
        Midnight before the first day, UTC.
    kinds
        What a response's action is: something that plays, or is told.
    """

    world: World
    seed: int
    assistant: Assistant
    drift: Drift
    tastes: Tastes
    wishes: Wishes
    words: Words
    calendar: Calendar
    rewriting: Rewriting | None
    begins: datetime
    kinds: Mapping[str, IntentKind]

    @classmethod
    def of(cls, world: World, seed: int, assistant: Assistant, rewriting: Rewriting | None) -> "Cast":
        """Call everybody together."""
        drift = Drift(world, seed)
        tastes = Tastes(world, seed, drift)
        first = world.file.first_day
        return cls(
            world=world,
            seed=seed,
            assistant=assistant,
            drift=drift,
            tastes=tastes,
            wishes=Wishes(world, tastes, drift),
            words=Words(world, seed, drift),
            calendar=Calendar(world, seed, drift),
            rewriting=rewriting,
            begins=datetime(first.year, first.month, first.day, tzinfo=UTC),
            kinds={intent.name.replace("/", "."): intent.kind for intent in world.file.intents},
        )
