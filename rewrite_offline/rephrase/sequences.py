"""From a session to sequences: each request with what was answered, and what was said after it.

A sequence is the request, the assistant's answer, and the later requests with their answers (Wang et al. 2021); before
them [CLS], which stands for "nobody says it again", and what the assistant had said, without which a short answer
means nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from rewrite_offline.rephrase.features import FEATURES, HeardTurn, features_of, heard_turns
from rewrite_offline.rephrase.marks import NOTHING, PROMPT, Marks, marks_of
from rewrite_offline.rephrase.settings import RephraseSettings
from streams.sessions import Session

__all__ = ["RephraseSequence", "sequences_of", "texts_of"]


@dataclass(frozen=True, slots=True)
class RephraseSequence:
    """What the detector reads of one request.

    Attributes
    ----------
    turn_id
        The request.
    texts
        In the order in which they are read; the first is empty, and its [CLS] stands for none.
    marks
        One for each text.
    candidates
        (place among the texts, turn id) of each later request that may say it again, nearest first.
    cut
        How many candidates the window had no room for.
    features
        What each candidate looks like beside the request, shape (candidates, features).
    """

    turn_id: str
    texts: tuple[str, ...]
    marks: tuple[Marks, ...]
    candidates: tuple[tuple[int, str], ...]
    cut: int = 0
    features: NDArray[np.float32] = field(
        default_factory=lambda: np.zeros((0, len(FEATURES)), np.float32), compare=False
    )


def sequences_of(
    session: Session, settings: RephraseSettings, length: Callable[[str], int] | None = None
) -> list[RephraseSequence]:
    """Put a session into one sequence a request.

    Parameters
    ----------
    session
        One customer's turns.
    settings
        Which requests are candidates, and the window.
    length
        Tokens of a text as it will be read; without it nothing is cut to the window.

    Returns
    -------
    list of RephraseSequence
        In the order of the turns.
    """
    heard = heard_turns(session)
    return [_sequence(session, heard, first, settings, length) for first in range(len(session))]


def texts_of(session: Session) -> set[str]:
    """Say which texts the sequences of a session are made of."""
    found = {""}
    for index, turn in enumerate(session.turns):
        found.update(text for text, _ in _parts(session, index, index))
        found.add(session.prompt_before(index) or "")
        found.add(turn.utterance)
    return found


def _sequence(
    session: Session,
    heard: Sequence[HeardTurn],
    first: int,
    settings: RephraseSettings,
    length: Callable[[str], int] | None,
) -> RephraseSequence:
    parts = [("", NOTHING)]
    prompt = session.prompt_before(first)
    if prompt:
        parts.append((prompt, PROMPT))
    parts += _parts(session, first, first)
    room = settings.window - sum(length(text) for text, _ in parts) if length else 0
    candidates, places, cut = [], [], 0
    for index in _later(session, first, settings):
        own = _parts(session, first, index)
        if length:
            room -= sum(length(text) for text, _ in own)
        if room < 0:
            cut += 1
        else:
            candidates.append((len(parts), session.turns[index].turn_id))
            places.append(index)
            parts += own
    texts, marks = zip(*parts, strict=True)
    features = features_of(session, heard, first, places)
    return RephraseSequence(session.turns[first].turn_id, texts, marks, tuple(candidates), cut, features)


def _later(session: Session, first: int, settings: RephraseSettings) -> list[int]:
    """Find the requests that may say the first one again."""
    latest = session.turns[first].time + settings.max_gap
    until = min(len(session), first + 1 + settings.max_candidates)
    return [index for index in range(first + 1, until) if session.turns[index].time <= latest]


def _parts(session: Session, first: int, index: int) -> list[tuple[str, Marks]]:
    """Say what is read of one turn: the request, and the answer.

    How the request was understood is left to the features beside: they compare it with how the first one was, which the
    words of both readings did less well.
    """
    turn = session.turns[index]
    request, answer = marks_of(session, first, index)
    parts = [(turn.utterance, request)]
    if turn.response is not None and turn.response.text:
        parts.append((turn.response.text, answer))
    return parts
