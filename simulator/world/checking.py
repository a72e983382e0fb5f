"""What a world file must hold together: whatever it names must be there, and whatever it says be sayable."""

from collections import Counter
from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from simulator.world.grammar import BadWording, expansions, sayable, slots_of
from simulator.world.lines import Path
from simulator.world.schema import DriftEvent, DriftKind, Intent, IntentKind, SlotType, Take, WorldFile

__all__ = ["Mistake", "guess", "mistakes"]

#: Where, and what is wrong.
Mistake = tuple[Path, str]

_NOT_SAYABLE = "is not as ASR writes: lower case, apostrophes, no other signs"


def guess(name: str, known: Mapping[str, object] | set[str]) -> str:
    """Return ` (did you mean …?)`, or nothing where no known name is near."""
    near = get_close_matches(name, sorted(known), n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""


def mistakes(file: WorldFile) -> Iterator[Mistake]:
    """Find what does not hold together, in the order of the file's tables."""
    intents = {intent.name: intent for intent in file.intents}
    for name, slot in file.slots.items():
        yield from _of_slot(name, slot, file)
    if file.take != Take() and file.extends is None:
        yield ("take",), "`take` is of a world that is extended; there is no `extends`"
    for name, times in Counter(intent.name for intent in file.intents).items():
        if times > 1:
            last = max(index for index, intent in enumerate(file.intents) if intent.name == name)
            yield ("intents", last, "name"), f"intent {name!r} is there {times} times"
    for index, intent in enumerate(file.intents):
        for path, reason in _of_intent(intent, file, intents):
            yield ("intents", index, *path), f"intent {intent.name!r} {reason}"
    if not any(intent.share for intent in file.intents if intent.kind is not IntentKind.CHAT):
        yield ("intents",), "no intent has a share above zero"
    yield from _of_life(file)
    yield from _of_habits(file, intents)
    for index, event in enumerate(file.drift):
        for path, reason in _of_drift(event, file, intents):
            yield ("drift", index, *path), reason


def _of_slot(name: str, slot: SlotType, file: WorldFile) -> Iterator[Mistake]:
    seen = set()
    for index, item in enumerate(slot.items):
        path: Path = ("slots", name, "items", index)
        key = (item.name, *sorted((of, str(value)) for of, value in item.of.items()))
        if key in seen:
            yield path, f"{item.name!r} is there twice, with the same attributes"
        seen.add(key)
        for text in (item.name, *item.also, *item.versions):
            if not sayable(text):
                yield path, f"{text!r} {_NOT_SAYABLE}"
        for attribute, value in item.of.items():
            other = file.slots.get(attribute)
            if other is None or attribute == name:
                continue
            names = {known.name for known in other.items}
            for one in (value,) if isinstance(value, str) else value:
                if one not in names:
                    yield path, f"{item.name!r} is of the {attribute} {one!r}, unknown{guess(one, names)}"


def _of_intent(intent: Intent, file: WorldFile, intents: Mapping[str, Intent]) -> Iterator[Mistake]:
    named = {**dict.fromkeys(intent.slots), **intent.optional}
    for key, names in (("slots", intent.slots), ("optional", tuple(intent.optional))):
        for place, name in enumerate(names):
            if name not in file.slots:
                step = place if key == "slots" else name
                yield (key, step), f"has the slot {name!r}, of no known type{guess(name, file.slots)}"
    for place, name in enumerate(intent.asks):
        if name not in named:
            yield ("asks", place), f"asks for {name!r}, which is none of its slots{guess(name, named)}"
        elif name not in intent.prompts:
            yield ("asks", place), f"asks for {name!r}, but has no prompt for it"
    for name in intent.prompts:
        if name not in named:
            yield (
                ("prompts", name),
                f"has a prompt for {name!r}, which is none of its slots{guess(name, named)}",
            )
    yield from _of_wordings(intent, named)
    said = {name for wording in intent.wordings for name in slots_of(wording.say)}
    for name in set(intent.optional) - said if intent.kind is not IntentKind.SEARCH else ():
        yield ("optional", name), f"has the slot {name!r}, but no wording says it"
    yield from _of_search(intent, file)
    kinds = {kind.name for kind in file.homes.devices}
    if intent.needs_device is not None and intent.needs_device not in kinds:
        known = guess(intent.needs_device, kinds)
        yield ("needs_device",), f"needs the device {intent.needs_device!r}, which no home has{known}"
    states = [("starts", intent.starts), ("stops", intent.stops)]
    states += [("means_by_state", state) for state in intent.means_by_state]
    for key, state in states:
        if state is not None and state not in file.ambient:
            yield (key, state), f"names the ambient state {state!r}, unknown{guess(state, file.ambient)}"
    for state, meant in intent.means_by_state.items():
        if meant not in intents:
            yield ("means_by_state", state), f"may mean {meant!r}, unknown{guess(meant, intents)}"
        elif missing := set(intents[meant].slots) - set(intent.slots) - set(intents[meant].asks):
            yield (
                ("means_by_state", state),
                f"may mean {meant!r}, but tells it no {', '.join(sorted(missing))}",
            )


def _of_wordings(intent: Intent, named: Mapping[str, object]) -> Iterator[Mistake]:
    must = set(intent.slots) - set(intent.asks)
    for place, wording in enumerate(intent.wordings):
        path: Path = ("wordings", place)
        try:
            texts = expansions(wording.say)
        except BadWording as fault:
            yield path, f"has the wording {wording.say!r}: {fault}"
            continue
        for name in sorted(slots_of(wording.say) - set(named)):
            yield path, f"has the wording {wording.say!r}: {name!r} is none of its slots{guess(name, named)}"
        for text in texts:
            if lacking := sorted(must - slots_of(text)):
                yield path, f"may be said as {text!r}: {lacking[0]!r} is not in it, and nobody asks for it"
                break
    if not any(wording.weight and not wording.from_day for wording in intent.wordings):
        yield ("wordings",), "has no wording that is said from the first day on"


def _of_search(intent: Intent, file: WorldFile) -> Iterator[Mistake]:
    if (intent.kind is IntentKind.SEARCH) != (intent.searches is not None):
        yield ("kind",), "is of the kind 'search' or has `searches`, but not both"
        return
    said = {*intent.slots, *intent.optional}
    searched = [intent.searches] if intent.searches is not None else []
    if intent.kind is IntentKind.TELL and intent.tells:
        # Asked about what another intent has found.
        searched = [other.searches for other in file.intents if other.searches is not None]
    if intent.tells and not searched:
        yield ("tells",), "tells attributes, but nothing is searched that has any"
        return
    unknown = [name for name in searched if name not in file.slots]
    if unknown:
        if intent.searches is not None:
            known = guess(unknown[0], file.slots)
            yield ("searches",), f"searches {unknown[0]!r}, of no known type{known}"
        return
    attributes = {name for slot in searched for item in file.slots[slot].items for name in item.of}
    for place, name in enumerate(intent.tells):
        if name not in attributes:
            yield ("tells", place), f"tells {name!r}, which no item has{guess(name, attributes)}"
    if searched:
        said |= attributes | {*searched, "name"}
    for place, answer in enumerate(intent.answers):
        for name in sorted(slots_of(answer) - said):
            yield ("answers", place), f"answers {answer!r}, but has no {name!r}{guess(name, said)}"


def _of_life(file: WorldFile) -> Iterator[Mistake]:
    for name, times in Counter(kind.name for kind in file.homes.devices).items():
        if times > 1:
            yield ("homes", "devices"), f"device {name!r} is there {times} times"
    weights = {
        ("homes", "people"): file.homes.people,
        ("people", "hours"): file.people.hours,
        ("homes", "devices"): [kind.share for kind in file.homes.devices],
    }
    for path, shares in weights.items():
        if not any(shares):
            yield path, f"{path[-1]}: all are zero"
    if file.people.clarity[0] > file.people.clarity[1]:
        yield ("people", "clarity"), "clarity: the range's end is below its beginning"
    for name, state in file.ambient.items():
        if state.hours and len(state.hours) != 24:
            yield ("ambient", name, "hours"), f"hours: {len(state.hours)} instead of 24"
        if any(share > 1.0 for share in state.hours):
            yield ("ambient", name, "hours"), f"hours: {max(state.hours)} is above 1"
    for place, text in enumerate(file.assistant.overheard):
        if not sayable(text):
            yield ("assistant", "overheard", place), f"{text!r} {_NOT_SAYABLE}"


def _of_habits(file: WorldFile, intents: Mapping[str, Intent]) -> Iterator[Mistake]:
    for index, habit in enumerate(file.habits):
        path: Path = ("habits", index)
        for key, name in (("intent", habit.intent), ("after", habit.after)):
            if name is not None and name not in intents:
                yield (*path, key), f"habit: the intent {name!r} is unknown{guess(name, intents)}"
        if (habit.hour is None) == (habit.after is None):
            yield path, "habit: give either `hour` or `after`"
        if any(not 0 <= day <= 6 for day in habit.weekdays):
            yield (*path, "weekdays"), "habit: weekdays are 0 (Monday) to 6"
        if habit.intent not in intents:
            continue
        intent = intents[habit.intent]
        named = {*intent.slots, *intent.optional}
        for slot, value in habit.values.items():
            place = (*path, "values", slot)
            if slot not in named:
                yield place, f"habit: {slot!r} is no slot of {intent.name!r}{guess(slot, named)}"
            elif slot in file.slots:
                yield from _of_value(place, "habit", slot, value, file)


def _of_value(path: Path, what: str, slot: str, value: str, file: WorldFile) -> Iterator[Mistake]:
    names = {item.name for item in file.slots[slot].items}
    if value not in names:
        yield path, f"{what}: no {slot} is called {value!r}{guess(value, names)}"


def _of_drift(event: DriftEvent, file: WorldFile, intents: Mapping[str, Intent]) -> Iterator[Mistake]:
    about, kind = event.about, event.kind
    needed = kind not in (DriftKind.MICROPHONE, DriftKind.TRAFFIC)
    if needed and about is None:
        yield (), f"drift: {kind.value} needs `about`"
        return
    if kind is DriftKind.ITEM:
        if event.slot not in file.slots:
            yield (
                ("slot",),
                f"drift: an item needs the `slot` that it is of{guess(event.slot or '', file.slots)}",
            )
        else:
            yield from _of_value(("about",), "drift", event.slot, about or "", file)
        return
    known: set[str] = set()
    if kind is DriftKind.DEVICE:
        known = {device.name for device in file.homes.devices}
    elif kind is DriftKind.SLANG:
        known = {wording.say for intent in file.intents for wording in intent.wordings}
    elif kind in (DriftKind.TRAFFIC, DriftKind.RARE):
        known = set(intents)
    if about is not None and known and about not in known:
        yield ("about",), f"drift: {about!r} is unknown{guess(about, known)}"
