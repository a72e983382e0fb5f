"""A world in figures: what it holds, how much of it the assistant was trained on, and what changes."""

from pydantic import JsonValue

from simulator.world.schema import DriftEvent, DriftKind, Intent, IntentKind, SlotType, WorldFile
from simulator.world.world import World

__all__ = ["figures_of", "told"]


def figures_of(world: World) -> dict[str, JsonValue]:
    """Count what a world holds, as JSON.

    `seen` is the share of what people say, by weight, that is said with words that the NLU was trained on;
    `head` the share of the most popular tenth of a slot's items, where nobody has favourites.
    """
    file = world.file
    shares = _shares(file)
    return {
        "name": file.name,
        "about": file.about,
        "digest": world.digest,
        "customers": file.customers,
        "days": file.days,
        "line": file.line,
        "intents": {intent.name: _of_intent(world, intent, shares[intent.name]) for intent in file.intents},
        "wordings": sum(len(intent.wordings) for intent in file.intents),
        "phrasings": sum(len(world.phrasings(intent.name)) for intent in file.intents),
        "slots": {name: _of_slot(slot) for name, slot in file.slots.items()},
        "devices": [kind.name for kind in file.homes.devices],
        "ambient": list(file.ambient),
        "habits": len(file.habits),
        "drift": [{"day": day, "what": what} for day, what in told(world)],
    }


def told(world: World) -> list[tuple[int, str]]:
    """Tell the world's drift script: days, and what happens on them."""
    return sorted((event.day, _event(event)) for event in world.file.drift)


def _shares(file: WorldFile) -> dict[str, float]:
    """Return how often each intent is wanted, before what goes on and what day it is changes that."""
    by_kind: dict[bool, float] = {True: 0.0, False: 0.0}
    wanted = [intent for intent in file.intents if intent.kind is not IntentKind.CHAT]
    for intent in wanted:
        by_kind[intent.kind is IntentKind.UNSUPPORTED] += intent.share
    refused = file.people.unsupported if by_kind[True] else 0.0
    shares = dict.fromkeys((intent.name for intent in file.intents), 0.0)
    for intent in wanted:
        beyond = intent.kind is IntentKind.UNSUPPORTED
        whole = by_kind[beyond]
        if whole:
            shares[intent.name] = (refused if beyond else 1.0 - refused) * intent.share / whole
    return shares


def _of_intent(world: World, intent: Intent, share: float) -> dict[str, JsonValue]:
    phrasings = world.phrasings(intent.name)
    whole = sum(phrasing.weight for phrasing in phrasings)
    return {
        "kind": intent.kind.value,
        "share": round(share, 4),
        "wordings": len(intent.wordings),
        "phrasings": len(phrasings),
        "seen": round(sum(phrasing.weight for phrasing in phrasings if phrasing.seen) / whole, 3),
        "slots": [*intent.slots, *intent.optional],
    }


def _of_slot(slot: SlotType) -> dict[str, JsonValue]:
    weights = [1.0 / (rank + 2) ** slot.tail for rank in range(len(slot.items))]
    head = weights[: max(1, len(weights) // 10)]
    return {
        "items": len(slot.items),
        "unavailable": sum(not item.available for item in slot.items),
        "tail": slot.tail,
        "head": round(sum(head) / sum(weights), 3),
    }


def _event(event: DriftEvent) -> str:
    about, percent = event.about, f"{event.share:.1%}"
    match event.kind:
        case DriftKind.ITEM if not event.available:
            return f"{event.slot} {about!r} is gone"
        case DriftKind.ITEM:
            return f"{event.slot} {about!r} is there, with {percent} of what is wanted of its kind"
        case DriftKind.DEVICE:
            return f"{percent} of the homes have bought a {about}"
        case DriftKind.SLANG:
            return f"{percent} of the people say {about!r}"
        case DriftKind.MICROPHONE:
            return f"the microphones of {percent} of the homes hear {event.noise:g} times as badly"
        case DriftKind.TRAFFIC:
            return f"{about or 'everything'} is wanted {event.factor:g} times as often, for {event.days} days"
        case DriftKind.RARE:
            return f"{about} is wanted on this day and on day {event.day + event.days}, with {percent} of all"
