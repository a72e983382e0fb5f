"""What the recogniser knows: the words of a world, the usual ones best."""

from collections.abc import Mapping
from itertools import accumulate

from backbone.noise import Channel
from simulator.dice import Dice
from simulator.world import World
from simulator.world.schema import SlotType

__all__ = ["recogniser"]

#: How many sentences its language model has seen.
_SENTENCES = 6_000
#: How often a word counts that is in the world, but in none of them: names of things to come, too.
_RARE = 0.2
#: Courtesies have no share of the wishes; they are this often said.
_BESIDE = 1.0


def recogniser(world: World, seed: int) -> Channel:
    """Make a recogniser that has heard people of a world talk.

    Parameters
    ----------
    world
        Its assistant's profile, its wordings and its items.
    seed
        Of the sentences that it has heard.
    """
    return Channel(world.file.assistant.channel, _vocabulary(world, seed))


def _vocabulary(world: World, seed: int) -> Mapping[str, float]:
    """Count what people say on the first day; words that nobody says yet are known, and rare."""
    heard: dict[str, float] = {}
    intents = world.file.intents
    shares = tuple(accumulate(intent.share or _BESIDE for intent in intents))
    phrasings = {
        intent.name: tuple(each for each in world.phrasings(intent.name) if each.from_day == 0)
        for intent in intents
    }
    weights = {
        name: tuple(accumulate(phrasing.weight for phrasing in told)) for name, told in phrasings.items()
    }
    names = {slot: tuple(item.name for item in world.items(slot, 0)) for slot in world.file.slots}
    ranks = {slot: _popularity(kind, len(names[slot])) for slot, kind in world.file.slots.items()}
    dice = Dice(seed, "recogniser")
    for _ in range(_SENTENCES):
        name = dice.weighted(intents, cumulative=shares).name
        if not phrasings[name]:
            continue
        phrasing = dice.weighted(phrasings[name], cumulative=weights[name])
        text = phrasing.text
        for slot in sorted(phrasing.slots):
            text = text.replace(f"{{{slot}}}", dice.weighted(names[slot], cumulative=ranks[slot]))
        heard[text] = heard.get(text, 0.0) + 1.0
    known = {word for text in heard for word in text.split()}
    rare = {word for text in _all_texts(world) for word in text.split()} - known
    return {**heard, **dict.fromkeys(sorted(rare), _RARE)}


def _all_texts(world: World) -> list[str]:
    file = world.file
    told = [phrasing.text for intent in file.intents for phrasing in world.phrasings(intent.name)]
    told += [name for slot in file.slots.values() for item in slot.items for name in (item.name, *item.also)]
    told += file.assistant.overheard
    return [" ".join(word for word in text.split() if "{" not in word) for text in told]


def _popularity(kind: SlotType, many: int) -> tuple[float, ...]:
    return tuple(accumulate((rank + 2.0) ** -kind.tail for rank in range(many)))
