"""Counting over columns finds, session by session and bit by bit, what is found record by record."""

import random
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rewrite_offline.emission import Sample, first_people
from rewrite_offline.mining import (
    Counts,
    DetectedLinks,
    LexicalRephraseTest,
    MiningSettings,
    Portion,
    attempts,
    count_archive,
    mine,
    mine_archive,
)
from rewrite_offline.mining.attempt_columns import attempt_columns
from simulator.simulation import Simulation
from simulator.world import load_world
from streams.archive import Archive
from streams.outcome import OutcomeModel
from streams.outcome.columns import success_of
from streams.records import (
    AppliedRewrite,
    AsrHypothesis,
    DialogueContext,
    EntityResolution,
    Interpretation,
    Response,
    ResponseStatus,
    Signal,
    SignalKind,
    Slot,
    Turn,
)
from streams.sessions import SessionSettings, sessions_from_archive
from streams.sessions.columns import NONE, read_columns

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
TEXTS = [
    *(
        "play jazz",
        "Play JAZZ!",
        "play jets",
        "no",
        "stop that",
        "yes",
        "",
        " ?! ",
        "thank you",
        "phlay jass",
    ),
    *("nein", "turn it off", "Straße", "strasse"),
]
QUESTIONS = [None, None, "", "room", "food"]
SAID = [None, "", "Which room?", "which ROOM", "Sorry?"]

maybe = st.one_of(st.none(), st.floats(0, 1))
interpretations = st.builds(
    Interpretation,
    domain=st.sampled_from([None, "music"]),
    intent=st.sampled_from([None, None, "play", "stop"]),
    slots=st.lists(
        st.builds(Slot, name=st.sampled_from(["a", "b"]), value=st.sampled_from(["x", "X", 'é"', ""])),
        max_size=2,
    ).map(tuple),
    confidence=maybe,
)
entities = st.builds(
    EntityResolution, slot=st.just("a"), value=st.just("x"), entity_id=st.sampled_from([None, "e:1"])
)


@st.composite
def turns(draw) -> list[Turn]:
    found = []
    for number in range(draw(st.integers(1, 10))):
        time = NOON + timedelta(seconds=draw(st.integers(0, 12)) * 10)
        ended = draw(st.sampled_from([None, None, 5.25, 40, 10_000, -5]))
        found.append(
            Turn(
                turn_id=f"t{number}",
                tenant_id=draw(st.sampled_from(["default", "default", "other"])),
                customer_id=draw(st.sampled_from(["ann", "bob"])),
                home_id=draw(st.sampled_from([None, "h", "ann"])),
                device_id=draw(st.sampled_from([None, "kitchen"])),
                session_id=draw(st.sampled_from([None, None, None, "s"])),
                locale=draw(st.sampled_from([None, "en-GB", "de_DE"])),
                time=time,
                utterance=draw(st.sampled_from(TEXTS)),
                asr=tuple(
                    AsrHypothesis(text=text) for text in draw(st.lists(st.sampled_from(TEXTS), max_size=4))
                ),
                nlu=tuple(draw(st.lists(interpretations, max_size=3))),
                entities=tuple(draw(st.lists(entities, max_size=2))),
                context=draw(
                    st.none()
                    | st.builds(
                        DialogueContext, asked=st.sampled_from(QUESTIONS), prompt=st.sampled_from(SAID)
                    )
                ),
                response=draw(
                    st.none()
                    | st.builds(
                        Response,
                        text=st.sampled_from(SAID),
                        asked=st.sampled_from(QUESTIONS),
                        status=st.sampled_from([None, *ResponseStatus]),
                        ended=st.just(None if ended is None else time + timedelta(seconds=ended)),
                    )
                ),
                rewrite=draw(
                    st.none()
                    | st.builds(
                        AppliedRewrite, request_id=st.just("r"), original_utterance=st.sampled_from(TEXTS)
                    )
                ),
                traces=draw(st.sampled_from([{}, {"entities": []}, {"entities": [{"entity_id": None}]}])),
            )
        )
    return found


@st.composite
def logs(draw) -> tuple[list[Turn | Signal], SessionSettings]:
    """Turns and signals, copies among them."""
    chosen = SessionSettings(
        gap=timedelta(seconds=draw(st.sampled_from([0, 45]))),
        idle=timedelta(seconds=draw(st.sampled_from([20, 100]))),
        patience=timedelta(seconds=draw(st.sampled_from([0, 120]))),
        scope=draw(st.sampled_from(["device", "home"])),
        longest_response=timedelta(seconds=100),
    )
    records: list[Turn | Signal] = list(draw(turns()))
    for number in range(draw(st.integers(0, 6))):
        about = draw(st.sampled_from([record for record in records if isinstance(record, Turn)]))
        records.append(
            Signal(
                signal_id=f"s{draw(st.integers(0, 9))}{number}",
                turn_id=about.turn_id,
                tenant_id=about.tenant_id,
                customer_id=draw(st.sampled_from([about.customer_id, "eve"])),
                time=about.time + timedelta(seconds=draw(st.integers(-3, 14)) * 10),
                kind=draw(st.sampled_from(SignalKind)),
                value=draw(st.one_of(st.none(), st.floats(-1, 2))),
                text=draw(st.sampled_from([None, *TEXTS])),
            )
        )
    return records + draw(st.lists(st.sampled_from(records), max_size=3)), chosen


def filed(root: Path, records) -> Archive:
    """An archive of records, written in two parts so that copies lie in different files."""
    archive = Archive(root / "archive", 2)
    sink = archive.sink()
    half = len(records) // 2
    for part in (records[:half], records[half:]):
        sink.write(part)
        sink.flush()
    return archive


def found_plainly(archive, chosen, since=None, until=None, test=None):
    """Turn id → first turn of its session, P(success) and attempt, record by record."""
    model, test = OutcomeModel.given(), test or LexicalRephraseTest()
    found = {}
    for session in sessions_from_archive(archive, chosen, since, until, "default"):
        tried = {attempt.turn_id: attempt for attempt in attempts(session, model, test)}
        for turn, success in zip(session.turns, model.success(session), strict=True):
            found[turn.turn_id] = session.turns[0].turn_id, success, told(tried.get(turn.turn_id))
    return found


def told(attempt):
    """What columns say of an attempt, which is all but the interpretation itself."""
    if attempt is None:
        return None
    return (
        *(attempt.person, attempt.asked, attempt.text, attempt.state, attempt.understood, attempt.readings),
        *(
            attempt.success,
            attempt.retry,
            attempt.retry_weight,
            attempt.retry_success,
            attempt.time,
            attempt.answered,
            attempt.original,
        ),
    )


def found_by_column(archive, chosen, since=None, until=None, test=None):
    model, test = OutcomeModel.given(), test or LexicalRephraseTest()
    found = {}
    for bucket in range(archive.buckets):
        with duckdb.connect() as connection:
            columns = read_columns(archive, chosen, bucket, connection, since=since, until=until)
        ids = columns.turn_ids.to_pylist()
        first: dict[int, str] = {}
        tried = rows_of(attempt_columns(columns, model, test))
        for turn, session, success in zip(ids, columns.session, success_of(model, columns), strict=True):
            found[turn] = first.setdefault(session, turn), success, tried.get(turn)
    return found


def rows_of(columns):
    readings = [[] for _ in range(len(columns))]
    for place, state, confidence in zip(columns.of, columns.read, columns.confidence, strict=True):
        readings[place].append((columns.states[state], confidence))
    return {
        turn: (
            columns.people[columns.person[i]],
            *columns.requests[columns.request[i]],
            columns.states[columns.state[i]],
            None if columns.understood[i] == NONE else bool(columns.understood[i]),
            tuple(readings[i]),
            columns.success[i],
            None if columns.retry[i] == NONE else columns.states[columns.retry[i]],
            columns.retry_weight[i],
            columns.retry_success[i],
            columns.time[i],
            columns.answered[i],
            None if columns.source[i] == NONE else columns.requests[columns.source[i]][1],
        )
        for i, turn in enumerate(columns.turn_ids.to_pylist())
    }


@given(logs())
@settings(max_examples=25, deadline=None)
def test_columns_find_what_records_do(log):
    records, chosen = log
    with tempfile.TemporaryDirectory() as folder:
        archive = filed(Path(folder), records)
        assert found_by_column(archive, chosen) == found_plainly(archive, chosen)


@given(logs(), st.randoms(use_true_random=False))
@settings(max_examples=15, deadline=None)
def test_columns_follow_a_detector_where_records_do(log, dice):
    records, chosen = log
    ids = sorted({record.turn_id for record in records if isinstance(record, Turn)})
    # Whatever a detector says: turns of other sessions, earlier ones and ones that are not there too.
    links = DetectedLinks({one: (dice.choice([*ids, "gone"]), dice.random()) for one in ids})
    with tempfile.TemporaryDirectory() as folder:
        archive = filed(Path(folder), records)
        assert found_by_column(archive, chosen, test=links) == found_plainly(archive, chosen, test=links)


@given(logs(), st.integers(-1, 13), st.integers(-1, 13))
@settings(max_examples=8, deadline=None)
def test_columns_know_ranges_of_time(log, since, until):
    records, chosen = log
    range_ = NOON + timedelta(seconds=10 * since), NOON + timedelta(seconds=10 * until)
    with tempfile.TemporaryDirectory() as folder:
        archive = filed(Path(folder), records)
        assert found_by_column(archive, chosen, *range_) == found_plainly(archive, chosen, *range_)


@pytest.fixture(scope="module")
def household(tmp_path_factory) -> Archive:
    days = Simulation(load_world("household-small"), seed=3, customers=80, days=5)
    records = [record for day in days for record in (*day.turns, *day.signals)]
    return filed(tmp_path_factory.mktemp("household"), records)


def sessions_of(archive):
    return list(sessions_from_archive(archive, SessionSettings(), tenant="default"))


def everything(counts: Counts):
    return counts.steps(), counts.ends(), counts.readings(), counts.best_readings(), counts.requests()


def test_a_whole_household_log(household):
    assert found_by_column(household, SessionSettings()) == found_plainly(household, SessionSettings())


@pytest.mark.parametrize("workers", [1, 2])
def test_counts_are_the_same_by_records_by_columns_and_by_processes(household, workers):
    plain = Counts(3)
    sessions = sessions_of(household)
    random.Random(5).shuffle(sessions)
    model, test = OutcomeModel.given(), LexicalRephraseTest()
    plain.add(attempt for session in sessions for attempt in attempts(session, model, test))
    counted = count_archive(household, workers=workers)
    assert counted.turns == plain.turns > 1000
    assert counted.sessions == len(sessions)
    assert everything(counted) == everything(plain)


def test_what_is_mined_is_the_same_by_records_and_by_columns(household):
    chosen = MiningSettings(
        min_customers=2, min_turns=3, min_ended=0.1, emission={"max_turns": 2000, "epochs": 1}
    )
    sessions = sessions_of(household)
    random.Random(6).shuffle(sessions)
    plain = mine(sessions, OutcomeModel.given(), chosen)
    mined = mine_archive(Portion(household), OutcomeModel.given(), chosen)
    assert [r.model_dump(exclude={"time"}) for r in mined.rewrites] == [
        r.model_dump(exclude={"time"}) for r in plain.rewrites
    ]
    assert mined.rewrites
    assert mined.proposals == plain.proposals
    assert mined.failing == plain.failing
    assert mined.sessions == plain.sessions == len(sessions)
    assert mined.turns == plain.turns
    assert mined.attachments == plain.attachments
    assert mined.not_generalised is None


def test_who_is_in_a_sample_is_known_from_the_counts(household):
    turns = count_archive(household).people()
    tried = [
        (session, list(attempts(session, OutcomeModel.given(), LexicalRephraseTest())))
        for session in sessions_of(household)
    ]
    for most in (0, 1, 300, 1000, 10**6):
        sample = Sample(most)
        for session, found in tried:
            sample.add(session, found)
        assert first_people(turns, most) == {example.attempt.person for example in sample.examples()}
