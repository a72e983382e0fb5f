"""Reading a bucket of the archive into columns of sessions."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypedDict

import duckdb
import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from streams.records import Interpretation, Signal, Slot, Turn
from streams.sessions.columns.coding import coded, in_order, lists_of, numbers_of, ranks
from streams.sessions.columns.cutting import believed_end, cut, microseconds
from streams.sessions.columns.scanning import scan
from streams.sessions.columns.session_columns import NONE, Codes, Lists, SessionColumns, SignalColumns, Texts
from streams.sessions.memory import sessions_of
from streams.sessions.session import Session
from streams.sessions.settings import SessionSettings

if TYPE_CHECKING:
    from streams.archive import Archive

__all__ = ["read_columns", "read_sessions"]

#: How far around a range of time to look for the rest of sessions that begin or end in it; as in `batch`.
_AROUND = timedelta(days=1)

# Entities have no column of their own.
_TURNS = """
    turn_id AS id, customer_id, home_id, device_id, session_id, locale, asked, response_asked, response_status,
    epoch_us(time) AS time, epoch_us(coalesce(response_ended, time)) AS ended,
    utterance, original_utterance, prompt, response_text,
    list_transform(asr[1:{hypotheses}], lambda heard: heard.text) AS asr,
    list_transform(
        nlu, lambda one: to_json({{'domain': one.domain, 'intent': one.intent, 'slots': one.slots}})::VARCHAR
    ) AS nlu,
    list_transform(nlu, lambda one: one.confidence) AS confidence,
    json_extract(record, '$.entities')::VARCHAR AS entities
"""

_SIGNALS = "signal_id AS id, turn_id, customer_id, epoch_us(time) AS time, kind, value, text"


# Every turn of a customer who is wanted, or was ever in a home that is: sessions are cut from whole customers.
_OF_PEOPLE = """
customer_id IN (
    SELECT customer_id FROM read_parquet($parts, hive_partitioning = false)
    WHERE customer_id IN (SELECT unnest($people)) OR home_id IN (SELECT unnest($people))
)
"""


class _Entity(msgspec.Struct):
    entity_id: str | None = None


_ENTITIES = msgspec.json.Decoder(tuple[_Entity, ...])


class _Slot(msgspec.Struct):
    name: str
    value: str


class _Interpretation(msgspec.Struct):
    domain: str | None
    intent: str | None
    slots: tuple[_Slot, ...]


def read_columns(
    archive: "Archive",
    settings: SessionSettings,
    bucket: int,
    connection: duckdb.DuckDBPyConnection,
    *,
    tenant: str = "default",
    since: datetime | None = None,
    until: datetime | None = None,
    hypotheses: int = 3,
) -> SessionColumns:
    """Read one tenant's sessions from a bucket of an archive: those that `sessions_from_archive` gives.

    Parameters
    ----------
    archive
        Where the turns and signals are.
    settings
        What separates two sessions.
    bucket
        Number of the bucket, which is held in memory: some kilobytes a turn.
    connection
        To read with; its settings bound memory and threads.
    tenant
        Whose turns.
    since, until
        Half-open range in which sessions begin, with zones. None: no bound.
    hypotheses
        How many of the ASR n-best are wanted.

    Raises
    ------
    SourceError
        If there is no archive, or `since` or `until` has no zone.
    """
    turns = scan(
        archive,
        Turn,
        _TURNS.format(hypotheses=hypotheses),
        connection,
        tenant=tenant,
        bucket=bucket,
        each=_without_entities,
        **_around(since, until),
    )
    about = _around(since, until, settings.patience)
    signals = scan(archive, Signal, _SIGNALS, connection, tenant=tenant, bucket=bucket, **about)
    return _sessions(turns, signals, settings, since, until)


def read_sessions(
    archive: "Archive",
    settings: SessionSettings,
    bucket: int,
    connection: duckdb.DuckDBPyConnection,
    people: Collection[str] | None = None,
    *,
    tenant: str = "default",
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[Session]:
    """Read the sessions of some people in a bucket, or of all, whole: those of `sessions_from_archive`.

    Parameters
    ----------
    people
        Homes and customers, as `Session.person` names them; None: everybody.
    archive, settings, bucket, connection, tenant, since, until
        As for `read_columns`.

    Raises
    ------
    SourceError
        If there is no archive, or `since` or `until` has no zone.
    """
    turns = scan(
        archive,
        Turn,
        "turn_id AS id, epoch_us(time) AS time, customer_id, record",
        connection,
        tenant=tenant,
        bucket=bucket,
        where=_OF_PEOPLE if people is not None else "TRUE",
        given={"people": sorted(people)} if people is not None else {},
        **_around(since, until),
    )
    signals = scan(
        archive,
        Signal,
        "signal_id AS id, epoch_us(time) AS time, record",
        connection,
        tenant=tenant,
        bucket=bucket,
        where="customer_id IN (SELECT unnest($customers))",
        given={"customers": pc.unique(turns["customer_id"]).to_pylist()},
        **_around(since, until, settings.patience),
    )
    return [
        session
        for session in sessions_of(
            map(Turn.model_validate_json, turns["record"].to_pylist()),
            map(Signal.model_validate_json, signals["record"].to_pylist()),
            settings,
        )
        if (people is None or session.person in people)
        and (since is None or session.turns[0].time >= since)
        and (until is None or session.turns[0].time < until)
    ]


class _Range(TypedDict):
    since: datetime | None
    until: datetime | None


def _around(since: datetime | None, until: datetime | None, patience: timedelta = timedelta(0)) -> _Range:
    """Times among which the rest of sessions is that begin or end in a range; and of signals about them."""
    return {
        "since": None if since is None else since - _AROUND - patience,
        "until": None if until is None else until + _AROUND + patience,
    }


def _without_entities(turns: pa.Table) -> pa.Table:
    """Put the share of a turn's entities that stand for nothing in their place; people mean much the same things."""
    distinct, (entities,) = coded(turns["entities"])
    shares = np.array([*map(_share, distinct), np.nan])
    return turns.drop_columns(["entities"]).append_column("unresolved", pa.array(shares[entities]))


def _share(text: str) -> float:
    entities = _ENTITIES.decode(text)
    return sum(one.entity_id is None for one in entities) / len(entities) if entities else np.nan


def _sessions(
    turns: pa.Table,
    signals: pa.Table,
    settings: SessionSettings,
    since: datetime | None,
    until: datetime | None,
) -> SessionColumns:
    """Bring the turns into the order of their sessions, and their texts to numbers."""
    names, (customer, home, device, given, locale, asked, response_asked, signaller) = coded(
        *(
            turns[name]
            for name in (
                *("customer_id", "home_id", "device_id", "session_id"),
                *("locale", "asked", "response_asked"),
            )
        ),
        signals["customer_id"],
    )
    time, ended = numbers_of(turns["time"]), numbers_of(turns["ended"])
    rows, session = cut(customer, home, device, given, time, ended, turns["id"], settings, since, until)
    heard, heard_starts = lists_of(turns["asr"])
    raw, (utterance, prompt, said, hypotheses, original) = coded(
        turns["utterance"], turns["prompt"], turns["response_text"], heard, turns["original_utterance"]
    )
    texts = Texts(raw)
    read, read_starts = lists_of(turns["nlu"])
    distinct, (interpretations,) = coded(read)
    nlu, places = in_order(Lists(interpretations, read_starts), rows)
    statuses, (status,) = coded(turns["response_status"])
    first = np.append(True, session[1:] != session[:-1])[: len(rows)]
    turn_ids = turns["id"].take(pa.array(rows)).combine_chunks()
    return SessionColumns(
        turn_ids=turn_ids,
        session=session,
        names=names,
        customer=customer[rows],
        home=_first_named(home[rows], session),
        time=time[rows],
        ended=ended[rows],
        locale=locale[rows],
        texts=texts,
        utterance=texts.plain_of[utterance[rows]],
        original=texts.unless_empty(original[rows]),
        heard=in_order(Lists(texts.plain_of[hypotheses], heard_starts), rows)[0],
        asked=_before(asked[rows], response_asked[rows], first),
        prompt=texts.unless_empty(_before(prompt[rows], said[rows], first)),
        response_asked=response_asked[rows],
        response_text=texts.unless_empty(said[rows]),
        status=status[rows],
        statuses=statuses,
        interpretations=[_interpretation(text) for text in distinct],
        nlu=nlu,
        confidence=np.asarray(lists_of(turns["confidence"])[0].to_numpy(), np.float64)[places],
        unresolved=turns["unresolved"].to_numpy()[rows],
        signals=_signals(
            signals, signaller, turn_ids, customer[rows], time[rows], believed_end(time, ended, settings)[rows],
            settings,
        ),
    )  # fmt: skip


def _before(own: Codes, answered: Codes, first: NDArray[np.bool_]) -> Codes:
    """What a turn's context says; where that is silent, the response to the turn before."""
    of_before = np.where(first, NONE, np.append(NONE, answered)[: len(own)])
    return np.where(own != NONE, own, of_before)


def _first_named(home: Codes, session: Codes) -> Codes:
    """Give every turn of a session the first home that one of them names."""
    if not home.size:
        return home
    here = np.where(home != NONE, np.arange(len(home)), len(home))
    opens = np.flatnonzero(np.append(True, np.diff(session) != 0))
    place = np.minimum.reduceat(here, opens)
    return np.append(home, NONE)[place][session]


def _interpretation(text: str) -> Interpretation:
    read = msgspec.json.decode(text, type=_Interpretation)
    return Interpretation(
        domain=read.domain,
        intent=read.intent,
        slots=tuple(Slot(name=slot.name, value=slot.value) for slot in read.slots),
    )


def _signals(
    signals: pa.Table,
    signaller: Codes,
    turn_ids: pa.Array,
    customer: Codes,
    time: Codes,
    end: Codes,
    settings: SessionSettings,
) -> SignalColumns:
    """Signals that are about a turn of their customer, and came close enough to it."""
    place = (
        pc.fill_null(pc.index_in(signals["turn_id"], value_set=turn_ids), NONE).to_numpy().astype(np.int64)
    )
    found = np.flatnonzero(place != NONE)
    turn, came = place[found], numbers_of(signals["time"])[found]
    patience = microseconds(settings.patience)
    near = (
        (signaller[found] == customer[turn])
        & (came >= time[turn] - patience)
        & (came <= end[turn] + patience)
    )
    found, turn, came = found[near], turn[near], came[near]
    about = signals.take(pa.array(found))
    order = np.lexsort((ranks(about["id"].to_pylist()), came, turn))
    about = about.take(pa.array(order))
    return SignalColumns(
        turn[order], about["kind"].to_pylist(), about["value"].to_pylist(), about["text"].to_pylist()
    )
