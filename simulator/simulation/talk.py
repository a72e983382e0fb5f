"""One talk: a person, a device, and turn after turn, each heard, perhaps rewritten, answered and noted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from simulator.assistant import Answer, Said, Situation
from simulator.dice import Dice
from simulator.people import (
    Customer,
    Home,
    Memory,
    Mood,
    Placed,
    Spoken,
    Surroundings,
    Wish,
)
from simulator.simulation.cast import Cast
from simulator.simulation.drafts import Draft, Goal
from simulator.simulation.rewriting import Applied, Asked, Rewriting
from streams.records import (
    Ambient,
    AppliedRewrite,
    AsrHypothesis,
    Device,
    DialogueContext,
    Interpretation,
    ResponseStatus,
    Signal,
    SignalKind,
)

__all__ = ["Heard", "Talk"]

_DAY = 86_400.0
#: People say about 180 words a minute; a synthetic voice about 165 (docs/simulator.md).
_SAYING, _SPEAKING = 60.0 / 180.0, 60.0 / 165.0
#: Seconds that a microphone waits for more, and that the assistant thinks.
_LISTENING, _THINKING = 0.6, 0.7
#: A device in a home stops waiting for the answer to its question after so many seconds.
_WAITS = 8.0
#: A talk that is still going on this close to midnight (UTC) breaks off.
_CLOSING = 60.0


class Heard(NamedTuple):
    """What a person gets for a request.

    Attributes
    ----------
    draft
        The turn as it is noted.
    mood
        How the person will take it.
    plain
        The assistant says itself that it did not work.
    """

    draft: Draft
    mood: Mood
    plain: bool

    @property
    def answer(self) -> Answer:
        """What the assistant made of it."""
        return self.draft.answer


@dataclass
class Talk:
    """Turns and signals of one talk, as they come.

    Attributes
    ----------
    day
        Day of the world.
    clock
        Second of the world at which the next request may begin.
    dice
        All chance of this talk.
    kinds
        What the home has on this day, by name.
    devices
        Those of it that listen.
    number
        Turns so far.
    """

    cast: Cast
    home: Home
    customer: Customer
    surroundings: Surroundings
    memory: Memory
    day: int
    clock: float
    dice: Dice
    kinds: tuple[str, ...]
    devices: tuple[Placed, ...]
    drafts: list[Draft] = field(default_factory=list)
    signals: list[Signal] = field(default_factory=list)
    number: int = 0
    situation: Situation = field(default_factory=Situation)
    prompt: str | None = None
    ended: float = 0.0

    def __post_init__(self) -> None:
        self.session_id = f"t{self.dice.number:016x}" if self.cast.world.file.line else None
        self.prompt = self.cast.world.file.assistant.opens
        self.placed = self._nearest(self.dice.branch("device"))
        self._begins = self.clock

    @property
    def over(self) -> bool:
        """Whether the day ends, and the talk with it."""
        return self.clock > (self.day + 1) * _DAY - _CLOSING

    def turn(
        self,
        spoken: Spoken,
        goal: Goal,
        dice: Dice,
        *,
        wish: Wish | None = None,
        wanted: Interpretation | None = None,
        noise: float = 1.0,
        speech: bool = True,
        unsupported: bool = False,
    ) -> Heard:
        """Say something, and note what comes of it.

        Parameters
        ----------
        spoken
            The words and their meaning.
        goal
            What it is for.
        dice
            All chance of this turn.
        wish
            Where it is about one: which of the things of one name is meant.
        wanted
            All that is wanted, where it is more than what is said.
        noise
            Factor on the noise, besides who speaks where: below 1 for who speaks clearly.
        speech
            Whether somebody speaks to the assistant.
        unsupported
            Whether nobody could serve it.
        """
        mood = Mood.drawn(dice)
        if self.number and mood.restlessness < self.cast.world.file.homes.walking:
            self.placed = self._nearest(dice.branch("device"))
        states = self.surroundings.on(self.clock)
        before = self._now(states)
        said = Said(
            text=spoken.text,
            meaning=spoken.meaning,
            noise=round(noise * self._noise(states, speech=speech), 4),
            speech=speech,
            unsupported=unsupported,
            goal=wanted,
            entities=_NO_IDS if wish is None else self.cast.assistant.ids(wish.items, wish.values),
        )
        chance = dice.branch("answer")
        asr = self.cast.assistant.listen(said, before, dice.branch("listen"))
        heard = asr[0].text if asr else ""
        turn_id = f"{dice.number:016x}"
        context = self._context(before)
        device, ambient = self._device(states), self._ambient(states)
        time = self._time(self.clock)
        text, request_id, unrewritten = heard, None, None
        if self.cast.rewriting is not None:
            applied = self._asked(self.cast.rewriting, turn_id, heard, asr, context, device, ambient, time)
            request_id = applied.request_id
            if applied.text is not None and applied.text != heard:
                text = applied.text
                unrewritten = self.cast.assistant.answer(heard, asr, said, before, chance).defect
        answer = self.cast.assistant.answer(text, asr, said, before, chance)
        plain = answer.response.status in _PLAIN
        # The response begins when the request has been said and thought about.
        begins = self.clock + _LISTENING + _THINKING + _SAYING * _words(said.text)
        self.ended = round(begins + _SPEAKING * _words(answer.response.text or "okay"), 2)
        turn = {
            "turn_id": turn_id,
            "customer_id": self.customer.customer_id,
            "time": time,
            "utterance": text,
            "session_id": self.session_id,
            "home_id": self.home.home_id,
            "device_id": self.placed.device_id,
            "request_id": request_id,
            "utc_offset_minutes": self.home.utc_offset_minutes,
            "locale": self.cast.world.file.locale,
            "device": device,
            "ambient": ambient,
            "context": context,
            "wake_score": answer.wake_score,
            "asr": asr,
            "nlu": answer.nlu,
            "entities": answer.entities,
            "rewrite": None
            if unrewritten is None
            else AppliedRewrite(request_id=request_id or turn_id, original_utterance=heard),
            "versions": self.cast.world.file.assistant.versions,
            "traces": answer.traces,
        }
        draft = Draft(turn, said, before, answer, chance.number, goal, unrewritten)
        self._switch(before, answer.situation, dice)
        self.drafts.append(draft)
        self.number += 1
        self.prompt = answer.response.text
        self.situation = answer.situation
        self._begins = begins
        return Heard(draft, mood, plain)

    def finish(self, heard: Heard, *, cut: bool) -> None:
        """Note when a response ended: when it had been spoken, or earlier, when it was cut off."""
        if cut:
            spoken = self.ended - self._begins
            listened = round(max(0.3, spoken * (0.1 + 0.6 * heard.mood.patience)), 2)
            self.ended = round(self._begins + min(listened, spoken), 2)
            self.signal(
                heard.draft, SignalKind.INTERRUPTED, self.ended, value=min(listened, round(spoken, 2))
            )
        response = heard.answer.response
        heard.draft.turn["response"] = {**response.__dict__, "ended": self._time(self.ended)}
        self.clock = self.ended

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.clock = round(self.clock + seconds, 2)

    def signal(
        self,
        draft: Draft,
        kind: SignalKind,
        at: float,
        *,
        value: float | None = None,
        text: str | None = None,
    ) -> None:
        """Note something that becomes known about a turn."""
        self.signals.append(
            Signal.model_construct(
                signal_id=f"{draft.turn_id}-{kind.value}",
                turn_id=draft.turn_id,
                customer_id=self.customer.customer_id,
                time=self._time(at),
                kind=kind,
                value=value,
                text=text,
            )
        )

    def states(self) -> tuple[str, ...]:
        """Give what goes on around."""
        return self.surroundings.on(self.clock)

    def _asked(
        self,
        rewriting: Rewriting,
        turn_id: str,
        heard: str,
        asr: tuple[AsrHypothesis, ...],
        context: DialogueContext | None,
        device: Device,
        ambient: Ambient | None,
        time: datetime,
    ) -> Applied:
        """Ask for a rewrite of what was heard."""
        asked = Asked(
            customer_id=self.customer.customer_id,
            home_id=self.home.home_id,
            device_id=self.placed.device_id,
            session_id=self.session_id,
            utterance=heard,
            asr=asr,
            context=context,
            device=device,
            ambient=ambient,
            time=time,
            request_id=f"r{turn_id}",
            utc_offset_minutes=self.home.utc_offset_minutes,
            locale=self.cast.world.file.locale,
        )
        return rewriting(asked) or Applied(asked.request_id, None)

    @property
    def opening(self) -> float:
        """Seconds that the assistant speaks before anybody else does."""
        return _SPEAKING * _words(self.prompt) if self.prompt else 0.0

    def _nearest(self, dice: Dice) -> Placed:
        devices = self.devices
        return dice.weighted(devices, [1.0 / (rank + 1) for rank in range(len(devices))])

    def _now(self, states: tuple[str, ...]) -> Situation:
        """Give the situation as it is now; a question that was left standing is not asked any more."""
        local = self.clock + self.home.utc_offset_minutes * 60.0
        kept = self.situation
        if not self.cast.world.file.line and self.clock - self.ended > _WAITS:
            kept = _FRESH
        hour, kind = int(local % _DAY // 3_600), self.placed.kind
        if (
            kept.day == self.day
            and kept.hour == hour
            and kept.device == kind.name
            and kept.states == states
            and kept.device_kinds == self.kinds
            and kept.screen == kind.screen
        ):
            return kept
        return kept._replace(
            day=self.day,
            hour=hour,
            device_kinds=self.kinds,
            device=kind.name,
            screen=kind.screen,
            states=states,
        )

    def _context(self, situation: Situation) -> DialogueContext | None:
        if self.cast.world.file.line:
            return DialogueContext.model_construct(asked=situation.asked, prompt=self.prompt)
        if situation.asked is None and not situation.confirming:
            return None
        return DialogueContext.model_construct(asked=situation.asked, prompt=self.prompt)

    def _noise(self, states: tuple[str, ...], *, speech: bool) -> float:
        of_person = self.customer.clarity if speech else 1.0
        around = self.placed.kind.noise * self.surroundings.noise(states)
        return of_person * around * self.home.deafness(self.day)

    def _device(self, states: tuple[str, ...]) -> Device:
        told = self.cast.world.file.ambient
        shown = tuple(name for name in states if told[name].sensor is None)
        kind = self.placed.kind
        return _device(kind.name, kind.screen, self.placed.room, shown)

    def _ambient(self, states: tuple[str, ...]) -> Ambient | None:
        return self.surroundings.shown(states, self.clock) if self.cast.world.file.ambient else None

    def _switch(self, before: Situation, after: Situation, dice: Dice) -> None:
        """Let what the assistant switched be so."""
        if before.states == after.states:
            return
        for name in before.states:
            if name not in after.states:
                self.surroundings.switch(name, False, self.clock, dice.branch("lasts", name))
        for name in after.states:
            if name not in before.states:
                self.surroundings.switch(name, True, self.clock, dice.branch("lasts", name))

    def _time(self, at: float) -> datetime:
        return self.cast.begins + timedelta(milliseconds=round(at * 1000.0))


_FRESH = Situation()
_NO_IDS: Mapping[str, str] = {}
_PLAIN = frozenset({ResponseStatus.NOT_UNDERSTOOD, ResponseStatus.NO_RESULT, ResponseStatus.ERROR})


@lru_cache(maxsize=16_384)
def _device(kind: str, screen: bool, room: str | None, shown: tuple[str, ...]) -> Device:
    return Device(type=kind, screen=screen, place=room, state=dict.fromkeys(shown, True))


def _words(text: str) -> int:
    return text.count(" ") + 1
