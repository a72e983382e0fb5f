"""Which later turn is linked to a request: where the chain may step, and with which weight.

Without a detector a request is linked to the next one, as far as the two are alike. A contextual detector points to
any later request of the session, past what was said in between.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from rewrite_offline.mining.rephrase import LexicalRephraseTest, RephraseTest
from rewrite_offline.mining.says_again import says_again_columns
from streams.sessions import Session
from streams.sessions.columns import NONE, Codes, SessionColumns

__all__ = ["DetectedLinks", "Link", "LinkColumns", "SaysAgain", "link_columns", "link_of"]


class Link(NamedTuple):
    """A later turn, by its place in the session, and P(it says the request again)."""

    later: int
    weight: float


class LinkColumns(NamedTuple):
    """Of each row the row linked to it, `NONE` without one, and the weight; both of the rows' number."""

    later: Codes
    weight: NDArray[np.float64]


@dataclass(frozen=True)
class DetectedLinks:
    """What a detector found in the sessions.

    Attributes
    ----------
    found
        Turn id of a request → turn id of the later one that most likely says it again, and P(it does).
    """

    found: Mapping[str, tuple[str, float]]
    hypotheses: int = field(default=0, init=False)


#: What decides which turns the chain may connect.
SaysAgain: TypeAlias = RephraseTest | DetectedLinks


def link_of(session: Session, heard: Sequence[int], place: int, says_again: SaysAgain) -> Link | None:
    """Say which later turn a request is linked to.

    Parameters
    ----------
    session
        One customer's turns.
    heard
        Places of the turns in which something was heard.
    place
        Which of them is asked about.
    says_again
        Decides.
    """
    if isinstance(says_again, DetectedLinks):
        later, weight = says_again.found.get(session.turns[heard[place]].turn_id, (None, 0.0))
        for index in heard[place + 1 :]:
            if session.turns[index].turn_id == later:
                return Link(index, weight)
        return None
    if place + 1 == len(heard):
        return None
    return Link(heard[place + 1], says_again(session, heard[place], heard[place + 1]))


def link_columns(
    sessions: SessionColumns,
    rows: Codes,
    asked: NDArray[np.bool_],
    says_again: LexicalRephraseTest | DetectedLinks,
) -> LinkColumns:
    """Do what `link_of` does, for all rows of many sessions.

    Parameters
    ----------
    sessions
        The sessions.
    rows
        In which something was heard, in order.
    asked
        Where a row is followed by another of its session, whether their likeness matters, shape (rows - 1,).
    says_again
        Decides.

    Returns
    -------
    LinkColumns
        Rows by their place among `rows`.
    """
    later, weight = np.full(len(rows), NONE, np.int64), np.zeros(len(rows))
    same = sessions.session[rows][1:] == sessions.session[rows][:-1]
    if isinstance(says_again, DetectedLinks):
        ids, session = sessions.turn_ids.to_pylist(), sessions.session[rows]
        place = {ids[row]: number for number, row in enumerate(rows)}
        for turn_id, number in place.items():
            other, p = says_again.found.get(turn_id, ("", 0.0))
            found = place.get(other, NONE)
            if found > number and session[found] == session[number]:
                later[number], weight[number] = found, p
        return LinkColumns(later, weight)
    again = np.flatnonzero(same)
    later[again] = again + 1
    moved = np.flatnonzero(same & asked)
    weight[moved] = says_again_columns(says_again, sessions, rows[moved], rows[moved + 1])
    return LinkColumns(later, weight)
