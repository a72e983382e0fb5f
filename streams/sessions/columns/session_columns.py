"""Sessions as columns: one row a turn, the turns of a session next to one another and in order.

What repeats is held once and named by its number: texts, slots, interpretations. What has to be worked out about it is
then worked out once for each, and not once a turn.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from streams.records import Interpretation
from streams.text import normalise

__all__ = ["NONE", "Codes", "Lists", "SessionColumns", "SignalColumns", "Texts"]

#: The number of what is not there.
NONE = -1

Codes = NDArray[np.int64]


class Texts:
    """Distinct texts, and what they are when normalised.

    Parameters
    ----------
    raw
        Distinct texts as they were logged.

    Attributes
    ----------
    plain
        Distinct normalised texts.
    plain_of
        Number of a raw text → number of its normalised one.
    """

    def __init__(self, raw: Sequence[str]) -> None:
        numbers: dict[str, int] = {"": 0}
        self.plain_of: Codes = np.fromiter(
            (numbers.setdefault(normalise(text), len(numbers)) for text in raw), np.int64, len(raw)
        )
        self.plain = list(numbers)
        self._empty = next((number for number, text in enumerate(raw) if text == ""), NONE)

    def unless_empty(self, raw: Codes) -> Codes:
        """Numbers of the normalised texts; `NONE` where there is no text or an empty one."""
        there = (raw != NONE) & (raw != self._empty)
        found = np.full(len(raw), NONE, np.int64)
        found[there] = self.plain_of[raw[there]]
        return found


@dataclass(frozen=True, slots=True)
class Lists:
    """Lists of numbers, laid end to end: that of row i is `values[starts[i]:starts[i + 1]]`."""

    values: Codes
    starts: Codes

    @property
    def lengths(self) -> Codes:
        """How many each row has."""
        return np.diff(self.starts)

    def at(self, place: int) -> Codes:
        """The member at `place` of every list; `NONE` where it is shorter."""
        there = self.lengths > place
        found = np.full(len(there), NONE, np.int64)
        found[there] = self.values[self.starts[:-1][there] + place]
        return found


@dataclass(frozen=True, slots=True)
class SignalColumns:
    """Signals within reach of their turn, by turn, then by time, then by id.

    Attributes
    ----------
    turn
        Row of the turn.
    kind, value, text
        As in the record; a value that is not there is None.
    """

    turn: Codes
    kind: Sequence[str]
    value: Sequence[float | None]
    text: Sequence[str | None]


@dataclass(frozen=True)
class SessionColumns:
    """n turns in sessions; texts, slots and interpretations by number, `NONE` for what is not there.

    Attributes
    ----------
    turn_ids
        Of the turns.
    session
        Number of the session, ascending from 0.
    names
        Names of customers, homes and languages, and of the slots that are asked for.
    customer, home
        Whose the turn is; the first home that a turn of the session names.
    time, ended
        Microseconds since 1970; where no end of the response is known, the time.
    locale
        Of the turn.
    texts
        All texts of the log.
    utterance
        Normalised; its number among `texts.plain`.
    original
        What was heard where the turn was rewritten, in the same way; `NONE` where it was not.
    heard
        The ASR n-best, as far as it was read, normalised.
    asked, prompt
        What had been asked for and said before the request, as `Session.asked_before` and `prompt_before` say;
        the prompt normalised, and `NONE` where it was empty.
    response_asked, response_text, status
        Of the response; the text as the prompt.
    statuses
        Names of the statuses.
    interpretations
        Distinct ones, without confidence.
    nlu
        The n-best, by number of the interpretation.
    confidence
        Of every member of `nlu`; NaN where it has none.
    unresolved
        Share of entities that stand for nothing; NaN without entities.
    signals
        About the turns.
    """

    turn_ids: pa.Array
    session: Codes
    names: Sequence[str]
    customer: Codes
    home: Codes
    time: Codes
    ended: Codes
    locale: Codes
    texts: Texts
    utterance: Codes
    original: Codes
    heard: Lists
    asked: Codes
    prompt: Codes
    response_asked: Codes
    response_text: Codes
    status: Codes
    statuses: Sequence[str]
    interpretations: Sequence[Interpretation]
    nlu: Lists
    confidence: NDArray[np.float64]
    unresolved: NDArray[np.float64]
    signals: SignalColumns

    def __len__(self) -> int:
        return len(self.session)

    @property
    def sessions(self) -> int:
        """How many sessions there are."""
        return int(self.session[-1]) + 1 if len(self.session) else 0

    @cached_property
    def followed(self) -> NDArray[np.bool_]:
        """Whether another turn of the session follows, on the next row."""
        return np.append(self.session[1:] == self.session[:-1], False)[: len(self.session)]

    @cached_property
    def best(self) -> Codes:
        """The first interpretation; `NONE` without an NLU."""
        return self.nlu.at(0)

    @cached_property
    def empty(self) -> NDArray[np.bool_]:
        """By number of an interpretation: whether it holds no request."""
        return np.fromiter(
            (one.is_empty for one in self.interpretations), np.bool_, len(self.interpretations)
        )

    def confidence_at(self, place: int) -> NDArray[np.float64]:
        """Confidence of the interpretation at `place` of the n-best; NaN where there is none."""
        there = self.nlu.lengths > place
        found = np.full(len(there), np.nan)
        found[there] = self.confidence[self.nlu.starts[:-1][there] + place]
        return found
