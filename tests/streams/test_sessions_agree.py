"""Whatever the order of arrival, stream, memory and archive find the sessions of a plain definition."""

import tempfile
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.archive import Archive
from streams.errors import SourceError
from streams.records import Response, Signal, SignalKind, Turn
from streams.sessions import Session, SessionSettings, SessionStream, sessions_from_archive, sessions_of

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


@st.composite
def turns(draw) -> list[Turn]:
    found = []
    for number in range(draw(st.integers(1, 14))):
        begins = draw(st.integers(0, 30)) * 10
        lasts = draw(st.sampled_from([None, None, 5, 40, 10_000, -5]))
        found.append(
            Turn(
                turn_id=f"t{number}",
                tenant_id=draw(st.sampled_from(["x", "y"])),
                customer_id=draw(st.sampled_from(["ann", "bob"])),
                home_id=draw(st.sampled_from([None, "h"])),
                device_id=draw(st.sampled_from([None, "kitchen", "hall"])),
                session_id=draw(st.sampled_from([None, None, None, "s"])),
                time=at(begins),
                utterance="hello",
                response=None if lasts is None else Response(ended=at(begins + lasts)),
            )
        )
    return found


@st.composite
def logs(draw) -> tuple[list[Turn | Signal], SessionSettings]:
    """Turns and signals in an order of arrival that keeps the lateness, copies among them."""
    chosen = SessionSettings(
        gap=timedelta(seconds=draw(st.sampled_from([0, 20, 45]))),
        idle=timedelta(seconds=draw(st.sampled_from([20, 100]))),
        patience=timedelta(seconds=draw(st.sampled_from([0, 25, 120]))),
        lateness=timedelta(seconds=draw(st.sampled_from([0, 15, 60, 1000]))),
        scope=draw(st.sampled_from(["device", "home"])),
        longest_response=timedelta(seconds=100),
    )
    records: list[Turn | Signal] = list(draw(turns()))
    for number in range(draw(st.integers(0, 6))):
        about = draw(st.sampled_from([record for record in records if isinstance(record, Turn)]))
        records.append(
            Signal(
                signal_id=f"s{number}",
                turn_id=about.turn_id,
                tenant_id=about.tenant_id,
                customer_id=about.customer_id,
                time=about.time + timedelta(seconds=draw(st.integers(-3, 14)) * 10),
                kind=SignalKind.INTERRUPTED,
            )
        )
    records += draw(st.lists(st.sampled_from(records), max_size=4))
    late = chosen.lateness.total_seconds()
    arrivals = [(r.time + timedelta(seconds=draw(st.floats(0, late))), i) for i, r in enumerate(records)]
    return [records[i] for _, i in sorted(arrivals)], chosen


def plain(records: list[Turn | Signal], chosen: SessionSettings) -> list[Session]:
    """Sessions by the words of the definition: turns connected by pauses that are short enough."""
    everyone = list({r.turn_id: r for r in records if isinstance(r, Turn)}.values())
    signals = list({r.signal_id: r for r in records if isinstance(r, Signal)}.values())

    def end(turn: Turn) -> datetime:
        ended = turn.response.ended if turn.response else None
        believed = ended is not None and timedelta(0) <= ended - turn.time <= chosen.longest_response
        return ended if believed else turn.time

    def together(a: Turn, b: Turn) -> bool:
        if (a.tenant_id, a.customer_id, a.session_id) != (b.tenant_id, b.customer_id, b.session_id):
            return False
        if a.session_id is None:
            homes = chosen.scope == "home" and (a.home_id or b.home_id)
            if (a.home_id != b.home_id) if homes else (a.device_id != b.device_id):
                return False
        pause = chosen.gap if a.session_id is None else chosen.idle
        first, second = sorted([a, b], key=lambda t: t.time)
        return second.time - end(first) <= pause

    group = {turn.turn_id: turn.turn_id for turn in everyone}
    for a, b in combinations(everyone, 2):
        if together(a, b):
            old, new = group[a.turn_id], group[b.turn_id]
            group = {name: new if of == old else of for name, of in group.items()}
    members = defaultdict(list)
    for turn in sorted(everyone, key=lambda t: (t.time, t.turn_id)):
        members[group[turn.turn_id]].append(turn)
    return [
        Session(
            tenant_id=found[0].tenant_id,
            session_id=found[0].session_id or f"from:{found[0].turn_id}",
            customer_id=found[0].customer_id,
            home_id=next((t.home_id for t in found if t.home_id), None),
            turns=tuple(found),
            signals={
                t.turn_id: tuple(near)
                for t in found
                if (
                    near := sorted(
                        (
                            s
                            for s in signals
                            if s.turn_id == t.turn_id
                            and t.time - chosen.patience <= s.time <= end(t) + chosen.patience
                        ),
                        key=lambda s: (s.time, s.signal_id),
                    )
                )
            },
        )
        for found in members.values()
    ]


def ordered(sessions: list[Session]) -> list[Session]:
    return sorted(sessions, key=lambda session: session.turns[0].turn_id)


@given(logs())
@settings(max_examples=400, deadline=None)
def test_stream_and_memory_find_the_plain_sessions(log):
    records, chosen = log
    stream = SessionStream(chosen)
    streamed = [session for record in records for session in stream.add(record)] + stream.close()
    expected = ordered(plain(records, chosen))
    assert ordered(streamed) == expected
    assert stream.counts.late_turns == 0
    in_memory = sessions_of(
        [r for r in records if isinstance(r, Turn)], [r for r in records if isinstance(r, Signal)], chosen
    )
    assert ordered(in_memory) == expected


@given(logs())
@settings(max_examples=25, deadline=None)
def test_the_archive_gives_the_plain_sessions(log):
    records, chosen = log
    with tempfile.TemporaryDirectory() as folder:
        archive = filed(Path(folder), records)
        found = list(sessions_from_archive(archive, chosen))
        assert ordered(found) == ordered(plain(records, chosen))
        assert found == list(sessions_from_archive(archive, chosen))


@given(logs(), st.integers(-10, 40))
@settings(max_examples=15, deadline=None)
def test_ranges_that_touch_share_no_session_and_lose_none(log, border):
    records, chosen = log
    with tempfile.TemporaryDirectory() as folder:
        archive = filed(Path(folder), records)
        before = list(sessions_from_archive(archive, chosen, until=at(10 * border)))
        after = list(sessions_from_archive(archive, chosen, since=at(10 * border)))
        assert ordered(before + after) == ordered(plain(records, chosen))
        one = [session for session in before + after if session.tenant_id == "x"]
        assert ordered(list(sessions_from_archive(archive, chosen, tenant="x"))) == ordered(one)


@given(logs(), st.randoms(use_true_random=False))
@settings(max_examples=100, deadline=None)
def test_records_that_are_later_than_allowed_are_counted_and_never_crash(log, random):
    records, chosen = log
    shuffled = random.sample(records, len(records))
    stream = SessionStream(chosen)
    streamed = [session for record in shuffled for session in stream.add(record)] + stream.close()
    counts = stream.counts
    taken = [turn for session in streamed for turn in session.turns]
    turns_in = sum(isinstance(record, Turn) for record in records)
    assert len(taken) + counts.late_turns + counts.duplicate_turns == turns_in
    assert len({(turn.tenant_id, turn.turn_id) for turn in taken}) == len(taken)
    assert counts.signals + counts.lost_signals + counts.duplicate_signals == len(records) - turns_in


def test_reading_leaves_the_callers_connection_as_it_was(tmp_path):
    archive = filed(tmp_path, [Turn(turn_id="a", customer_id="ann", time=NOON, utterance="hello")])
    connection = duckdb.connect()
    connection.execute("CREATE TABLE turns AS SELECT 'mine' AS owner")
    [found] = sessions_from_archive(archive, connection=connection)
    assert found.turns[0].turn_id == "a"
    assert connection.execute("SELECT owner FROM turns").fetchall() == [("mine",)]


def test_two_readings_at_once_do_not_disturb_each_other(tmp_path):
    records = [Turn(turn_id=f"t{i}", customer_id=f"c{i}", time=NOON, utterance="hello") for i in range(20)]
    archive = filed(tmp_path, records)
    connection = duckdb.connect()
    one, other = (sessions_from_archive(archive, connection=connection) for _ in range(2))
    pairs = list(zip(one, other, strict=True))
    assert len(pairs) == 20
    assert all(a == b for a, b in pairs)


def test_no_archive_is_said_and_not_an_empty_one(tmp_path):
    with pytest.raises(SourceError, match="no archive"):
        list(sessions_from_archive(Archive(tmp_path / "nowhere")))


def filed(root: Path, records: list[Turn | Signal]) -> Archive:
    """An archive of records, written in two parts so that copies lie in different files."""
    archive = Archive(root / "archive", 2)
    sink = archive.sink()
    half = len(records) // 2
    for part in (records[:half], records[half:]):
        sink.write(part)
        sink.flush()
    return archive
