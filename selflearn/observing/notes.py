"""What is known of a request while it is answered, for its line in the log."""

from contextvars import ContextVar
from dataclasses import dataclass

__all__ = ["RequestNotes", "noting", "take_note"]


@dataclass(slots=True)
class RequestNotes:
    """What a request's line in the log says of it beside route, status and time.

    Attributes
    ----------
    tenant_id
        Whose it is.
    request_id
        As in the answer; None where it asks for no rewrite, or for many.
    """

    tenant_id: str | None = None
    request_id: str | None = None


# One object that is changed, not a value that is set: an operation that runs in a thread has a copy of the context.
_notes: ContextVar[RequestNotes | None] = ContextVar("selflearn_request", default=None)


def noting() -> RequestNotes:
    """Begin the notes of the request that this task answers."""
    notes = RequestNotes()
    _notes.set(notes)
    return notes


def take_note(tenant_id: str, request_id: str | None = None) -> None:
    """Note whose the request is and what it is called; nothing happens where nobody takes notes."""
    notes = _notes.get()
    if notes is not None:
        notes.request_id = request_id if notes.tenant_id is None else None
        notes.tenant_id = tenant_id
