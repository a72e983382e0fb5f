"""How a person in a home pursues a wish: says it, answers questions, tries again, gives up, or goes on from there."""

from dataclasses import dataclass, field

from simulator.dice import Dice
from simulator.people import Spoken, Wish, style_of
from simulator.people.moods import CLEARER, MORE, OTHER, SAME
from simulator.people.wishes import meaning_of
from simulator.people.words import interpretation
from simulator.simulation.drafts import Draft, Goal, note_rephrases
from simulator.simulation.talk import Heard, Talk
from simulator.world.schema import IntentKind
from streams.records import Interpretation, ResponseStatus, SignalKind

__all__ = ["Pursuit"]

#: Nobody takes more turns than this for one wish.
_MOST_TURNS = 12
#: Of those for whom other words worked, so many keep to them.
_LEARNS = 0.6
_DENIALS = frozenset({"deny", "no"})
#: A short answer comes sooner than a new request.
_ANSWERS_IN = 0.45
#: How much less people insist on what they are told that it cannot be had.
_RESIGNS = 0.6
#: Share of what was played to the end, of those who got what they wanted.
_PLAYED_ON = 0.85
#: Seconds of an item that is played.
_LENGTH = 210.0


@dataclass
class Pursuit:
    """One wish in one talk.

    Attributes
    ----------
    talk
        Where it is pursued.
    wish
        What is wanted.
    goal
        What its turns are for.
    dice
        All chance of it.
    """

    talk: Talk
    wish: Wish
    goal: Goal
    dice: Dice
    failures: int = 0
    tried: list[str] = field(default_factory=list)
    #: Turns that said the same, since the last of them that was understood.
    told: list[Draft] = field(default_factory=list)
    noise: float = 1.0

    def run(self, said: Spoken | None = None) -> bool:
        """Pursue it to its end.

        Parameters
        ----------
        said
            How it is said first; None: as this person says such things.

        Returns
        -------
        bool
            Whether the person thinks that it was met.
        """
        talk = self.talk
        if said is None:
            said = talk.cast.words.first(
                self.wish, talk.customer, talk.memory, talk.day, self.dice.branch("first")
            )
        self.first = said
        if said.phrasing is not None:
            self.wish = self.wish.as_said(said.phrasing.slots)
        for number in range(_MOST_TURNS):
            chance = self.dice.branch("turn", number)
            heard = self._say(said, chance)
            people = talk.cast.world.file.people
            wrong = self._taken_for_wrong(heard)
            talk.finish(heard, cut=heard.mood.interrupts(people, taken_for_wrong=wrong, plain=heard.plain))
            if not wrong:
                note_rephrases(self.told)
                self.told = []
                if (answer := self._answered(heard, said, chance)) is None:
                    return self._satisfied(heard, said)
                said = answer
                self.noise = 1.0
                talk.wait(heard.mood.waits(people.gap) * _ANSWERS_IN)
                continue
            self.failures += 1
            if not self._goes_on(heard, chance) or talk.over:
                break
            said = self._again(said, heard, chance)
        self._gives_up(heard, chance)
        return False

    def _say(self, said: Spoken, chance: Dice) -> Heard:
        wish = self.wish
        meaning = self._meant_now(said)
        wanted = interpretation(meaning_of(wish.intent, self.talk.states()), wish.values)
        heard = self.talk.turn(
            Spoken(said.text, meaning, said.phrasing),
            self.goal,
            chance,
            wish=wish,
            wanted=None if wish.unsupported or meaning is wanted or meaning == wanted else wanted,
            noise=self.noise,
            unsupported=wish.unsupported,
        )
        self.tried.append(said.text)
        self.told.append(heard.draft)
        self.goal.success = self.goal.success or heard.answer.met
        return heard

    def _meant_now(self, said: Spoken) -> Interpretation:
        """Give what is meant at this moment: what plays, or what the assistant asked, decides."""
        if said.meaning.domain == "chat":
            return said.meaning
        values = {slot.name: slot.value for slot in said.meaning.slots}
        if said.phrasing is not None:
            return interpretation(meaning_of(self.wish.intent, self.talk.states()), values)
        situation = self.talk.situation
        return interpretation(situation.open_intent or self.wish.meant, values)

    def _taken_for_wrong(self, heard: Heard) -> bool:
        people = self.talk.cast.world.file.people
        answer = heard.answer
        asked = answer.response.asked
        if asked is not None and asked not in self.wish.values:
            return True  # who wants a timer, and is asked for a room, knows that something went wrong
        return heard.mood.takes_for_wrong(people, wrong=answer.defect, plain=heard.plain)

    def _answered(self, heard: Heard, said: Spoken, chance: Dice) -> Spoken | None:
        """Answer what the assistant asks, if it asks."""
        words, talk = self.talk.cast.words, self.talk
        asked = heard.answer.response.asked
        if asked is not None:
            return words.answer(self.wish, asked, chance.branch("answer words"))
        if heard.answer.situation.confirming:
            return self._confirmed(heard, chance)
        if said.meaning.intent in _DENIALS:  # … and now it knows what was not wanted
            return words.other(self.wish, self.tried, talk.day, chance.branch("after all")) or self.first
        return None

    def _confirmed(self, heard: Heard, chance: Dice) -> Spoken | None:
        right = all(
            self.wish.values.get(slot) == value for slot, value in heard.answer.situation.confirming.items()
        )
        kind = "affirm" if right else "deny"
        return self.talk.cast.words.courtesy(kind, self.talk.day, chance.branch("confirms"))

    def _goes_on(self, heard: Heard, chance: Dice) -> bool:
        """React to a failure, and decide whether to try again."""
        talk, mood, people = self.talk, heard.mood, self.talk.cast.world.file.people
        if mood.objects(people, plain=heard.plain):
            talk.wait(mood.waits(people.gap) * _ANSWERS_IN)
            self._courtesy("deny", chance)
        elif mood.complains(people):
            talk.wait(mood.waits(people.gap) * _ANSWERS_IN)
            self._courtesy("complain", chance)
        again = mood.tries_again(people, talk.customer, self.failures)
        if again and heard.plain and not heard.answer.defect:
            again = mood.grumpiness < _RESIGNS
        if again:
            self._used(heard, chance.branch("used"), pleased=False)
            talk.wait(mood.waits(people.gap))
        return again

    def _again(self, last: Spoken, heard: Heard, chance: Dice) -> Spoken:
        """Say it again, one way or another."""
        talk, people = self.talk, self.talk.cast.world.file.people
        style = style_of(heard.mood, people, self.failures)
        if heard.answer.response.status is ResponseStatus.ERROR:
            style = SAME  # it was understood: there is nothing to put better
        self.noise = people.clearer_noise if style == CLEARER else 1.0
        words, again = talk.cast.words, chance.branch("again")
        found: Spoken | None = None
        if style == OTHER:
            found = words.other(self.wish, self.tried, talk.day, again)
        elif style == MORE and (more := words.more(self.wish, self.tried, talk.day, again)) is not None:
            self.wish, found = more
        if found is not None:
            return found
        if last.phrasing is None and talk.situation.asked is None:
            # The assistant waits for no short answer any more.
            return words.other(self.wish, (), talk.day, again) or self.first
        return last

    def _satisfied(self, heard: Heard, said: Spoken) -> bool:
        talk, people, mood = self.talk, self.talk.cast.world.file.people, heard.mood
        if self.failures and said.phrasing is not None and heard.answer.met:
            learned = self.dice.branch("learns").chance(_LEARNS)
            if learned and said.phrasing.text != (self.first.phrasing and self.first.phrasing.text):
                talk.memory.learn(talk.customer.customer_id, self.wish.intent.name, said.phrasing.text)
        after = self.dice.branch("after")
        self._rated(heard, after, pleased=True)
        self._used(heard, after.branch("used"), pleased=True)
        if mood.politeness < people.thanks:
            talk.wait(mood.waits(people.gap) * _ANSWERS_IN)
            self._courtesy("thank", after)
        return True

    def _gives_up(self, heard: Heard, chance: Dice) -> None:
        talk, people = self.talk, self.talk.cast.world.file.people
        note_rephrases(self.told)
        after = self.dice.branch("after")
        self._rated(heard, after, pleased=False)
        self._used(heard, after.branch("used"), pleased=False)
        if after.branch("cancels").chance(people.cancels) and not talk.over:
            talk.wait(heard.mood.waits(people.gap) * _ANSWERS_IN)
            self._courtesy("cancel", after)

    def _courtesy(self, kind: str, dice: Dice) -> None:
        """Say something that is no request."""
        talk = self.talk
        said = talk.cast.words.courtesy(kind, talk.day, dice.branch(kind, "words"))
        if said is None:
            return
        talk.finish(talk.turn(said, self.goal, dice.branch(kind)), cut=False)

    def _used(self, heard: Heard, dice: Dice, *, pleased: bool) -> None:
        """Signal what was done with what came: it is listened to, or stopped; one of the shown items is taken."""
        talk, response = self.talk, heard.answer.response
        if response.status is not ResponseStatus.OK:
            return
        served = self._served(response.action)
        if served is IntentKind.PLAY:
            if not pleased:
                share = dice.between(0.0, 0.06)
            elif dice.chance(_PLAYED_ON):
                share = dice.between(0.5, 1.0)
            else:
                share = dice.between(0.05, 0.5)
            at = talk.ended + share * _LENGTH
            talk.signal(heard.draft, SignalKind.PLAYBACK_ENDED, at, value=round(share, 2))
        elif pleased and len(response.items) > 1 and dice.chance(0.5):
            at = talk.ended + dice.between(2.0, 9.0)
            talk.signal(heard.draft, SignalKind.ITEM_CHOSEN, at, text=response.items[0])

    def _served(self, action: str | None) -> IntentKind | None:
        if action is None:
            return None
        return self.talk.cast.kinds.get(action)

    def _rated(self, heard: Heard, dice: Dice, *, pleased: bool) -> None:
        """Rate it, seldom: what people say of it is not quite what they got."""
        people = self.talk.cast.world.file.people
        if not dice.chance(people.rates):
            return
        at = self.talk.ended + dice.between(4.0, 20.0)
        if dice.chance(0.2):
            self.talk.signal(heard.draft, SignalKind.HELPED, at, value=float(pleased))
            return
        low, high = (0.6, 1.0) if pleased else (0.0, 0.4)
        self.talk.signal(heard.draft, SignalKind.RATING, at, value=round(dice.between(low, high), 1))
