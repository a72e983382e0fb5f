"""What would have been right, stage by stage, and where the failure began.

The failure point is the earliest stage from which on every stage's output is wrong (Khaziev et al., FPI, NAACL
2022): an error that a later stage recovered from is correct, and of two faults in a row the first counts.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from pydantic import JsonValue

from simulator.assistant.entities import Catalogue
from simulator.assistant.exchange import Said
from simulator.assistant.nlu import in_state, name_of
from simulator.assistant.outcome import NO_FAULTS, Outcome, Request
from simulator.assistant.policy import Policy
from simulator.assistant.situation import Situation
from simulator.world import World
from simulator.world.schema import IntentKind
from streams.records import EntityResolution, Interpretation, ResponseStatus, Stage

__all__ = ["Truth", "Verdict", "failure_point", "same_content"]

_STAGES = {
    "wake": Stage.FALSE_WAKE,
    "asr": Stage.ASR,
    "nlu": Stage.NLU,
    "entity": Stage.ENTITY,
    "result": Stage.RESULT,
}

#: Words that carry nothing: to mishear one is no error that matters.
_EMPTY = frozenset(
    {"a", "ah", "an", "and", "er", "oh", "ok", "okay", "please", "so", "the", "uh", "um", "well"}
)

#: On a telephone line, what is said beside the matter: to take it for nothing, or nothing for it, is no defect.
_BESIDE = frozenset({"ack", "hello", "repeat", "restart", "thank", "thanks"})


class Truth(NamedTuple):
    """The truth about an answer; the fields are those of `Answer`."""

    wrong: tuple[str, ...]
    failure_point: Stage
    defect: bool
    unsupported: bool
    right: dict[str, JsonValue]
    meant: tuple[EntityResolution, ...]
    met: bool


class Verdict:
    """Holds what the stages put out against what they should have.

    The right output of a stage is what it gives for the right output of the one before, in the same situation and
    without faults. A request that was misunderstood may still be served as it should; on a telephone line that
    counts as a defect all the same, as it does in DSTC2.

    Parameters
    ----------
    world
        Intents.
    catalogue
        Says what was really meant by a value.
    policy
        Says what should have been done about it.
    """

    def __init__(self, world: World, catalogue: Catalogue, policy: Policy) -> None:
        self._line = world.file.line
        self._intents = {intent.name: intent for intent in world.file.intents}
        self._catalogue = catalogue
        self._policy = policy

    def on(
        self,
        heard: str,
        said: Said,
        situation: Situation,
        read: Interpretation,
        request: Request,
        outcome: Outcome,
        *,
        unclear: bool,
    ) -> Truth:
        """Judge an answer.

        Parameters
        ----------
        heard
            The best hypothesis.
        said
            What was really said.
        situation
            As it was.
        read, request, outcome
            What NLU, entity resolution and services made of it.
        unclear
            The response could not be understood.
        """
        meaning = self._now(said.meaning, situation)
        meant = self._request(meaning, situation.day, said.entities)
        understood = self._same(request, meant)
        if understood and not outcome.faulty and not outcome.situation.confirming:
            best = outcome
        else:
            best = self._policy.decide(meant, situation, NO_FAULTS)
        strays = said.goal is not None and self._strays(
            best, self._request(self._now(said.goal, situation), situation.day, said.entities)
        )
        wrong = []
        if not said.speech:
            wrong.append("wake")
        if not same_content(heard, said.text if said.speech else ""):
            wrong.append("asr")
        if not self._reads(read, meaning, meant, situation.day, said.entities):
            wrong.append("nlu")
        if not understood:
            wrong.append("entity")
        if (outcome.faulty or strays) if understood else self._line or not _alike(outcome, best):
            wrong.append("result")
        if unclear and outcome.status is ResponseStatus.OK:
            wrong.append("speech")
        point = failure_point(wrong)
        nobody_could = said.speech and best.status is ResponseStatus.NO_RESULT and not strays
        # On a line a misunderstanding counts whatever could have been served, as in DSTC2.
        unsupported = said.unsupported or (nobody_could and not (self._line and point is not Stage.CORRECT))
        defect = said.speech and point is not Stage.CORRECT and not unsupported
        return Truth(
            wrong=tuple(wrong),
            failure_point=Stage.CORRECT if unsupported else point,
            defect=defect,
            unsupported=unsupported,
            right=_right(said, meaning, meant, best),
            meant=tuple(
                match.resolution() for match in meant.values.values() if self._catalogue.holds(match.slot)
            ),
            met=said.speech and not defect and not unsupported and outcome.asked is None,
        )

    def _now(self, meaning: Interpretation, situation: Situation) -> Interpretation:
        return meaning if meaning.is_empty else in_state(meaning, self._intents, situation)

    def _request(self, meaning: Interpretation, day: int, ids: Mapping[str, str]) -> Request:
        """Give the request that somebody makes who knows what things are called."""
        if meaning.is_empty:
            return Request(None)
        values = self._catalogue.exact({slot.name: slot.value for slot in meaning.slots}, day, ids)
        return Request(self._intents[name_of(meaning)], values)

    def _reads(
        self,
        read: Interpretation,
        meaning: Interpretation,
        meant: Request,
        day: int,
        ids: Mapping[str, str],
    ) -> bool:
        """Whether this is what was meant, by one of its names or another."""
        if read.intent == meaning.intent and read.domain == meaning.domain and read.slots == meaning.slots:
            return True
        return self._same(self._request(read, day, ids), meant)

    def _same(self, one: Request, other: Request) -> bool:
        if self._line and _matter(one) is None and _matter(other) is None:
            return True
        return _matter(one) == _matter(other) if self._line else _told(one) == _told(other)

    def _strays(self, best: Outcome, goal: Request) -> bool:
        """Whether the assistant goes on from something that it got wrong before, though this turn was right."""
        assert goal.intent is not None
        if goal.intent.kind is not IntentKind.SEARCH:
            return best.done is not None and best.done != _told(goal)
        wanted = {slot: match.name for slot, match in goal.values.items()}
        gathered = best.situation.gathered
        return best.status is ResponseStatus.NO_RESULT and any(
            slot in wanted and wanted[slot] != name for slot, name in gathered.items()
        )


def failure_point(wrong: Sequence[str]) -> Stage:
    """Return the earliest stage from which on every stage is wrong.

    A response that was right but could not be understood, `speech`, has no stage of its own and counts as a
    failure of the result.

    >>> failure_point(("asr", "nlu"))
    <Stage.CORRECT: 'correct'>
    >>> failure_point(("asr", "entity", "result"))
    <Stage.ENTITY: 'entity'>
    """
    found = Stage.RESULT if "speech" in wrong else Stage.CORRECT
    for name in reversed(_STAGES):
        if name not in wrong:
            break
        found = _STAGES[name]
    return found


def same_content(heard: str, said: str) -> bool:
    """Whether two texts differ at most in words that carry nothing.

    >>> same_content("play the song", "um play a song")
    True
    """
    return heard == said or _content(heard) == _content(said)


def _content(text: str) -> list[str]:
    return [word for word in text.split() if word not in _EMPTY]


def _told(request: Request) -> tuple[str, Mapping[str, str]] | None:
    if request.intent is None:
        return None
    return request.intent.name, {slot: match.stands_for for slot, match in request.values.items()}


def _matter(request: Request) -> tuple[str, Mapping[str, str]] | None:
    if request.intent is not None and request.intent.name.rpartition("/")[2] in _BESIDE:
        return None
    return _told(request)


def _alike(outcome: Outcome, best: Outcome) -> bool:
    """Whether the same is done, said and remembered."""
    return (
        outcome.status is best.status
        and outcome.done == best.done
        and outcome.result == best.result
        and outcome.asked == best.asked
        and outcome.action == best.action
        and outcome.situation == best.situation
        and (best.done is not None or outcome.text == best.text)
    )


def _right(said: Said, meaning: Interpretation, meant: Request, best: Outcome) -> dict[str, JsonValue]:
    told: dict[str, JsonValue] = {"wake": said.speech, "asr": said.text if said.speech else ""}
    told["nlu"] = meaning.key
    told["entity"] = {slot: match.stands_for for slot, match in meant.values.items()}
    told["result"] = {
        "status": best.status.value,
        "action": best.action,
        "result": best.result,
        "asked": best.asked,
    }
    return told
