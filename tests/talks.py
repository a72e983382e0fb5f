"""Small made-up sessions for the tests of rephrase detection."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from streams.records import (
    AsrHypothesis,
    Interpretation,
    Label,
    LabelOrigin,
    Response,
    ResponseStatus,
    Slot,
    Turn,
)
from streams.sessions import Session

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
WORDS = ["jazz", "news", "weather", "lights", "timer", "alarm", "radio", "blues"]


def turn(name: str, said: str, after: float = 0.0, *, met: bool = True, sure: float = 0.9) -> Turn:
    """One turn, so many seconds after noon."""
    word = said.split()[-1] if said else ""
    return Turn(
        turn_id=name,
        customer_id=name.split(":")[0],
        time=NOON + timedelta(seconds=after),
        utterance=said,
        asr=(AsrHypothesis(text=said, score=-1.0), AsrHypothesis(text=f"{said} please", score=-2.5)),
        nlu=(
            Interpretation(
                domain="home", intent="play", slots=(Slot(name="what", value=word),), confidence=sure
            )
            if met
            else Interpretation(confidence=sure),
        ),
        response=Response(
            text=f"here is {word}" if met else "sorry, I did not get that",
            status=ResponseStatus.OK if met else ResponseStatus.NOT_UNDERSTOOD,
        ),
    )


def session(*turns: Turn) -> Session:
    """Make a session of some turns."""
    return Session("default", f"from:{turns[0].turn_id}", turns[0].customer_id, None, turns)


def talks(many: int, seed: int = 0) -> tuple[list[Session], dict[str, Label]]:
    """Sessions in which what was not understood is said again, half of the time, and their labels."""
    dice, sessions, labels = random.Random(seed), [], {}
    for number in range(many):
        name, word, other = f"c{number % 40}:{number}", *dice.sample(WORDS, 2)
        begin = 600 * number
        if number % 2:
            made = [
                turn(f"{name}:0", f"ply {word}", begin, met=False),
                turn(f"{name}:1", f"play {word}", begin + 9),
            ]
            again: Sequence[str] = (f"{name}:1",)
        else:
            made = [turn(f"{name}:0", f"play {word}", begin), turn(f"{name}:1", f"play {other}", begin + 9)]
            again = ()
        sessions.append(session(*made, turn(f"{name}:2", f"stop {other}", begin + 20)))
        labels |= {one.turn_id: label(one, again if one is made[0] else ()) for one in sessions[-1].turns}
    return sessions, labels


def label(one: Turn, again: Sequence[str], best: str | None = None) -> Label:
    """Say which turns say a turn again."""
    return Label(
        label_id=f"{one.turn_id}:label",
        turn_id=one.turn_id,
        time=NOON,
        origin=LabelOrigin.PERSON,
        rephrases=tuple(again),
        best_rephrase=best or (again[0] if again else None),
    )
