"""Cutting turns into sessions, all at once: the definition of `streams.sessions.lanes` over columns."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from streams.sessions.columns.coding import ranks
from streams.sessions.columns.session_columns import NONE, Codes
from streams.sessions.settings import SessionSettings

__all__ = ["Cut", "believed_end", "cut", "microseconds", "moment"]

_GIVEN, _HOME, _DEVICE = 0, 1, 2
_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Cut(NamedTuple):
    """Rows of turns, session by session and in order; and the session of each, ascending from 0."""

    rows: Codes
    session: Codes


def cut(
    customer: Codes,
    home: Codes,
    device: Codes,
    given: Codes,
    time: Codes,
    ended: Codes,
    turn_ids: pa.ChunkedArray,
    settings: SessionSettings,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Cut:
    """Put n turns together to sessions.

    Parameters
    ----------
    customer, home, device, given
        Numbers of whose turn it is, where it was spoken and of the session that the assistant gave.
    time, ended
        Microseconds since 1970.
    turn_ids
        Decide the order of turns of one moment.
    settings
        What separates two sessions.
    since, until
        Half-open range in which sessions begin.
    """
    by_home = (home != NONE) & (settings.scope == "home")
    kind = np.where(given != NONE, _GIVEN, np.where(by_home, _HOME, _DEVICE))
    name = np.where(given != NONE, given, np.where(by_home, home, device))
    rows = _ordered(customer, kind, name, time, turn_ids)
    if not rows.size:
        return Cut(rows, rows)
    customer, kind, name = customer[rows], kind[rows], name[rows]
    time, end = time[rows], believed_end(time, ended, settings)[rows]
    new_lane = np.append(True, (np.diff(customer) != 0) | (np.diff(kind) != 0) | (np.diff(name) != 0))
    gap = np.where(kind == _GIVEN, microseconds(settings.idle), microseconds(settings.gap))
    before = np.append(0, _latest_so_far(end, np.cumsum(new_lane))[:-1])
    opens = new_lane | (time - before > gap)
    session = np.cumsum(opens) - 1
    began = time[opens][session]
    kept = np.ones(len(rows), np.bool_)
    if since is not None:
        kept &= began >= moment(since)
    if until is not None:
        kept &= began < moment(until)
    return Cut(rows[kept], np.unique(session[kept], return_inverse=True)[1].astype(np.int64))


def believed_end(time: Codes, ended: Codes, settings: SessionSettings) -> Codes:
    """When turns were over: when their responses were, if that can be believed."""
    believed = (ended >= time) & (ended - time <= microseconds(settings.longest_response))
    return np.where(believed, ended, time)


def microseconds(span: timedelta) -> int:
    """Length of a span."""
    return span // _MICROSECOND


def moment(time: datetime) -> int:
    """Microseconds since 1970."""
    return (time - _EPOCH) // _MICROSECOND


def _ordered(customer: Codes, kind: Codes, name: Codes, time: Codes, turn_ids: pa.ChunkedArray) -> Codes:
    """Rows by lane, time and turn id. Few turns are of one moment, so few ids are looked at."""
    keys = (time, name, kind, customer)
    rows = np.lexsort(keys)
    same = np.ones(max(len(rows) - 1, 0), np.bool_)
    for key in keys:
        same &= np.diff(key[rows]) == 0
    tied = np.append(same, False)[: len(rows)] | np.append(False, same)[: len(rows)]
    if tied.any():
        rank = np.zeros(len(rows), np.int64)
        rank[rows[tied]] = ranks(turn_ids.take(pa.array(rows[tied])).to_pylist())
        rows = np.lexsort((rank, *keys))
    return rows


def _latest_so_far(end: Codes, lane: Codes) -> Codes:
    """Largest end of a lane's rows up to each one; the lanes ascend."""
    distinct, rank = np.unique(end, return_inverse=True)
    reached: NDArray[np.int64] = np.maximum.accumulate(lane * len(distinct) + rank)
    latest: Codes = distinct[reached - lane * len(distinct)]
    return latest
