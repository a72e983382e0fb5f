"""One session: a customer pursues wishes until they are met or given up."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from simulator.sample_log.acts import Wording
from simulator.sample_log.dice import Dice
from simulator.sample_log.hearing import hear
from simulator.sample_log.people import Customer, Wish
from simulator.sample_log.responses import respond
from simulator.sample_log.understanding import Reading, fill, read
from streams.records import (
    Device,
    DialogueContext,
    Interpretation,
    Response,
    ResponseStatus,
    Signal,
    SignalKind,
    Slot,
    Turn,
)
from streams.records.failure_point import Stage
from streams.truth import Truth

__all__ = ["Conversation", "Spoken"]

_VERSIONS = {"asr": "7.2", "nlu": "4.1"}
_MORE_DETAIL = {
    "music/play_artist": Wording("play songs by {artist}", 1),
    "music/play_song": Wording("play the song {song}", 1),
    "lights/turn_on": Wording("turn on the lights in the {room}", 1),
    "lights/turn_off": Wording("turn off the lights in the {room}", 1),
    "timer/set": Wording("set a timer for {duration}", 1),
    "alarm/set": Wording("set an alarm for {time}", 1),
    "shopping/add": Wording("add {item} to the shopping list", 1),
}
_UNSUPPORTED = ("order a pizza", "order me a pizza", "book a taxi", "what's my bank balance")
_OVERHEARD = ("so then he told her everything", "and now the news", "he shoots and scores", "what a goal")
_RETRY = ("again", "clearer", "other words", "more detail")
_ATTEMPTS = 4


@dataclass(frozen=True, slots=True)
class Spoken:
    """What a customer says: the words, what they mean, and how clearly they come."""

    text: str
    meaning: Interpretation
    clarity: float
    wording: Wording | None = None


@dataclass
class Conversation:
    """Turns, signals and truth of one session, as they come.

    Attributes
    ----------
    number
        How many turns this customer has had before; ids count on from it.
    time
        When the next request begins.
    """

    customer: Customer
    device_id: str
    device: Device
    number: int
    time: datetime
    dice: Dice
    turns: list[Turn] = field(default_factory=list)
    signals: list[Signal] = field(default_factory=list)
    truths: list[Truth] = field(default_factory=list)

    def overhear(self) -> None:
        """Wake up although nobody spoke to the assistant."""
        text = self.dice.pick(_OVERHEARD)
        self._turn(Spoken(text, Interpretation(), 1.0), None, f"g-{self._next_id()}", Stage.FALSE_WAKE)

    def ask_too_much(self) -> None:
        """Ask, perhaps twice, for what nobody could serve."""
        goal = f"g-{self._next_id()}"
        meaning = Interpretation(domain="chat", intent="unsupported")
        for text in dict.fromkeys(self.dice.pick(_UNSUPPORTED) for _ in range(2)):
            self._turn(Spoken(text, meaning, 0.0), None, goal, Stage.CORRECT, unsupported=True)
            self._wait(3, 9)
            if not self.dice.chance(0.5):
                break

    def pursue(self, wish: Wish) -> None:
        """Ask for something, and try again where it is not met."""
        goal = f"g-{self._next_id()}"
        first = len(self.turns)
        spoken = self._say(wish, self.customer.words(wish.act, self.dice), self.customer.clarity)
        context: DialogueContext | None = None
        tries: list[int] = []
        met = False
        for attempt in range(1, _ATTEMPTS + 2):
            tries.append(len(self.turns))
            reading, response = self._turn(spoken, context, goal, None, wish=wish)
            right = _means(reading.interpretation, spoken.meaning) and response.status is ResponseStatus.OK
            if right and response.asked is None:
                met = True
                break
            context = (
                None
                if response.asked is None
                else DialogueContext(asked=response.asked, prompt=response.text)
            )
            if right and context is not None:
                self._told(tries, understood=True)
                tries = []
                self._wait(0.5, 2.5)
                spoken = self._answer(wish)
                continue
            if attempt > _ATTEMPTS or not self.dice.chance(self.customer.patience):
                self._give_up(goal, wrong=response.action is not None)
                break
            self._object(goal, wrong=response.action is not None)
            spoken = self._retry(wish, spoken, attempt)
        self._told(tries, understood=met)
        self.truths[first:] = [
            truth.model_copy(update={"goal_success": met}) for truth in self.truths[first:]
        ]
        if met:
            self._enjoy(wish, goal)

    def pause(self) -> None:
        """Let time pass until the next wish."""
        self._wait(6, 40)

    def _say(self, wish: Wish, wording: Wording, clarity: float) -> Spoken:
        values = {name: value for name, value in wish.values.items() if f"{{{name}}}" in wording.text}
        return Spoken(wording.text.format(**values), fill(wish.act, values), clarity, wording)

    def _answer(self, wish: Wish) -> Spoken:
        slot = wish.act.asks
        assert slot is not None, "only an act that asks leads to a question"
        value = wish.values[slot]
        text = self.dice.pick((value, value, f"the {value}" if slot == "room" else f"uh {value}"))
        meaning = Interpretation(
            domain=wish.act.domain, intent="answer", slots=(Slot(name=slot, value=value),)
        )
        return Spoken(text, meaning, self.customer.clarity)

    def _retry(self, wish: Wish, last: Spoken, attempt: int) -> Spoken:
        weights = (0.4, 0.22, 0.28, 0.1) if attempt == 1 else (0.1, 0.25, 0.5, 0.15)
        style = self.dice.weighted(_RETRY, weights)
        clarity = self.customer.clarity
        if style in ("again", "clearer"):
            return replace(last, clarity=clarity * (0.6 if style == "again" else 0.2))
        if style == "more detail" and wish.act.name in _MORE_DETAIL:
            return self._say(wish, _MORE_DETAIL[wish.act.name], clarity * 0.4)
        # Who tries other words mostly takes the plain ones.
        others = [
            wording
            for wording in wish.act.wordings
            if wording != last.wording and ("{" in wording.text or not wish.act.slots)
        ]
        weights_of = [w.weight * (1.0 if w.read == "right" else 0.25) for w in others]
        return self._say(wish, self.dice.weighted(others, weights_of), clarity * 0.5)

    def _turn(
        self,
        spoken: Spoken,
        context: DialogueContext | None,
        goal: str,
        stage: Stage | None,
        *,
        wish: Wish | None = None,
        unsupported: bool = False,
    ) -> tuple[Reading, Response]:
        asr = hear(spoken.text, spoken.clarity, self.dice)
        heard = asr[0].text
        asked = None if context is None else context.asked
        reading = read(heard, asked, wish.act.domain if wish is not None else None)
        failing = self.dice.chance(0.004)
        ended = self.time + timedelta(seconds=round(self.dice.between(1.5, 4.5), 1))
        response = respond(
            reading.interpretation,
            resolved=reading.resolved,
            asks=_asks(reading, wish, asked),
            failing=failing,
            ended=ended,
        )
        turn_id = self._next_id()
        self.turns.append(
            Turn(
                turn_id=turn_id,
                customer_id=self.customer.customer_id,
                home_id=self.customer.home.home_id,
                device_id=self.device_id,
                time=self.time,
                utc_offset_minutes=self.customer.home.utc_offset_minutes,
                locale="en-US",
                utterance=heard,
                device=self.device,
                context=context,
                wake_score=self._wake_score(context, awake=stage is not Stage.FALSE_WAKE),
                asr=asr,
                nlu=reading.ranked(self.dice),
                entities=reading.entities(),
                response=response,
                versions=_VERSIONS,
            )
        )
        if stage is None:
            stage = _stage(spoken, heard, reading, response)
        self.truths.append(
            Truth(
                turn_id=turn_id,
                customer_id=self.customer.customer_id,
                transcription=spoken.text,
                speech=stage is not Stage.FALSE_WAKE,
                interpretation=spoken.meaning,
                defect=stage is not Stage.CORRECT,
                failure_point=stage,
                unsupported=unsupported,
                goal_id=goal,
            )
        )
        self.time = ended
        return reading, response

    def _wake_score(self, context: DialogueContext | None, *, awake: bool) -> float | None:
        if context is not None:
            return None  # the device was listening already
        return round(self.dice.between(0.7, 0.99) if awake else self.dice.between(0.45, 0.8), 2)

    def _object(self, goal: str, *, wrong: bool) -> None:
        """React to a request that was not met, before trying again."""
        if self.dice.chance(0.45 if wrong else 0.08):
            self._interrupt()
        if wrong and self.dice.chance(0.25):
            self._wait(0.5, 2)
            self._courtesy(("no", "no that's wrong", "no not that"), "deny", goal)
        self._wait(1, 8)

    def _give_up(self, goal: str, *, wrong: bool) -> None:
        if wrong and self.dice.chance(0.5):
            self._interrupt()
        if self.dice.chance(0.35):
            self._wait(1, 4)
            self._courtesy(("never mind", "forget it", "cancel that"), "cancel", goal)
        elif self.dice.chance(0.02):
            self._signal(SignalKind.RATING, 10, value=round(self.dice.between(0.0, 0.3), 1))

    def _enjoy(self, wish: Wish, goal: str) -> None:
        if wish.act.name.startswith("music/play"):
            share = self.dice.between(0.5, 1.0) if self.dice.chance(0.85) else self.dice.between(0.1, 0.5)
            self._signal(SignalKind.PLAYBACK_ENDED, share * 220, value=round(share, 2))
        if self.dice.chance(0.03):
            self._signal(SignalKind.RATING, 12, value=round(self.dice.between(0.7, 1.0), 1))
        elif self.dice.chance(0.01):
            self._signal(SignalKind.HELPED, 6, value=1.0)
        if self.dice.chance(0.07):
            self._wait(0.5, 3)
            self._courtesy(("thank you", "thanks", "great thanks"), "thank", goal)

    def _courtesy(self, texts: tuple[str, ...], intent: str, goal: str) -> None:
        meaning = Interpretation(domain="chat", intent=intent)
        self._turn(Spoken(self.dice.pick(texts), meaning, 0.0), None, goal, Stage.CORRECT)

    def _interrupt(self) -> None:
        turn = self.turns[-1]
        assert turn.response is not None
        heard = round(self.dice.between(0.3, 1.4), 1)
        cut = turn.time + timedelta(seconds=heard)
        self.turns[-1] = turn.model_copy(update={"response": turn.response.model_copy(update={"ended": cut})})
        self.time = cut
        self._signal(SignalKind.INTERRUPTED, 0, value=heard)
        if turn.response.action in ("music.play_artist", "music.play_song", "music.play_genre"):
            share = self.dice.between(0.0, 0.05)
            self._signal(SignalKind.PLAYBACK_ENDED, share * 220, value=round(share, 2))

    def _signal(self, kind: SignalKind, after: float, value: float) -> None:
        turn_id = self.turns[-1].turn_id
        self.signals.append(
            Signal(
                signal_id=f"{turn_id}-{kind.value}",
                turn_id=turn_id,
                customer_id=self.customer.customer_id,
                time=self.time + timedelta(seconds=round(after, 1)),
                kind=kind,
                value=value,
            )
        )

    def _told(self, tries: list[int], *, understood: bool) -> None:
        """Note, for each time something was said, the later times that it was said again."""
        for place, index in enumerate(tries):
            later = tuple(self.turns[other].turn_id for other in tries[place + 1 :])
            if later:
                best = later[-1] if understood else None
                self.truths[index] = self.truths[index].model_copy(
                    update={"rephrases": later, "best_rephrase": best}
                )

    def _wait(self, low: float, high: float) -> None:
        self.time += timedelta(seconds=round(self.dice.between(low, high), 1))

    def _next_id(self) -> str:
        return f"{self.customer.customer_id}-{self.number + len(self.turns):04}"


def _means(understood: Interpretation, meant: Interpretation) -> bool:
    return understood.key == meant.key


def _asks(reading: Reading, wish: Wish | None, asked: str | None) -> str | None:
    """Give the slot that the assistant asks for next, if it does."""
    meaning = reading.interpretation
    if asked is not None and meaning.is_empty:
        return asked
    if wish is None or wish.act.asks is None or meaning.slots:
        return None
    return wish.act.asks if _means(meaning, fill(wish.act, {})) else None


def _stage(spoken: Spoken, heard: str, reading: Reading, response: Response) -> Stage:
    """Give the earliest stage from which on everything was wrong."""
    if _means(reading.interpretation, spoken.meaning):
        return Stage.RESULT if response.status is ResponseStatus.ERROR else Stage.CORRECT
    return Stage.ASR if heard != spoken.text else Stage.NLU
