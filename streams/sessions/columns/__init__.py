"""Sessions of an archive as columns, to count many of them fast (extra `learn`)."""

from streams.sessions.columns.pairs import for_each_pair
from streams.sessions.columns.reading import read_columns, read_sessions
from streams.sessions.columns.scanning import scan
from streams.sessions.columns.session_columns import NONE, Codes, Lists, SessionColumns, SignalColumns, Texts

__all__ = [
    "NONE",
    "Codes",
    "Lists",
    "SessionColumns",
    "SignalColumns",
    "Texts",
    "for_each_pair",
    "read_columns",
    "read_sessions",
    "scan",
]
