"""Looking for an item by constraints: what the assistant asks, offers and tells, as telephone systems do.

The order is that of the restaurant systems of DSTC2 (Henderson, Thomson and Williams, SIGDIAL 2014): constraints
come in any order, what is missing is asked for, one item at a time is offered, its attributes are told when asked
for, and whatever is not understood makes the last prompt come again.
"""

from collections.abc import Mapping
from zlib import crc32

from simulator.assistant.entities import Catalogue
from simulator.assistant.outcome import Faults, Outcome, Request, spoken
from simulator.assistant.situation import Situation
from simulator.world import World
from simulator.world.schema import Intent, IntentKind, Item
from streams.records import ResponseStatus

__all__ = ["ANY", "Search"]

#: A value that leaves a constraint open.
ANY = "any"
#: So few items are offered without asking on.
_FEW = 2
#: More constraints than any search has.
_ALL = 1_000
#: So many are shown on a screen.
_SHOWN = 3


class Search:
    """Offers items and tells about them.

    Three kinds of intent belong to a search: the one that names constraints; one without slots of its own, which
    asks for another item; and one of kind `tell` with `tells`, which asks for attributes of the offered item.

    Parameters
    ----------
    world
        Intents and slots.
    catalogue
        Items.
    """

    def __init__(self, world: World, catalogue: Catalogue) -> None:
        self._world = world
        self._catalogue = catalogue
        self._intents = {intent.name: intent for intent in world.file.intents}
        searches = [i for i in world.file.intents if i.searches is not None and (i.slots or i.optional)]
        #: The search that an intent without constraints belongs to.
        self._main = {intent.searches: intent for intent in reversed(searches)}

    def decide(self, request: Request, situation: Situation, faults: Faults) -> Outcome:
        """Serve a request for items, for another item or for attributes of the one that was offered."""
        intent = request.intent
        assert intent is not None
        if intent.kind is IntentKind.TELL:
            return self._tell(intent, situation, faults)
        if not intent.slots and not intent.optional:
            return self._another(intent, situation, faults)
        names = {slot: match.name for slot, match in request.values.items() if match.name is not None}
        unknown = next((match for match in request.values.values() if match.name is None), None)
        if unknown is not None and not names and self._world.file.line:
            return self.again(situation, faults)
        if unknown is not None and not names:
            text = f"I'm sorry but I do not know {unknown.value}."
            return Outcome(text, ResponseStatus.NO_RESULT, situation, asked=situation.asked)
        if names and request.confidence < self._world.file.assistant.confirms_below:
            after = situation._replace(open_intent=intent.name, confirming=names)
            return Outcome(self.prompt(after), ResponseStatus.OK, after, asked=None)
        return self._find(intent, names, situation, faults)

    def confirmed(self, situation: Situation, faults: Faults) -> Outcome:
        """Take what was asked about as said."""
        assert situation.open_intent is not None
        intent = self._intents[situation.open_intent]
        return self._find(intent, dict(situation.confirming), situation._replace(confirming={}), faults)

    def again(self, situation: Situation, faults: Faults) -> Outcome:
        """Go on from where the talk stands, with nothing new to go by.

        The last prompt comes again, or another question, or the offer in other words; after the greeting, the
        first question; and where nothing was found, that nothing was.
        """
        intent = self._open(situation)
        if intent is None:
            main = next(iter(self._main.values()), None)
            return (
                self._prompted(situation) if main is None or not main.asks else self._ask(main, 0, situation)
            )
        if situation.asked in intent.asks and not situation.confirming and faults.otherwise:
            return self._ask(intent, intent.asks.index(situation.asked) + 1, situation)
        if situation.offered is None and situation.asked is None and not situation.confirming:
            text = _none(intent, situation.gathered, otherwise=faults.otherwise)
            return Outcome(text, ResponseStatus.NO_RESULT, situation)
        return self._prompted(situation, otherwise=faults.otherwise)

    def prompt(self, situation: Situation, *, otherwise: bool = False) -> str:
        """Say what the assistant said last, from where the talk stands, or the same in other words."""
        intent = self._open(situation)
        if situation.confirming:
            wanted = " and ".join(situation.confirming.values())
            return f"You want {wanted}, is that right?" if otherwise else f"Did you say {wanted}?"
        if intent is not None and situation.asked is not None:
            return _question(intent, situation.asked)
        if intent is not None and situation.offered is not None:
            item = self._item(intent, situation.offered, situation.day)
            if item is not None:
                return _offer(intent, item, situation.gathered, otherwise=otherwise)
        return self._world.file.assistant.opens or "What can I do for you?"

    def _open(self, situation: Situation) -> Intent | None:
        return None if situation.open_intent is None else self._intents[situation.open_intent]

    def _prompted(self, situation: Situation, *, otherwise: bool = False) -> Outcome:
        text = self.prompt(situation, otherwise=otherwise)
        return Outcome(text, ResponseStatus.OK, situation, asked=situation.asked)

    def _ask(self, intent: Intent, place: int, situation: Situation) -> Outcome:
        """Put the first question that is still open, beginning with one of them and going round."""
        around = (*intent.asks[place:], *intent.asks[:place])
        slot = next((slot for slot in around if slot not in situation.gathered), around[0])
        asking = situation._replace(open_intent=intent.name, asked=slot)
        return Outcome(_question(intent, slot), ResponseStatus.OK, asking, asked=slot)

    def _find(
        self, intent: Intent, names: Mapping[str, str], situation: Situation, faults: Faults
    ) -> Outcome:
        same = situation.open_intent == intent.name
        gathered = {**situation.gathered, **names} if same else dict(names)
        refused = situation.refused if same and gathered == situation.gathered else ()
        after = situation._replace(
            open_intent=intent.name,
            gathered=gathered,
            asked=None,
            offered=None,
            refused=refused,
            confirming={},
        )
        if faults.service and self._world.file.line:
            # A line whose data do not answer says that there is nothing; what it has offered it knows.
            return Outcome(_none(intent, gathered), ResponseStatus.NO_RESULT, after, faulty=True)
        if faults.service:
            text = "I'm sorry, something went wrong."
            return Outcome(text, ResponseStatus.ERROR, situation, asked=situation.asked, faulty=True)
        found = self._fitting(intent, after)
        if not found:
            return Outcome(_none(intent, gathered), ResponseStatus.NO_RESULT, after)
        missing = next((slot for slot in (*intent.asks, *intent.slots) if slot not in gathered), None)
        if missing is not None and len(found) > _FEW and len(gathered) < (intent.enough or _ALL):
            asking = after._replace(asked=missing)
            return Outcome(_question(intent, missing), ResponseStatus.OK, asking, asked=missing)
        return self._offered(intent, found, after)

    def _offered(self, intent: Intent, found: list[Item], after: Situation) -> Outcome:
        item = found[0]
        return Outcome(
            text=_offer(intent, item, after.gathered),
            status=ResponseStatus.OK,
            situation=after._replace(offered=item.name),
            action=intent.name.replace("/", "."),
            result=item.name,
            items=tuple(other.name for other in found[: _SHOWN if after.screen else 1]),
            done=(intent.name, dict(after.gathered)),
        )

    def _another(self, asking: Intent, situation: Situation, faults: Faults) -> Outcome:
        intent = self._main.get(asking.searches)
        if faults.service and not self._world.file.line:
            return self._prompted(situation)._replace(status=ResponseStatus.ERROR, faulty=True)
        if intent is None or situation.offered is None:
            return self._nothing_yet(situation, faults)
        after = situation._replace(refused=(*situation.refused, situation.offered), offered=None)
        found = self._fitting(intent, after)
        if not found:
            text = _none(intent, situation.gathered, other=True)
            return Outcome(text, ResponseStatus.NO_RESULT, situation)
        offered = self._offered(intent, found, after)
        return offered._replace(done=(asking.name, {}))

    def _tell(self, asking: Intent, situation: Situation, faults: Faults) -> Outcome:
        intent = self._open(situation)
        item = None
        if intent is not None and situation.offered is not None:
            item = self._item(intent, situation.offered, situation.day)
        if faults.service and not self._world.file.line:
            return self._prompted(situation)._replace(status=ResponseStatus.ERROR, faulty=True)
        if item is None:
            return self._nothing_yet(situation, faults)
        of = {slot: _first(value) for slot, value in item.of.items()}
        told = [text for each in asking.answers if (text := spoken(each, {**of, "name": item.name}))]
        values = [of[slot] for slot in asking.tells if slot in of]
        if not values:
            text = f"I do not know that about {item.name}."
            return Outcome(text, ResponseStatus.NO_RESULT, situation)
        return Outcome(
            text=told[0] if told else f"{item.name}: {', '.join(values)}.",
            status=ResponseStatus.OK,
            situation=situation,
            action=asking.name.replace("/", "."),
            result=", ".join(values),
            items=(item.name,),
            done=(asking.name, {}),
        )

    def _nothing_yet(self, situation: Situation, faults: Faults) -> Outcome:
        """Answer who asks about what was not offered."""
        if self._world.file.line:
            return self.again(situation, faults)
        text = "We have not talked about anything of the kind."
        return Outcome(text, ResponseStatus.NO_RESULT, situation, asked=situation.asked)

    def _fitting(self, intent: Intent, situation: Situation) -> list[Item]:
        assert intent.searches is not None
        items = self._world.items(intent.searches, situation.day)
        return [
            item
            for item in items
            if item.available
            and item.name not in situation.refused
            and all(_has(item, slot, value) for slot, value in situation.gathered.items())
        ]

    def _item(self, intent: Intent, name: str, day: int) -> Item | None:
        assert intent.searches is not None
        return next((item for item in self._world.items(intent.searches, day) if item.name == name), None)


def _has(item: Item, slot: str, value: str) -> bool:
    has = item.of.get(slot, item.name)
    return value == ANY or has == value or (isinstance(has, tuple) and value in has)


def _first(value: str | tuple[str, ...]) -> str:
    return value if isinstance(value, str) else value[0]


def _question(intent: Intent, slot: str) -> str:
    return intent.prompts.get(slot) or f"Which {slot.replace('_', ' ')}?"


def _offer(intent: Intent, item: Item, gathered: Mapping[str, str], *, otherwise: bool = False) -> str:
    values = {slot: _first(value) for slot, value in item.of.items()}
    values |= {slot: value for slot, value in gathered.items() if value != ANY}
    values |= {"name": item.name, intent.searches or "name": item.name}
    told = [text for answer in intent.answers if (text := spoken(answer, values)) is not None]
    place = crc32(item.name.encode()) + otherwise
    return told[place % len(told)] if told else f"How about {item.name}?"


def _none(
    intent: Intent, gathered: Mapping[str, str], *, other: bool = False, otherwise: bool = False
) -> str:
    wanted = ", ".join(f"{slot} {value}" for slot, value in sorted(gathered.items()) if value != ANY)
    kind = (intent.searches or "thing").replace("_", " ")
    if otherwise:
        return f"I have no {kind} with {wanted or 'that'}, I'm afraid."
    return f"I'm sorry but there is no {'other ' if other else ''}{kind} with {wanted or 'that'}."
