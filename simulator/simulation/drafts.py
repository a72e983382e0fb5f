"""What is noted of a turn while it is going on, and the records that it becomes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import JsonValue

from simulator.assistant import Answer, Said, Situation
from streams.records import AsrHypothesis, Interpretation, Response, Slot, Turn
from streams.truth import Truth

__all__ = ["Draft", "Goal", "Scene", "note_rephrases", "scene_from", "scene_of"]


@dataclass(slots=True)
class Goal:
    """Something that is pursued, perhaps in several talks.

    Attributes
    ----------
    goal_id
        Its id.
    success
        How it ended, as far as it has.
    """

    goal_id: str
    success: bool = False


@dataclass(slots=True)
class Draft:
    """A turn with what really happened.

    Attributes
    ----------
    turn
        The fields of the turn record; the response is there, as fields, when it has ended.
    said, situation, asr, answer, chance
        What decided.
    goal
        What it was for.
    unrewritten
        How it would have ended without the rewrite; None where none was applied.
    rephrases, best
        Ids of the later turns that say the same, and of the first of them that was understood.
    """

    turn: dict[str, Any]
    said: Said
    situation: Situation
    answer: Answer
    chance: int
    goal: Goal
    unrewritten: bool | None = None
    rephrases: tuple[str, ...] = ()
    best: str | None = None

    @property
    def turn_id(self) -> str:
        """Id of the turn."""
        found: str = self.turn["turn_id"]
        return found

    @property
    def place(self) -> tuple[datetime, str]:
        """Where the turn stands among those of its day."""
        return self.turn["time"], self.turn["turn_id"]

    def truth(self) -> dict[str, Any]:
        """Give the fields of the truth record."""
        said, answer, turn = self.said, self.answer, self.turn
        return {
            "turn_id": turn["turn_id"],
            "customer_id": turn["customer_id"],
            "transcription": said.text,
            "speech": said.speech,
            "interpretation": said.meaning,
            "defect": answer.defect,
            "failure_point": answer.failure_point,
            "unsupported": answer.unsupported,
            "goal_id": self.goal.goal_id,
            "goal_success": self.goal.success,
            "rephrases": self.rephrases,
            "best_rephrase": self.best,
            "entities": answer.meant,
            "right": answer.right,
            "wrong": answer.wrong,
            "situation": scene_of(said, self.situation, turn["asr"], self.chance),
            "defect_without_rewrite": self.unrewritten,
        }

    def turn_record(self) -> Turn:
        """Make the turn record; its parts are records already, and are not looked at again."""
        response = Response.model_construct(**self.turn["response"])
        return Turn.model_construct(**{**self.turn, "response": response})

    def truth_record(self) -> Truth:
        """Make the truth record."""
        return Truth.model_construct(**self.truth())


def note_rephrases(told: list[Draft]) -> None:
    """Note, for each time that something was said, the later times that it was said again."""
    for place, draft in enumerate(told):
        later = told[place + 1 :]
        draft.rephrases = tuple(other.turn_id for other in later)
        understood = (other for other in later if not other.answer.defect and not other.answer.unsupported)
        draft.best = next((other.turn_id for other in understood), None)


@dataclass(frozen=True, slots=True)
class Scene:
    """All that decides, besides the text, how a turn ends."""

    said: Said
    situation: Situation
    asr: tuple[AsrHypothesis, ...]
    chance: int


def scene_of(
    said: Said, situation: Situation, asr: tuple[AsrHypothesis, ...], chance: int
) -> dict[str, JsonValue]:
    """Write down what decided, for the truth record; `scene_from` reads it."""
    told: dict[str, JsonValue] = {
        "at": situation.to_json(),
        "asr": [[each.text, each.score] for each in asr],
        "chance": f"{chance:016x}",
    }
    if said.noise != 1.0:
        told["noise"] = round(said.noise, 4)
    if said.unsupported:
        told["unsupported"] = True
    if said.goal is not None:
        told["goal"] = [said.goal.domain, said.goal.intent, {s.name: s.value for s in said.goal.slots}]
    if said.entities:
        told["entities"] = dict(said.entities)
    return told


def scene_from(truth: Truth) -> Scene:
    """Read what decided from a truth record.

    Raises
    ------
    ValueError
        The truth is not one of this simulator.
    """
    told: Mapping[str, Any] = truth.situation
    try:
        goal = told.get("goal")
        return Scene(
            said=Said(
                text=truth.transcription or "",
                meaning=truth.interpretation or Interpretation(),
                noise=told.get("noise", 1.0),
                speech=truth.speech,
                unsupported=told.get("unsupported", False),
                goal=None if goal is None else _interpretation(*goal),
                entities=told.get("entities", {}),
            ),
            situation=Situation.from_json(told["at"]),
            asr=tuple(AsrHypothesis(text=text, score=score) for text, score in told["asr"]),
            chance=int(told["chance"], 16),
        )
    except (KeyError, TypeError, ValueError) as fault:
        raise ValueError(f"the truth of {truth.turn_id} does not tell what decided: {fault!r}") from fault


def _interpretation(domain: str | None, intent: str | None, values: Mapping[str, str]) -> Interpretation:
    slots = tuple(Slot(name=name, value=value) for name, value in values.items())
    return Interpretation(domain=domain, intent=intent, slots=slots)
