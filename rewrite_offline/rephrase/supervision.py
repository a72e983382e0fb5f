"""What the detector is told of a request: labels, whoever gave them, and what signals alone suggest."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from rewrite_offline.rephrase.settings import RephraseSettings
from streams.outcome import OutcomeModel
from streams.records import Label, LabelOrigin
from streams.sessions import Session

__all__ = ["spans_again", "target_spans", "targets_of", "weak_labels"]

#: P(success) up to which a request counts as failed, and from which as met.
FAILED, MET = 0.4, 0.7

#: What a rephrase that did not work counts, of what the one that worked does.
_DID_NOT_WORK = 0.6


def target_spans(candidates: Iterable[str], label: Label) -> tuple[int, ...]:
    """Say which spans are right: 0 is the null span, n the n-th candidate.

    Of several rephrases the one that worked is the right one, even if others are nearer; where none worked, each is as
    good as any other.
    """
    places = {turn_id: number for number, turn_id in enumerate(candidates, start=1)}
    if label.best_rephrase in places:
        return (places[label.best_rephrase],)
    found = tuple(sorted(places[turn_id] for turn_id in label.rephrases or () if turn_id in places))
    return found or (0,)


def targets_of(candidates: Sequence[str], label: Label) -> NDArray[np.float64]:
    """Say how surely each candidate is right, shape (candidates,).

    Beside the one that worked, others that say the same count less, but more than what says something else.
    """
    found = np.array([float(one in (label.rephrases or ())) for one in candidates])
    best = np.array([one == label.best_rephrase for one in candidates], np.bool_)
    return np.where(best, 1.0, _DID_NOT_WORK * found) if best.any() else found


def spans_again(targets: NDArray[np.float64]) -> tuple[int, ...]:
    """Say which spans say the request again, whether or not that worked, from `targets_of`; 0, the null span: none."""
    return tuple((1 + np.flatnonzero(targets)).tolist()) or (0,)


def weak_labels(
    sessions: Iterable[Session], outcome: OutcomeModel, settings: RephraseSettings | None = None
) -> Iterator[Label]:
    """Guess labels from outcome signals alone.

    A request that failed and is followed by others that failed and then by one that was met, all within `max_gap`, was
    said again: people go on until they are understood. A request that was met was not. The rest stays untold.

    Yields
    ------
    Label
        With origin `signals`; its confidence is the probability that the request failed and the later one was met, or
        that the request was met.
    """
    settings = settings or RephraseSettings()
    for session in sessions:
        success = outcome.success(session)
        for index in range(len(session)):
            if success[index] >= MET:
                yield _label(session, index, None, success[index])
            elif success[index] <= FAILED:
                later = _met_after(session, index, success, settings)
                if later is not None:
                    yield _label(session, index, later, (1 - success[index]) * success[later])


def _met_after(session: Session, index: int, success: list[float], settings: RephraseSettings) -> int | None:
    latest = session.turns[index].time + settings.max_gap
    for later in range(index + 1, min(len(session), index + 1 + settings.max_candidates)):
        if session.turns[later].time > latest:
            return None
        if success[later] >= MET:
            return later
        if success[later] > FAILED:
            return None
    return None


def _label(session: Session, index: int, later: int | None, confidence: float) -> Label:
    turn = session.turns[index]
    said = () if later is None else (session.turns[later].turn_id,)
    return Label(
        label_id=f"signals:rephrase:{turn.turn_id}",
        turn_id=turn.turn_id,
        customer_id=turn.customer_id,
        time=turn.time,
        origin=LabelOrigin.SIGNALS,
        rephrases=said,
        best_rephrase=said[0] if said else None,
        confidence=confidence,
    )
