"""What the DSTC2 system logged, as turns and signals. Nothing in this module sees a label."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

from evaluation.corpora.dstc2.semantics import Acts, asked_slot, interpretation_of
from streams.records import (
    AsrHypothesis,
    DialogueContext,
    Response,
    ResponseStatus,
    Signal,
    SignalKind,
    Turn,
)

__all__ = ["end_of_call", "plain", "signals_of", "turn_id", "turns_of"]

#: One `log` object of the corpus: a call.
Call: TypeAlias = Mapping[str, Any]

#: Acts that put a question which a caller who was understood has answered.
_QUESTIONS = frozenset({"confirm-domain", "expl-conf", "request", "select"})


def plain(text: str) -> str:
    """Bring a text of the corpus to lower-case words.

    Examples
    --------
    >>> plain("I don't  care , REALLY")
    "i don't care really"
    """
    return " ".join(re.sub(r"[^a-z0-9' ]", " ", text.lower()).split())


def turn_id(call: Call, index: int) -> str:
    """Name a turn: `<session-id>:<index>`."""
    return f"{call['session-id']}:{index}"


def turns_of(call: Call) -> list[Turn]:
    """Read the caller's turns of one call.

    Input i follows output i, the prompt, and is answered by output i + 1; the last input has no answer.
    """
    start = _start(call)
    return [_turn(call, start, index) for index in range(len(call["turns"]))]


def signals_of(call: Call) -> Iterator[Signal]:
    """Tell which responses the caller spoke over, and how many seconds of them were heard."""
    start = _start(call)
    for index, following in enumerate(call["turns"][1:]):
        output = following["output"]
        if output["aborted"]:
            yield Signal(
                signal_id=f"{turn_id(call, index)}:interrupted",
                turn_id=turn_id(call, index),
                customer_id=call["caller-id"],
                time=start + timedelta(seconds=output["end-time"]),
                kind=SignalKind.INTERRUPTED,
                value=round(max(output["end-time"] - output["start-time"], 0.0), 6),
            )


def end_of_call(call: Call) -> datetime:
    """Say when the caller had spoken last."""
    return _start(call) + timedelta(seconds=call["turns"][-1]["input"]["end-time"])


def _start(call: Call) -> datetime:
    # The logs name no zone. UTC is assumed; only hours of the day would depend on it.
    return datetime.fromisoformat(f"{call['session-date']}T{call['session-time']}").replace(tzinfo=UTC)


def _turn(call: Call, start: datetime, index: int) -> Turn:
    logged = call["turns"][index]
    prompt, heard = logged["output"], logged["input"]
    asked = asked_slot(prompt["dialog-acts"])
    asr = tuple(
        AsrHypothesis(text=plain(hypothesis["asr-hyp"]), score=hypothesis["score"])
        for hypothesis in heard["live"]["asr-hyps"]
    )
    answered = index + 1 < len(call["turns"])
    return Turn(
        turn_id=turn_id(call, index),
        customer_id=call["caller-id"],
        session_id=call["session-id"],
        time=start + timedelta(seconds=heard["start-time"]),
        locale="en",
        utterance=asr[0].text if asr else "",
        context=DialogueContext(asked=asked, prompt=prompt["transcript"]),
        asr=asr,
        nlu=tuple(
            interpretation_of(hypothesis["slu-hyp"], asked, hypothesis["score"])
            for hypothesis in heard["live"]["slu-hyps"]
        ),
        response=_response(prompt, call["turns"][index + 1]["output"], start) if answered else None,
        versions={"dialogue_manager": str(call["system-specific"]["dialog-manager"])},
        audio=f"{call['session-id']}/{heard['audio-file']}",
    )


def _response(prompt: Mapping[str, Any], output: Mapping[str, Any], start: datetime) -> Response:
    acts = output["dialog-acts"]
    return Response(
        text=output["transcript"],
        status=_status(prompt["dialog-acts"], acts),
        action="+".join(act["act"] for act in acts) or None,
        asked=asked_slot(acts),
        ended=start + timedelta(seconds=output["end-time"]),
    )


def _status(before: Acts, after: Acts) -> ResponseStatus:
    """How the system itself saw it, by its acts.

    It found nothing where it says so (`canthelp` and its kin). It did not understand where it says so
    (`repeat`: "I am a bit confused; please tell me again") or puts the very question again that it had put.
    """
    names = {act["act"] for act in after}
    if any(name.startswith("canthelp") for name in names):
        return ResponseStatus.NO_RESULT
    if "repeat" in names or (names & _QUESTIONS and _said(before) == _said(after)):
        return ResponseStatus.NOT_UNDERSTOOD
    return ResponseStatus.OK


def _said(acts: Acts) -> set[tuple[str, tuple[tuple[str, str], ...]]]:
    return {(act["act"], tuple((slot, value) for slot, value in act["slots"])) for act in acts}
