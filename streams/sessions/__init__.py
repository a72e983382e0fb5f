"""Sessions: one customer's turns that belong together, in memory, in a stream and over the archive."""

from streams.sessions.batch import sessions_from_archive
from streams.sessions.memory import sessions_of
from streams.sessions.session import Session
from streams.sessions.settings import SessionSettings
from streams.sessions.stream import SessionCounts, SessionStream

__all__ = [
    "Session",
    "SessionCounts",
    "SessionSettings",
    "SessionStream",
    "sessions_from_archive",
    "sessions_of",
]
