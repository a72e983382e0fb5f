"""A log with truth that is written by hand, request by request."""

from datetime import UTC, datetime, timedelta

from streams.records import (
    AsrHypothesis,
    DialogueContext,
    Interpretation,
    Response,
    ResponseStatus,
    Signal,
    SignalKind,
    Slot,
    Stage,
    Turn,
)
from streams.truth import Truth

START = datetime(2026, 1, 5, 12, tzinfo=UTC)


def _meaning(text):
    """`find food=thai` → the interpretation of that intent and slots; `` → none."""
    intent, *slots = text.split()
    return Interpretation(
        domain="restaurant",
        intent=f"restaurant/{intent}",
        slots=tuple(
            Slot(name=name, value=value) for name, _, value in (slot.partition("=") for slot in slots)
        ),
    )


class WorldLog:
    """A log that is written request by request; a request takes ten seconds."""

    def __init__(self):
        self.turns, self.signals, self.truths = [], [], {}

    def say(
        self,
        said,
        meant,
        *,
        heard=None,
        stage=Stage.CORRECT,
        prompt="anything else?",
        status=ResponseStatus.OK,
        asked=None,
        interrupted=False,
        rating=None,
        nlu=(),
        call="call-1",
        customer="anna",
    ):
        number = len(self.turns)
        turn_id = f"t{number}"
        time = START + timedelta(seconds=10 * number)
        heard = [said] if heard is None else heard
        self.turns.append(
            Turn(
                turn_id=turn_id,
                customer_id=customer,
                session_id=call,
                time=time,
                utterance=heard[0],
                context=DialogueContext(prompt=prompt),
                nlu=nlu,
                asr=tuple(AsrHypothesis(text=text) for text in heard),
                response=Response(text="well", status=status, asked=asked, ended=time + timedelta(seconds=4)),
            )
        )
        self.truths[turn_id] = Truth(
            turn_id=turn_id,
            transcription=said,
            speech=bool(said),
            interpretation=_meaning(meant) if meant else None,
            failure_point=stage,
        )
        for kind, value in (
            (SignalKind.INTERRUPTED, 1.0 if interrupted else None),
            (SignalKind.RATING, rating),
        ):
            if value is not None:
                self.signals.append(
                    Signal(
                        signal_id=f"{turn_id}:{kind}",
                        turn_id=turn_id,
                        customer_id=customer,
                        time=time,
                        kind=kind,
                        value=value,
                    )
                )
