"""What the assistant does about a request that was understood: it serves it, asks back, or says it cannot."""

from collections.abc import Mapping
from zlib import crc32

from simulator.assistant.entities import Catalogue, Match
from simulator.assistant.outcome import Faults, Outcome, Request, spoken
from simulator.assistant.search import Search
from simulator.assistant.situation import Situation
from simulator.world import World
from simulator.world.schema import Intent, IntentKind
from streams.records import ResponseStatus

__all__ = ["Policy"]

#: Last part of the names of chat intents that do something to the talk.
_AGREES = frozenset({"affirm", "yes"})
_CLOSES = frozenset({"cancel", "deny"})


class Policy:
    """Decides what is said and done. The same request in the same situation has the same outcome.

    Parameters
    ----------
    world
        Intents, with their prompts and answers.
    catalogue
        Items, with what they are like.
    """

    def __init__(self, world: World, catalogue: Catalogue) -> None:
        self._file = world.file
        self._catalogue = catalogue
        self._intents = {intent.name: intent for intent in world.file.intents}
        self._search = Search(world, catalogue)

    def decide(self, request: Request, situation: Situation, faults: Faults) -> Outcome:
        """Serve a request."""
        outcome = self._decided(request, situation, faults)
        if self._file.line and outcome.status is ResponseStatus.OK and self._puts_again(outcome, situation):
            # A line does not say that it did not understand; it shows it by putting its question again.
            return outcome._replace(status=ResponseStatus.NOT_UNDERSTOOD)
        return outcome

    def _puts_again(self, outcome: Outcome, situation: Situation) -> bool:
        question = situation.asked is not None or bool(situation.confirming)
        return question and outcome.text == self._search.prompt(situation)

    def _decided(self, request: Request, situation: Situation, faults: Faults) -> Outcome:
        intent = request.intent
        if situation.confirming:
            if intent is not None and intent.name.rpartition("/")[2] in _AGREES:
                return self._search.confirmed(situation, faults)
            if intent is None:
                return self._not_understood(situation, faults)
            situation = situation._replace(confirming={})
        if intent is None:
            return self._not_understood(situation, faults)
        if intent.kind is IntentKind.CHAT:
            return self._chat(intent, situation, faults)
        if intent.kind is IntentKind.UNSUPPORTED:
            text = self._text(intent, {}, "I can't do that yet.")
            return Outcome(text, ResponseStatus.NO_RESULT, _closed(situation))
        if intent.searches is not None or (intent.kind is IntentKind.TELL and intent.tells):
            return self._search.decide(request, situation, faults)
        return self._serve(intent, request.values, situation, faults)

    def _not_understood(self, situation: Situation, faults: Faults) -> Outcome:
        sorry, asked = "Sorry, I didn't get that.", situation.asked
        if self._file.line:
            return self._search.again(situation, faults)
        text = sorry if asked is None else f"{sorry} {self._prompt(situation.open_intent, asked)}"
        return Outcome(text, ResponseStatus.NOT_UNDERSTOOD, situation, asked=asked)

    def _chat(self, intent: Intent, situation: Situation, faults: Faults) -> Outcome:
        name = intent.name.rpartition("/")[2]
        if self._file.line and not intent.answers:
            return self._search.again(situation, faults)
        after = _closed(situation) if name in _CLOSES and not self._file.line else situation
        return Outcome(self._text(intent, {}, "Okay."), ResponseStatus.OK, after, asked=after.asked)

    def _serve(
        self, intent: Intent, values: Mapping[str, Match], situation: Situation, faults: Faults
    ) -> Outcome:
        if situation.open_intent == intent.name:
            before = {slot: name for slot, name in situation.gathered.items() if slot not in values}
            values = {**self._catalogue.exact(before, situation.day), **values}
        if intent.needs_device is not None and intent.needs_device not in situation.device_kinds:
            kind = intent.needs_device.replace("_", " ")
            return Outcome(f"I can't find a {kind} here.", ResponseStatus.NO_RESULT, _closed(situation))
        # A quantity that makes no sense was not said: it is asked for.
        values = {
            slot: match
            for slot, match in values.items()
            if match.name is not None or self._catalogue.holds(slot)
        }
        unknown = next((match for match in values.values() if match.name is None), None)
        if unknown is not None:
            return self._unknown(unknown, situation)
        missing = _missing(intent, values)
        if missing is not None:
            return self._ask(intent, missing, values, situation)
        return self._do(intent, values, situation, faults)

    def _unknown(self, unknown: Match, situation: Situation) -> Outcome:
        text = f"I couldn't find {unknown.value}."
        if situation.asked != unknown.slot:
            return Outcome(text, ResponseStatus.NO_RESULT, _closed(situation))
        text = f"{text} {self._prompt(situation.open_intent, unknown.slot)}"
        return Outcome(text, ResponseStatus.NO_RESULT, situation, asked=situation.asked)

    def _ask(
        self, intent: Intent, missing: str, values: Mapping[str, Match], situation: Situation
    ) -> Outcome:
        after = _closed(situation)._replace(
            open_intent=intent.name,
            asked=missing,
            gathered={slot: match.name or match.value for slot, match in values.items()},
        )
        return Outcome(self._prompt(intent.name, missing), ResponseStatus.OK, after, asked=missing)

    def _do(
        self, intent: Intent, values: Mapping[str, Match], situation: Situation, faults: Faults
    ) -> Outcome:
        names = {slot: match.name or match.value for slot, match in values.items()}
        gone = next((match for match in values.values() if match.item and not match.item.available), None)
        if gone is not None:
            text = f"{gone.name} is not available.".capitalize()
            return Outcome(text, ResponseStatus.NO_RESULT, _closed(situation))
        if faults.service:
            text = "Something went wrong. Try again later."
            return Outcome(text, ResponseStatus.ERROR, _closed(situation), faulty=True)
        result = next((names[slot] for slot in intent.slots if slot in names), None)
        main = next((values[slot].item for slot in intent.slots if slot in values), None)
        changed = faults.version and main is not None and bool(main.versions)
        if main is not None and changed:
            result = main.versions[crc32(main.name.encode()) % len(main.versions)]
        return Outcome(
            text=self._text(intent, names, "Okay."),
            status=ResponseStatus.OK,
            situation=_switched(_closed(situation), intent),
            action=intent.name.replace("/", "."),
            result=result,
            done=(intent.name, {slot: match.stands_for for slot, match in values.items()}),
            faulty=changed,
        )

    def _prompt(self, intent_name: str | None, slot: str) -> str:
        prompts = {} if intent_name is None else self._intents[intent_name].prompts
        return prompts.get(slot) or f"Which {slot.replace('_', ' ')}?"

    def _text(self, intent: Intent, values: Mapping[str, str], otherwise: str) -> str:
        """Say one of the answers, always the same one about the same values."""
        told = [text for answer in intent.answers if (text := spoken(answer, values)) is not None]
        if not told:
            return otherwise
        return told[crc32(repr(sorted(values.items())).encode()) % len(told)]


def _missing(intent: Intent, values: Mapping[str, Match]) -> str | None:
    order = (*(slot for slot in intent.asks if slot in intent.slots), *intent.slots)
    return next((slot for slot in order if slot not in values), None)


def _closed(situation: Situation) -> Situation:
    if situation.open_intent is None and situation.offered is None:
        return situation
    return situation._replace(
        open_intent=None, asked=None, gathered={}, offered=None, refused=(), confirming={}
    )


def _switched(situation: Situation, intent: Intent) -> Situation:
    states = situation.states
    if intent.stops is not None and intent.stops in states:
        states = tuple(state for state in states if state != intent.stops)
    if intent.starts is not None and intent.starts not in states:
        states = (*states, intent.starts)
    return situation if states == situation.states else situation._replace(states=states)
