"""A call to a line that finds things: constraints, an offer, questions about it, another one, good bye."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from simulator.dice import Dice
from simulator.people import Spoken, style_of
from simulator.people.moods import CLEARER, MORE, OTHER
from simulator.people.wishes import ANY
from simulator.people.words import interpretation
from simulator.simulation.alternatives import alternative
from simulator.simulation.drafts import Draft, Goal, note_rephrases
from simulator.simulation.talk import Heard, Talk
from simulator.world.schema import Intent
from streams.records import Interpretation, ResponseStatus, SignalKind

__all__ = ["Call"]

#: The longest calls of DSTC2's training set have so many turns.
_MOST_TURNS = 30
#: Turns of a call among which what is overheard falls.
_EARLY = 8
#: How many of the things that they want callers name at once: none, one, two.
_AT_ONCE = (0.03, 0.37, 0.6)
#: Whoever looks for other words thinks so often.
_TRIES = 5
#: How many give an answer that was misunderstood in other words when the question comes again.
_OTHERWISE = 0.4
#: What answers a question is expected, and heard the better: factor on the noise.
_EXPECTED = 0.38
#: Share of what a line hears beside the caller that has no words in it.
_WORDLESS = 0.83
#: Who asked for something and was not told it mostly knows.
_KNOWS = 0.8
#: How often a caller says without being asked what else is wanted, when something was offered.
_INSISTS = 0.68
#: Questions that a caller has about what is offered: none, one, two …
_QUESTIONS = (0.08, 0.33, 0.42, 0.14, 0.03)
#: How often a caller whose good bye was taken for something else puts the telephone down all the same.
_JUST_GOES = 0.35
#: How many of those who were served, and of those who were not, say that the call was a success.
_PLEASED, _CONTENT = 0.985, 0.62


@dataclass
class Call:
    """One call, from the assistant's greeting to the end.

    Attributes
    ----------
    talk
        Where it is noted.
    """

    talk: Talk
    failures: int = 0
    tried: list[str] = field(default_factory=list)
    told: list[Draft] = field(default_factory=list)
    noise: float = 1.0

    def run(self) -> None:
        """Talk until everything is found out, or it is given up."""
        talk, dice = self.talk, self.talk.dice
        cast = talk.cast
        self.wish = cast.wishes.draw(
            talk.customer, talk.day, talk.states(), talk.kinds, dice.branch("goal", 0, "wish")
        )
        self.goal = Goal(f"g{dice.number:016x}")
        self.questions = self._questions(dice.branch("questions"))
        overheard = self._overheard(dice.branch("wakes"))
        talk.wait(talk.opening)
        said = self._first(dice.branch("first"))
        for number in range(_MOST_TURNS):
            chance = dice.branch("turn", number)
            if said is None or talk.over:
                break
            if number in overheard:
                self._overhear(chance.branch("overheard"))
            heard = self._say(said, chance)
            people = cast.world.file.people
            wrong = heard.mood.takes_for_wrong(
                people, wrong=heard.answer.defect, plain=self._plainly(heard, chance)
            )
            cut = heard.mood.interrupts(people, taken_for_wrong=wrong, plain=False)
            talk.finish(heard, cut=cut)
            talk.wait(heard.mood.waits(people.gap))
            said = self._again(said, heard, chance) if wrong else self._next(heard, chance)
        note_rephrases(self.told)
        self._rate(dice.branch("rated"))

    def _first(self, dice: Dice) -> Spoken | None:
        """Name some of what is wanted."""
        talk, words = self.talk, self.talk.cast.words
        slots = list(self.wish.values)
        count = min(dice.weighted(range(len(_AT_ONCE)), _AT_ONCE), len(slots))
        named = set()
        for place in range(count):
            named.add(slots.pop(int(dice.branch("slot", place).uniform() * len(slots))))
        if not named:
            return words.plain(self.wish.intent, talk.day, dice)
        return words.some(self.wish, frozenset(named), self.tried, talk.day, dice)

    def _plainly(self, heard: Heard, chance: Dice) -> bool:
        """Whether a misunderstanding is plain: something was asked for, and not told.

        What a line says again, or says that it cannot find, does not tell by itself that it misheard.
        """
        asked = heard.draft.said.meaning
        return heard.answer.defect and not asked.slots and chance.branch("knows").chance(_KNOWS)

    def _say(self, said: Spoken, chance: Dice) -> Heard:
        wanted = interpretation(self.wish.intent.name, self.wish.values)
        noise = self.noise * (_EXPECTED if self.talk.situation.asked is not None else 1.0)
        heard = self.talk.turn(said, self.goal, chance, wish=self.wish, wanted=wanted, noise=noise)
        self.tried.append(said.text)
        self.told.append(heard.draft)
        return heard

    def _next(self, heard: Heard, chance: Dice) -> Spoken | None:
        """Go on from what was understood; None where the call is over."""
        note_rephrases(self.told)
        self.told, self.failures, self.noise = [], 0, 1.0
        if not heard.answer.defect:
            self.tried = []
        words, day, drawn = self.talk.cast.words, self.talk.day, chance.branch("next")
        situation = self.talk.situation
        if heard.draft.said.meaning.intent == "bye":
            return None
        if situation.confirming:
            return words.courtesy("affirm" if self._wants(situation.confirming) else "deny", day, drawn)
        if situation.asked is not None:
            return self._answer(situation.asked, drawn)
        if heard.answer.response.status is ResponseStatus.NO_RESULT:
            return self._something_else(drawn)
        if situation.offered is None:
            return self._first(drawn)
        return self._about_the_offer(drawn)

    def _wants(self, values: Mapping[str, str]) -> bool:
        """Whether these values are wanted, or none of their kind is."""
        names = {slot: item.name for slot, item in self.wish.items.items()}
        return all(names.get(slot, ANY) == value for slot, value in values.items())

    def _about_the_offer(self, dice: Dice) -> Spoken | None:
        words, day = self.talk.cast.words, self.talk.day
        gathered = self.talk.situation.gathered
        missing = [slot for slot, item in self.wish.items.items() if gathered.get(slot) != item.name]
        if missing and dice.chance(_INSISTS):
            return words.naming(self.wish, dice.pick(missing), day, dice)
        if dice.chance(self.talk.cast.world.file.people.asks_for_more) and (another := self._another()):
            return words.plain(another, day, dice)
        if self.questions:
            return words.plain(self.questions.pop(0), day, dice)
        self.goal.success = not missing
        return words.courtesy("bye", day, dice)

    def _answer(self, slot: str, dice: Dice) -> Spoken | None:
        """Answer a question; the second time in other words, if one thinks of it."""
        said = self._answered(slot, dice.branch("answer", 0))
        if dice.branch("otherwise").chance(_OTHERWISE):
            for place in range(1, _TRIES):
                if said is None or said.text not in self.tried:
                    break
                said = self._answered(slot, dice.branch("answer", place))
        return said

    def _answered(self, slot: str, dice: Dice) -> Spoken | None:
        words, talk = self.talk.cast.words, self.talk
        intent = talk.situation.open_intent or self.wish.intent.name
        if slot in self.wish.values:
            if dice.chance(0.4):
                return words.naming(self.wish, slot, talk.day, dice)
            said = words.answer(self.wish, slot, dice)
            return Spoken(said.text, interpretation(intent, {slot: self.wish.values[slot]}))
        indifferent = next((item for item in talk.cast.world.items(slot, talk.day) if item.name == ANY), None)
        if indifferent is None:
            item = talk.cast.tastes.item(talk.customer, slot, talk.day, dice)
            return Spoken(item.name, interpretation(intent, {slot: item.name}))
        text = dice.pick((*indifferent.also, indifferent.name))
        return Spoken(text, interpretation(intent, {slot: text}))

    def _something_else(self, dice: Dice) -> Spoken | None:
        """Ask for something else, since what was wanted is not to be had."""
        talk = self.talk
        if not dice.chance(talk.cast.world.file.people.tries_again[0]):
            return talk.cast.words.courtesy("bye", talk.day, dice)
        if not self.wish.items:
            return self._first(dice)
        other, changed = alternative(self.wish, talk, dice)
        self.wish = other
        slots = changed or list(other.values)
        if not slots:
            return self._first(dice)
        return talk.cast.words.naming(other, slots[0], talk.day, dice)

    def _again(self, last: Spoken, heard: Heard, chance: Dice) -> Spoken | None:
        """Say it again, one way or another; None for who gives up."""
        talk, people, mood = self.talk, self.talk.cast.world.file.people, heard.mood
        self.failures += 1
        again = chance.branch("again")
        if last.meaning.intent == "bye" and again.chance(_JUST_GOES):
            return None
        if not mood.tries_again(people, talk.customer, self.failures):
            if again.chance(people.hangs_up):
                return None
            self.failures = 0
            return talk.cast.words.courtesy("bye", talk.day, again)
        if mood.objects(people, plain=heard.plain):
            self._courtesy("deny", again)
        style = style_of(mood, people, self.failures)
        self.noise = people.clearer_noise if style == CLEARER else 1.0
        if style not in (OTHER, MORE) or not last.meaning.slots:
            return self._put_otherwise(last, again) if style == OTHER else last
        named = frozenset(slot.name for slot in last.meaning.slots)
        if style == MORE:
            named |= frozenset(self.wish.values)
        if named - frozenset(self.wish.values):
            return last
        return talk.cast.words.some(self.wish, named, self.tried, talk.day, again) or last

    def _put_otherwise(self, last: Spoken, dice: Dice) -> Spoken:
        """Put a question, or a courtesy, in other words."""
        words, day = self.talk.cast.words, self.talk.day
        if last.meaning.domain == "chat":
            return last
        intent = self.talk.cast.world.intent(f"{last.meaning.domain}/{last.meaning.intent}")
        for place in range(6):
            said = words.plain(intent, day, dice.branch(place))
            if said is not None and said.text not in self.tried:
                return said
        return last

    def _courtesy(self, kind: str, dice: Dice) -> None:
        talk = self.talk
        said = talk.cast.words.courtesy(kind, talk.day, dice.branch(kind, "words"))
        if said is not None:
            heard = talk.turn(said, self.goal, dice.branch(kind))
            talk.finish(heard, cut=False)
            talk.wait(heard.mood.waits(talk.cast.world.file.people.gap))

    def _overheard(self, dice: Dice) -> Sequence[int]:
        mean = self.talk.cast.world.file.assistant.wakes_falsely
        return [place for place in range(_EARLY) if dice.chance(mean / _EARLY)]

    def _overhear(self, dice: Dice) -> None:
        """Hear something that nobody said to the assistant."""
        texts = self.talk.cast.world.file.assistant.overheard
        if texts:
            text = "" if dice.chance(_WORDLESS) else dice.pick(texts)
            said = Spoken(text, Interpretation())
            heard = self.talk.turn(said, self.goal, dice.branch("turn"), speech=False)
            self.talk.finish(heard, cut=False)
            self.talk.wait(heard.mood.waits(self.talk.cast.world.file.people.gap))

    def _questions(self, dice: Dice) -> list[Intent]:
        telling = [intent for intent in self.talk.cast.world.file.intents if intent.tells]
        if not telling:
            return []
        count = dice.weighted(range(len(_QUESTIONS)), _QUESTIONS)
        drawn = [dice.weighted(telling, [intent.share for intent in telling]) for _ in range(count)]
        return list({intent.name: intent for intent in drawn}.values())

    def _another(self) -> Intent | None:
        kind = self.wish.intent.searches
        return next(
            (
                intent
                for intent in self.talk.cast.world.file.intents
                if intent.searches == kind and not intent.slots and not intent.optional
            ),
            None,
        )

    def _rate(self, dice: Dice) -> None:
        if not self.talk.drafts or not dice.chance(self.talk.cast.world.file.people.rates):
            return
        pleased = dice.chance(_PLEASED if self.goal.success else _CONTENT)
        self.talk.signal(
            self.talk.drafts[-1], SignalKind.RATING, self.talk.ended + 5.0, value=1.0 if pleased else 0.0
        )
