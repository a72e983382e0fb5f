"""What a caller turns to when what was wanted is not to be had: something that is there, if it comes to mind."""

from types import SimpleNamespace

import pytest
from assistant_worlds import LINE

from simulator.dice import Dice
from simulator.people import Wish
from simulator.simulation.alternatives import alternative
from simulator.world import load_world


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    path = tmp_path_factory.mktemp("world") / "line.toml"
    path.write_text(LINE)
    return load_world(str(path))


def _wish(world, **values):
    intent = next(intent for intent in world.file.intents if intent.searches is not None and intent.asks)
    items = {
        slot: next(item for item in world.items(slot, 0) if item.name == value)
        for slot, value in values.items()
    }
    return Wish(intent, intent.name, items, values)


def _talk(world, *thoughts):
    coming = iter(thoughts)
    wishes = SimpleNamespace(other=lambda *_: next(coming))
    return SimpleNamespace(
        cast=SimpleNamespace(world=world, wishes=wishes), customer=None, day=0, states=lambda: ()
    )


def _combinations(world):
    """Values of two slots that some item has, and that none has."""
    kind = _wish(world).intent.searches
    first, second = [slot for slot in _wish(world).intent.asks if slot in world.file.slots][:2]
    there = {(item.of[first], item.of[second]) for item in world.items(kind, 0)}
    every = [(a.name, b.name) for a in world.items(first, 0) for b in world.items(second, 0)]
    absent = [pair for pair in every if pair not in there]
    return [
        [dict(zip((first, second), pair, strict=True)) for pair in pairs] for pairs in (sorted(there), absent)
    ]


def test_of_two_thoughts_the_one_that_is_there_is_taken(world):
    (there, *_), (wanted, absent, *_) = _combinations(world)
    present, missing = _wish(world, **there), _wish(world, **absent)
    found, changed = alternative(_wish(world, **wanted), _talk(world, missing, present), Dice(1))
    assert found is present
    assert changed == [slot for slot in there if there[slot] != wanted[slot]]
    assert alternative(_wish(world, **wanted), _talk(world, present), Dice(1))[0] is present


def test_what_is_not_there_is_better_than_the_same_again(world):
    _, (wanted, absent, *_) = _combinations(world)
    same, missing = _wish(world, **wanted), _wish(world, **absent)
    assert alternative(same, _talk(world, missing, same), Dice(1))[0] is missing
    assert alternative(same, _talk(world, same, same), Dice(1)) == (same, [])
