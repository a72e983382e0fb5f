"""What a world takes of the one that it extends: some of its intents, and the most popular of its items."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

__all__ = ["taken"]

_Raw = dict[str, Any]


def taken(base: _Raw, intents: Sequence[str] = (), items: int | None = None) -> _Raw:
    """Cut a world down, and leave out whatever names what is not there any more.

    Parameters
    ----------
    base
        A world file, as TOML reads it, that holds together.
    intents
        Names of intents to keep; none: all.
    items
        So many items of every slot, the most popular ones; those that are kept keep what they are of.
    """
    kept = {each["name"] for each in base["intents"]} if not intents else set(intents)
    found = [_without(each, kept) for each in base["intents"] if each["name"] in kept]
    slots = _cut(base["slots"], set(_used(found, base["slots"])), items)
    names = {slot: {_name(item) for item in table["items"]} for slot, table in slots.items()}
    said = {_say(wording) for each in found for wording in each["wordings"]}
    return {
        **base,
        "intents": found,
        "slots": slots,
        "habits": [each for each in base.get("habits", ()) if _habit_stays(each, kept, names)],
        "drift": [each for each in base.get("drift", ()) if _event_stays(each, kept, names, said)],
    }


def _without(intent: _Raw, kept: set[str]) -> _Raw:
    """Return the intent, meaning nothing that is not there."""
    meant = {state: name for state, name in intent.get("means_by_state", {}).items() if name in kept}
    return {**intent, "means_by_state": meant}


def _used(intents: list[_Raw], slots: Mapping[str, Any]) -> Iterator[str]:
    """Name the slots of these intents, and those that their items' attributes name."""
    waiting = [slot for each in intents for slot in (*each.get("slots", ()), *each.get("optional", ()))]
    waiting += [each["searches"] for each in intents if "searches" in each]
    seen = set()
    while waiting:
        slot = waiting.pop()
        if slot in slots and slot not in seen:
            seen.add(slot)
            yield slot
            waiting += [name for item in slots[slot]["items"] for name in _of(item)]


def _cut(slots: Mapping[str, Any], used: set[str], items: int | None) -> _Raw:
    tables = {slot: {**slots[slot]} for slot in slots if slot in used}
    if items is None:
        return tables
    chosen: dict[str, list[Any]] = {slot: [*table["items"][:items]] for slot, table in tables.items()}
    waiting = [item for found in chosen.values() for item in found]
    while waiting:
        for slot, value in _of(waiting.pop()).items():
            if slot not in tables:
                continue
            there = {_name(item) for item in chosen[slot]}
            named = {value} if isinstance(value, str) else set(value)
            more = [item for item in tables[slot]["items"] if _name(item) in named - there]
            chosen[slot] += more
            waiting += more
    for slot, table in tables.items():
        table["items"] = chosen[slot]
    return tables


def _habit_stays(habit: _Raw, kept: set[str], names: Mapping[str, set[str]]) -> bool:
    return (
        habit["intent"] in kept
        and habit.get("after", habit["intent"]) in kept
        and all(value in names.get(slot, ()) for slot, value in habit.get("values", {}).items())
    )


def _event_stays(event: _Raw, kept: set[str], names: Mapping[str, set[str]], said: set[str]) -> bool:
    about = event.get("about")
    if event["kind"] == "item":
        return about in names.get(event["slot"], ())
    if event["kind"] == "slang":
        return about in said
    if event["kind"] in ("traffic", "rare"):
        return about is None or about in kept
    return True


def _name(item: Any) -> str:
    return str(item["name"] if isinstance(item, dict) else item)


def _of(item: Any) -> dict[str, Any]:
    return item.get("of", {}) if isinstance(item, dict) else {}


def _say(wording: Any) -> str:
    return str(wording["say"] if isinstance(wording, dict) else wording)
