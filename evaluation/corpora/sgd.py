"""Schema-Guided Dialogue: written task dialogues, as turns and truth.

Rastogi et al. Towards Scalable Multi-domain Conversational Agents: The Schema-Guided Dialogue Dataset. AAAI 2020.
Licence: CC BY-SA 4.0.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from evaluation.corpora.corpus import CorpusLog, Meaning
from evaluation.corpora.lines import dialogues, each
from streams.records import DialogueContext, Interpretation, Response, Slot, Turn
from streams.truth import Truth

__all__ = ["Sgd", "goal_name"]

#: One dialogue, and one of its turns or frames, as the corpus writes them.
Json: TypeAlias = Mapping[str, Any]

# The corpus has no clock. Every dialogue begins at one moment and goes on at one pace, so that times order the
# turns of a dialogue and say nothing else.
_BEGIN = datetime(2019, 1, 1, tzinfo=UTC)
_PACE = timedelta(seconds=15)

#: Acts of a user's frame that pursue nothing.
_COURTESIES = frozenset({"GOODBYE", "THANK_YOU"})


class Goal(NamedTuple):
    """What some turns of a dialogue pursue: a service without its number, and an intent."""

    service: str
    intent: str


class Sgd:
    """Reader of sgd_train.jsonl.gz and sgd_dev.jsonl.gz: one dialogue a line.

    A turn holds what the user wrote and what the system answered, as text; acts, states, service calls and their
    results are truth. There are no customers: each dialogue is one of its own. Dialogue ids are used again in
    the other split, so the two must not be read into one log.
    """

    name = "sgd"
    judges_rewrites = False

    def read(self, path: Path, *, train: Path | None = None, ratings: bool = False) -> CorpusLog:
        """Read one file.

        Parameters
        ----------
        path
            The dialogues.
        train, ratings
            No matter: the truth of a dialogue depends on no other, and nobody rated any.

        Raises
        ------
        CorpusError
            If the file is not there, cannot be read, is empty or is not of this corpus.
        """
        found = dialogues(path)
        turns = each(path, found, self.name, lambda d: list(_turns(d)))
        truths = each(path, found, self.name, _truths)
        return CorpusLog(
            turns=tuple(turn for dialogue in turns for turn in dialogue),
            signals=(),
            truths={truth.turn_id: truth for dialogue in truths for truth in dialogue},
        )

    def meaning(self, interpretation: Interpretation) -> Meaning:
        """Give the intent, and every informed slot with its value in lower case."""
        if interpretation.intent is None:
            return frozenset()
        informed = {("inform", slot.name, slot.value.lower()) for slot in interpretation.slots}
        return frozenset({(interpretation.intent, None, None)} | informed)

    def as_heard(self, text: str) -> str:
        """Leave a text as it was typed."""
        return text


def goal_name(truth: Truth) -> str | None:
    """Name the goal of a turn, `<service>/<intent>`: the same for the turns of a dialogue that pursue it."""
    return None if truth.goal_id is None else truth.goal_id.partition("#")[2]


def _turns(dialogue: Json) -> Iterator[Turn]:
    """Read the user's turns. Of every turn only the speaker and the utterance are looked at."""
    said = [(turn["speaker"], turn["utterance"]) for turn in dialogue["turns"]]
    for index, (speaker, utterance) in enumerate(said):
        if speaker == "USER":
            time = _BEGIN + index * _PACE
            prompt = said[index - 1][1] if index else None
            answer = said[index + 1][1] if index + 1 < len(said) else None
            yield Turn(
                turn_id=_turn_id(dialogue, index),
                customer_id=dialogue["dialogue_id"],
                session_id=dialogue["dialogue_id"],
                time=time,
                locale="en-US",
                utterance=utterance,
                context=None if prompt is None else DialogueContext(prompt=prompt),
                response=None if answer is None else Response(text=answer, ended=time + _PACE),
            )


def _turn_id(dialogue: Json, index: int) -> str:
    return f"{dialogue['dialogue_id']}:{index}"


@dataclass(frozen=True, slots=True)
class _Meant:
    turn_id: str
    utterance: str
    goal: Goal
    slots: tuple[Slot, ...]


def _truths(dialogue: Json) -> list[Truth]:
    """Follow the goal through a dialogue.

    A turn about no task keeps the goal of the turn before; turns before the first goal have no truth. A goal is
    met when the system reports a success, or the user selects what was offered; the system's last report counts.
    """
    met: dict[Goal, bool] = {}
    meant: list[_Meant] = []
    goal: Goal | None = None
    for index, turn in enumerate(dialogue["turns"]):
        acts = {act["act"] for frame in turn["frames"] for act in frame["actions"]}
        if turn["speaker"] == "USER":
            goal = _goal(turn["frames"]) or goal
            if goal is not None:
                meant.append(
                    _Meant(_turn_id(dialogue, index), turn["utterance"], goal, _informed(turn["frames"]))
                )
                if "SELECT" in acts:
                    met.setdefault(goal, True)
        elif goal is not None:
            if "NOTIFY_SUCCESS" in acts:
                met[goal] = True
            elif "NOTIFY_FAILURE" in acts:
                met[goal] = False
    return [_truth(dialogue, turn, met.get(turn.goal)) for turn in meant]


def _goal(frames: Sequence[Json]) -> Goal | None:
    """Find what a turn is about: the last frame with an active intent that does more than thank or take leave."""
    active = [frame for frame in frames if frame["state"]["active_intent"] != "NONE"]
    telling = [frame for frame in active if any(act["act"] not in _COURTESIES for act in frame["actions"])]
    if not active:
        return None
    frame = (telling or active)[-1]
    return Goal(frame["service"].split("_")[0], frame["state"]["active_intent"])


def _informed(frames: Sequence[Json]) -> tuple[Slot, ...]:
    """Collect what the user informs in this turn, in the user's own words."""
    told = {
        (act["slot"], act["values"][0].lower())
        for frame in frames
        for act in frame["actions"]
        if act["act"] == "INFORM" and act["values"]
    }
    return tuple(Slot(name=name, value=value) for name, value in sorted(told))


def _truth(dialogue: Json, turn: _Meant, met: bool | None) -> Truth:
    return Truth(
        turn_id=turn.turn_id,
        customer_id=dialogue["dialogue_id"],
        transcription=turn.utterance,
        interpretation=Interpretation(domain=turn.goal.service, intent=turn.goal.intent, slots=turn.slots),
        goal_id=f"{dialogue['dialogue_id']}#{turn.goal.service}/{turn.goal.intent}",
        goal_success=met,
    )
