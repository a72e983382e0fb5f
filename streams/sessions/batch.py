"""Sessions of the archive, bucket by bucket: the windows are DuckDB's, the definition is the one of `lanes`."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any

from streams.records import Signal, Turn
from streams.sessions.lanes import Lane, session
from streams.sessions.session import Session
from streams.sessions.settings import SessionSettings

if TYPE_CHECKING:  # the extra `learn` brings DuckDB; sessions in memory and in streams do without
    import duckdb

    from streams.archive import Archive

__all__ = ["sessions_from_archive"]

#: How far around a range of time to look for the rest of sessions that begin or end in it.
_AROUND = timedelta(days=1)

_ROWS = 2048

_SESSIONS = """
WITH laned AS (
    SELECT
        tenant_id, customer_id, turn_id, time, record,
        CASE
            WHEN session_id IS NOT NULL THEN 'given'
            WHEN $by_home AND home_id IS NOT NULL THEN 'home'
            ELSE 'device'
        END AS kind,
        CASE
            WHEN session_id IS NOT NULL THEN session_id
            WHEN $by_home AND home_id IS NOT NULL THEN home_id
            ELSE device_id
        END AS name,
        CASE
            WHEN response_ended BETWEEN time AND time + $longest_response THEN response_ended
            ELSE time
        END AS ending
    FROM turns
), cut AS (
    SELECT *, coalesce(
        time - max(ending) OVER (
            PARTITION BY tenant_id, customer_id, kind, name ORDER BY time, turn_id
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) > CASE kind WHEN 'given' THEN $idle ELSE $gap END,
        true
    ) AS opens
    FROM laned
), numbered AS (
    SELECT *, max(CASE WHEN opens THEN (time, turn_id) END) OVER (
        PARTITION BY tenant_id, customer_id, kind, name ORDER BY time, turn_id
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS opened
    FROM cut
), about AS (
    SELECT tenant_id, customer_id, turn_id, list(signals.record) AS signals
    FROM signals JOIN laned USING (tenant_id, customer_id, turn_id)
    WHERE signals.time BETWEEN laned.time - $patience AND laned.ending + $patience
    GROUP BY ALL
)
SELECT tenant_id, customer_id, kind, name, opened, record, signals
FROM numbered LEFT JOIN about USING (tenant_id, customer_id, turn_id)
WHERE ($since IS NULL OR opened[1] >= $since) AND ($until IS NULL OR opened[1] < $until)
ORDER BY tenant_id, customer_id, opened, kind, name, time, turn_id
"""


def sessions_from_archive(
    archive: "Archive",
    settings: SessionSettings | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    tenant: str | None = None,
    connection: "duckdb.DuckDBPyConnection | None" = None,
) -> Iterator[Session]:
    """Sessions of an archive, one after the other.

    Memory holds one bucket at most, and DuckDB moves to disk what is beyond its own limit.

    Parameters
    ----------
    archive
        Where the turns and signals are.
    settings
        Defaults where None; `lateness` plays no part, since everything has arrived.
    since, until
        Half-open range in which sessions begin, with zones; a session that begins in it is whole, whenever it
        ends, so that ranges that touch share no session and lose none. (A session that lasts more than a day
        beyond either end is cut there.) None: no bound.
    tenant
        Only this tenant's.
    connection
        To read with; its settings bound memory and threads. A new one where None.

    Yields
    ------
    Session
        By bucket; inside a bucket by tenant, customer and time of the first turn.

    Raises
    ------
    SourceError
        If there is no archive, or `since` or `until` has no zone.
    """
    import duckdb

    settings = settings or SessionSettings()
    base = connection if connection is not None else duckdb.connect()
    for bucket in range(archive.buckets):
        with base.cursor() as cursor:
            rows = _rows(archive, settings, since, until, tenant, bucket, cursor)
            yield from (_session(key, members) for key, members in groupby(rows, key=lambda row: row[:5]))


def _rows(
    archive: "Archive",
    settings: SessionSettings,
    since: datetime | None,
    until: datetime | None,
    tenant: str | None,
    bucket: int,
    cursor: "duckdb.DuckDBPyConnection",
) -> Iterator[tuple[Any, ...]]:
    """Rows of one bucket, the turns of each session next to one another and in order."""
    first = None if since is None else since - _AROUND
    last = None if until is None else until + _AROUND
    turns = archive.turns(cursor, first, last, tenant, bucket)
    signals = archive.signals(
        cursor,
        None if first is None else first - settings.patience,
        None if last is None else last + settings.patience,
        tenant,
        bucket,
    )
    # Registered names are the cursor's own: they hide nothing from whoever shares the connection.
    cursor.register("turns", turns)
    cursor.register("signals", signals)
    cursor.execute(
        _SESSIONS,
        {
            "by_home": settings.scope == "home",
            "gap": settings.gap,
            "idle": settings.idle,
            "patience": settings.patience,
            "longest_response": settings.longest_response,
            "since": _utc(since),
            "until": _utc(until),
        },
    )
    while rows := cursor.fetchmany(_ROWS):
        yield from rows


def _utc(time: datetime | None) -> datetime | None:
    """The archive's columns are UTC without a zone."""
    return None if time is None else time.astimezone(UTC).replace(tzinfo=None)


def _session(key: tuple[Any, ...], rows: Iterator[tuple[Any, ...]]) -> Session:
    tenant_id, customer_id, kind, name, _ = key
    turns, signals = [], defaultdict(list)
    for *_, record, about in rows:
        turn = Turn.model_validate_json(record)
        turns.append(turn)
        if about:
            signals[turn.turn_id] = [Signal.model_validate_json(signal) for signal in about]
    return session(Lane(tenant_id, customer_id, kind, name), turns, signals)
