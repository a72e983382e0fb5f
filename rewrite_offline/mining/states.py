"""The states of the chain: what was meant, in its dialogue context.

A state is named by a string, so that counts can live in any database:

- `asked␟reading␟domain/intent(slots)` where the NLU found a request;
- `asked␟text␟words` where it found none, or where the log has no NLU at all.
"""

from streams.records import Interpretation

__all__ = ["asked_of", "is_reading", "key_of", "key_state", "reading_state", "rename", "text_state"]

#: The ASCII unit separator: no normalised text and no interpretation holds one.
_BETWEEN = "\x1f"


def reading_state(asked: str | None, interpretation: Interpretation) -> str:
    """Name the state of an interpretation after a question."""
    return key_state(asked, interpretation.key)


def key_state(asked: str | None, key: str) -> str:
    """Name the state of an interpretation, by its key, after a question."""
    return _BETWEEN.join((asked or "", "reading", key))


def text_state(asked: str | None, text: str) -> str:
    """Name the state of a text that was given no meaning."""
    return _BETWEEN.join((asked or "", "text", text))


def asked_of(state: str) -> str | None:
    """Slot that had been asked for; None where nothing was."""
    return state.split(_BETWEEN, 1)[0] or None


def is_reading(state: str) -> bool:
    """Whether the state is an interpretation and not a bare text."""
    return state.split(_BETWEEN, 2)[1] == "reading"


def key_of(state: str) -> str:
    """The interpretation's key, or the text."""
    return state.split(_BETWEEN, 2)[2]


def rename(state: str, asked: str | None) -> str:
    """Name the same meaning, or the same text, after another question."""
    return _BETWEEN.join((asked or "", *state.split(_BETWEEN, 2)[1:]))
