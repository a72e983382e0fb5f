"""What is true in DSTC2: what was said and meant, where it first went wrong, which later turn says it again.

Semantics are compared as sets of (act, slot, value), without courtesies and with `this` resolved. A defect is a
turn in which somebody spoke and the best live hypothesis differs from the annotated semantics.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evaluation.corpora.corpus import Meaning
from evaluation.corpora.dstc2.log import plain, turn_id
from evaluation.corpora.dstc2.semantics import asked_slot, interpretation_of, meaning
from streams.records import Interpretation, Stage
from streams.truth import Truth

__all__ = ["Goal", "offered_goals", "truths_of"]

#: A goal as annotated at one turn: its slots and values, sorted.
Goal = tuple[tuple[str, str], ...]

#: Transcriptions of audio in which nobody spoke to the system.
_NO_SPEECH = frozenset({"", "cough", "noise", "sil", "system", "unintelligible"})

#: Words that carry no content in this domain: hearing them wrong is no recognition error that matters.
_EMPTY_WORDS = frozenset(
    {"a", "ah", "an", "and", "can", "could", "er", "for", "hello", "hi", "i", "i'd", "is", "it", "like"}
    | {"looking", "oh", "ok", "okay", "please", "so", "the", "to", "uh", "um", "want", "well", "would"}
    | {"yeah", "yes", "you"}
)


@dataclass(frozen=True, slots=True)
class _Annotated:
    """One turn, with what the log and its annotation say about it."""

    turn_id: str
    heard: str
    transcription: str
    speech: bool
    understood: Meaning
    interpretation: Interpretation
    meant: Meaning
    answered_by: tuple[str, ...]
    goal: Goal

    @property
    def defect(self) -> bool:
        return self.speech and self.understood != self.meant

    @property
    def no_result(self) -> bool:
        return any(act.startswith("canthelp") for act in self.answered_by)


def offered_goals(dialogues: Iterable[Mapping[str, Any]]) -> frozenset[Goal]:
    """Find the goals for which the system offered a venue in some call: what could have been served."""
    return frozenset(
        turn.goal for dialogue in dialogues for turn in _annotated(dialogue) if "offer" in turn.answered_by
    )


def truths_of(dialogue: Mapping[str, Any], offered: frozenset[Goal]) -> list[Truth]:
    """Read the truth of one call, turn by turn.

    Parameters
    ----------
    dialogue
        One line of the corpus, log and label.
    offered
        Goals that the training calls show to be servable (`offered_goals`).
    """
    turns = _annotated(dialogue)
    feedback = dialogue["label"]["task-information"]["feedback"]
    return [
        _truth(turn, turns[index + 1 :], dialogue["log"], feedback, offered)
        for index, turn in enumerate(turns)
    ]


def _annotated(dialogue: Mapping[str, Any]) -> list[_Annotated]:
    call, label = dialogue["log"], dialogue["label"]
    found = []
    for index, (logged, labelled) in enumerate(zip(call["turns"], label["turns"], strict=True)):
        asked = asked_slot(logged["output"]["dialog-acts"])
        live = logged["input"]["live"]
        meant = interpretation_of(labelled["semantics"]["json"], asked)
        after = call["turns"][index + 1]["output"]["dialog-acts"] if index + 1 < len(call["turns"]) else ()
        found.append(
            _Annotated(
                turn_id=turn_id(call, index),
                heard=plain(live["asr-hyps"][0]["asr-hyp"]) if live["asr-hyps"] else "",
                transcription=labelled["transcription"],
                speech=labelled["transcription"].lower().strip() not in _NO_SPEECH,
                understood=_best_reading(live["slu-hyps"], asked),
                interpretation=meant,
                meant=meaning(meant),
                answered_by=tuple(act["act"] for act in after),
                goal=tuple(sorted(labelled["goal-labels"].items())),
            )
        )
    return found


def _best_reading(hypotheses: Sequence[Mapping[str, Any]], asked: str | None) -> Meaning:
    return meaning(interpretation_of(hypotheses[0]["slu-hyp"], asked)) if hypotheses else frozenset()


def _truth(
    turn: _Annotated,
    later: Sequence[_Annotated],
    call: Mapping[str, Any],
    feedback: Mapping[str, Any],
    offered: frozenset[Goal],
) -> Truth:
    again = [other for other in later if other.speech and other.meant & turn.meant] if turn.defect else []
    return Truth(
        turn_id=turn.turn_id,
        customer_id=call["caller-id"],
        transcription=turn.transcription,
        speech=turn.speech,
        interpretation=turn.interpretation,
        defect=turn.defect,
        failure_point=_failure_point(turn, offered),
        unsupported=turn.speech and not turn.defect and turn.no_result and turn.goal not in offered,
        goal_id=call["session-id"],
        goal_success=feedback["success"],
        rephrases=tuple(other.turn_id for other in again),
        best_rephrase=next((other.turn_id for other in again if other.understood == other.meant), None),
        # Beyond the record's own fields: what is annotated about the goal so far, and what the caller said after.
        goal_labels=dict(turn.goal),
        questionnaire=dict(feedback["questionnaire"]),
    )


def _failure_point(turn: _Annotated, offered: frozenset[Goal]) -> Stage | None:
    """Find the earliest stage from which on every stage is wrong; None where nobody spoke and nothing happened."""
    if not turn.speech:
        return Stage.FALSE_WAKE if turn.understood else None
    if turn.defect:
        misheard = _content(turn.heard) != _content(plain(turn.transcription))
        return Stage.ASR if misheard else Stage.NLU
    if turn.no_result and turn.goal in offered:
        return Stage.RESULT
    return Stage.CORRECT


def _content(text: str) -> list[str]:
    return [word for word in text.split() if word not in _EMPTY_WORDS]
