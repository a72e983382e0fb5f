"""Signals of the assistant itself: how it said the turn went, how sure it was, what it asked next."""

from streams.outcome.words import plain
from streams.records import ResponseStatus
from streams.sessions import Session

__all__ = [
    "asked_again",
    "confidence",
    "empty_interpretation",
    "error",
    "margin",
    "no_result",
    "not_understood",
    "unresolved",
]


def error(session: Session, index: int) -> float | None:
    """Observe a response with an error: 1. None where the response has no status."""
    return _status(session, index, ResponseStatus.ERROR)


def no_result(session: Session, index: int) -> float | None:
    """Observe a response that found nothing: 1. None where the response has no status."""
    return _status(session, index, ResponseStatus.NO_RESULT)


def not_understood(session: Session, index: int) -> float | None:
    """Observe a response that says it did not understand: 1. None where the response has no status."""
    return _status(session, index, ResponseStatus.NOT_UNDERSTOOD)


def empty_interpretation(session: Session, index: int) -> float | None:
    """Observe that the NLU found no request: 1. None without an NLU.

    A courtesy has an intent, so it is not empty.
    """
    nlu = session.turns[index].nlu
    if not nlu:
        return None
    return 1.0 if nlu[0].is_empty else 0.0


def confidence(session: Session, index: int) -> float | None:
    """Observe how sure the NLU was of the request that it found: −1 (not at all) to 1.

    None where it does not say, and where it found no request: to be sure of that is no good sign.
    """
    nlu = session.turns[index].nlu
    if not nlu or nlu[0].is_empty or nlu[0].confidence is None:
        return None
    return 2.0 * nlu[0].confidence - 1.0


def margin(session: Session, index: int) -> float | None:
    """Observe how far the first interpretation was ahead of the second: −1 (tied) to 1 (alone).

    None where there is no second one or no confidence, and where the first found no request.
    """
    nlu = session.turns[index].nlu
    if len(nlu) < 2 or nlu[0].is_empty or nlu[0].confidence is None or nlu[1].confidence is None:
        return None
    return min(1.0, max(-1.0, 2.0 * (nlu[0].confidence - nlu[1].confidence) - 1.0))


def unresolved(session: Session, index: int) -> float | None:
    """Observe the share of entities that stand for nothing in the catalogue. None without entities."""
    entities = session.turns[index].entities
    if not entities:
        return None
    return sum(entity.entity_id is None for entity in entities) / len(entities)


def asked_again(session: Session, index: int) -> float | None:
    """Observe that the response asks what had been asked before the request, or says the same again: 1.

    Takes for granted that an answer that was understood moves the dialogue on. None where nothing is known of
    the response, or of what came before it.
    """
    response = session.turns[index].response
    if response is None:
        return None
    asked, prompt = session.asked_before(index), session.prompt_before(index)
    if asked is not None and response.asked == asked:
        return 1.0
    if prompt and response.text:
        return 1.0 if plain(prompt) == plain(response.text) else 0.0
    return 0.0 if asked is not None and response.asked is not None else None


def _status(session: Session, index: int, status: ResponseStatus) -> float | None:
    response = session.turns[index].response
    if response is None or response.status is None:
        return None
    return 1.0 if response.status == status else 0.0
