"""Exit codes, for schedulers: each says what to do next.

| code | meaning | a scheduler should |
| --- | --- | --- |
| 0 | done | go on |
| 1 | something nobody expected | tell a person |
| 2 | wrong usage, settings or mapping | tell a person |
| 3 | no input: an empty folder, or no turns in the range | try again when there are logs |
| 4 | nothing to learn from, or nothing known | try again with a longer log |
| 5 | input, table or output cannot be read or written | tell a person |
| 6 | another run is at work | try again soon |
| 7 | nothing is new; what was there stays | go on |
"""

from backbone.errors import BackboneError
from rewrite_offline.errors import CannotDraw, MiningError, NothingKnown, TableError, TableLocked
from selflearn.errors import (
    BackupError,
    CannotWrite,
    KeyRefused,
    NoInput,
    NothingNew,
    OpenToOthers,
    QuickstartError,
    SelflearnError,
    SettingsError,
    StoreError,
    Unknown,
    WrongSwitch,
)
from streams.errors import MappingError, OutcomeError, StreamError

__all__ = [
    "LOCKED",
    "NOTHING_NEW",
    "NOTHING_TO_LEARN",
    "NO_INPUT",
    "UNREADABLE",
    "USAGE",
    "exit_code_of",
]

UNEXPECTED = 1
USAGE = 2
NO_INPUT = 3
NOTHING_TO_LEARN = 4
UNREADABLE = 5
LOCKED = 6
NOTHING_NEW = 7

#: The first that fits counts.
_CODES: tuple[tuple[type[Exception], int], ...] = (
    (SettingsError, USAGE),
    (MappingError, USAGE),
    (NoInput, NO_INPUT),
    (NothingNew, NOTHING_NEW),
    (MiningError, NOTHING_TO_LEARN),
    (NothingKnown, NOTHING_TO_LEARN),
    (OutcomeError, NOTHING_TO_LEARN),
    (TableLocked, LOCKED),
    (TableError, UNREADABLE),
    (StreamError, UNREADABLE),
    (BackupError, UNREADABLE),
    (CannotWrite, UNREADABLE),
    (StoreError, UNREADABLE),
    (OpenToOthers, USAGE),
    (KeyRefused, USAGE),
    (Unknown, USAGE),
    (WrongSwitch, USAGE),
    (CannotDraw, UNREADABLE),
    (BackboneError, UNREADABLE),
    (QuickstartError, UNEXPECTED),
    (SelflearnError, UNEXPECTED),
)


def exit_code_of(error: Exception) -> int | None:
    """Return the exit code for an error of ours; None for one that nobody expected."""
    return next((code for kind, code in _CODES if isinstance(error, kind)), None)
