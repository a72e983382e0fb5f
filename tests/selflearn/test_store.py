"""The store: SQLite and a real PostgreSQL, made at once by several processes, and never older than it was."""

from datetime import UTC, datetime, timedelta, timezone
from multiprocessing import get_context

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from hypothesis import given
from hypothesis import settings as budget
from hypothesis import strategies as st
from sqlalchemy import insert, select, text
from sqlalchemy.exc import IntegrityError

from selflearn.errors import StoreError, StoreTooNew, StoreUnavailable
from selflearn.settings import StoreSettings
from selflearn.store import Base, Feedback, Rejection, Store, Watch, note_change
from selflearn.store.migrating import HEAD

_NOW = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request, tmp_path):
    """Where a new store is to be."""
    settings = StoreSettings() if request.param == "sqlite" else request.getfixturevalue("postgres")()
    return settings, tmp_path


@pytest.fixture
def store(place):
    store = Store.open(*place)
    yield store
    store.close()


def _said(**changed):
    said = {"tenant_id": "t", "feedback_id": "f", "request_id": "r", "verdict": "accepted", "created": _NOW}
    return insert(Feedback).values(**{**said, **changed})


def test_a_new_store_has_the_tables_that_the_models_say(store):
    with store.begin() as connection:
        context = MigrationContext.configure(connection)
        assert context.get_current_revision() == HEAD
        assert compare_metadata(context, Base.metadata) == []


def test_the_last_step_is_the_newest_format():
    import selflearn.store.migrations as steps

    assert ScriptDirectory(steps.__path__[0], version_locations=list(steps.__path__)).get_heads() == [HEAD]


def test_what_is_written_is_there_for_the_next_who_opens_it(place, store):
    with store.begin() as connection:
        connection.execute(_said())
        note_change(connection, "rejections")
    again = Store.open(*place)
    with again.reading() as connection:
        row = connection.execute(select(Feedback.__table__)).one()
    assert (row.tenant_id, row.feedback_id, row.created) == ("t", "f", _NOW)
    assert again.counters() == {"keys": 0, "switches": 0, "rejections": 1}
    again.close()


def test_a_transaction_that_fails_leaves_nothing(store):
    def write():
        with store.begin() as connection:
            note_change(connection, "keys")
            connection.execute(_said())
            connection.execute(_said())

    with pytest.raises(IntegrityError):
        write()
    with store.reading() as connection:
        assert connection.execute(select(Feedback.__table__)).all() == []
    assert store.counters()["keys"] == 0


def test_the_same_twice_is_refused_however_long_its_names_are(store):
    """An index of PostgreSQL takes 2704 bytes; ids and texts may be longer."""
    long = {"tenant_id": "ü" * 512, "feedback_id": "".join(chr(0x1F300 + i % 700) for i in range(512))}
    with store.begin() as connection:
        connection.execute(_said(**long))
        connection.execute(_said(**{**long, "tenant_id": "t"}))
    with pytest.raises(IntegrityError), store.begin() as connection:
        connection.execute(_said(**long, verdict="rejected"))


@budget(max_examples=60, deadline=None)
@given(text=st.text(st.characters(codec="utf-8")), other=st.text("\\0\0n"))
def test_any_text_comes_back_and_is_found(text, other):
    """Through the type that all texts are written with, as PostgreSQL would have it: without NUL."""
    from selflearn.store import Words

    words = Words()
    for one in (text, other):
        written = words.process_bind_param(one, None)
        assert "\0" not in written
        assert words.process_result_value(written, None) == one


def test_texts_that_databases_do_not_like(store):
    odd = ["\0", "\\0", "\\\0\\", "", "'; drop table feedback; --", "é\U0001f600"]
    with store.begin() as connection:
        for one in odd:
            connection.execute(_said(feedback_id=one))
    with store.reading() as connection:
        for one in odd:
            found = connection.execute(
                select(Feedback.feedback_id).where(Feedback.feedback_id == one)
            ).scalars()
            assert list(found) == [one]


def test_times_are_kept_in_utc(store):
    east = _NOW.astimezone(timezone(timedelta(hours=9)))
    with store.begin() as connection:
        connection.execute(
            insert(Rejection).values(
                tenant_id="t", customer_id="c", source="a", target="b", feedback_id="f", created=east
            )
        )
    with store.reading() as connection:
        found = connection.execute(select(Rejection.created)).scalar_one()
    assert (found, found.utcoffset()) == (_NOW, timedelta(0))


def _open_and_count(settings, folder):
    store = Store.open(settings, folder)
    for _ in range(20):
        with store.begin() as connection:
            note_change(connection, "keys")
    store.close()


def test_processes_that_start_at_once_make_it_once(place):
    started = [get_context("fork").Process(target=_open_and_count, args=place) for _ in range(4)]
    for process in started:
        process.start()
    for process in started:
        process.join(60)
    assert [process.exitcode for process in started] == [0] * 4
    store = Store.open(*place)
    assert store.counters()["keys"] == 80
    store.close()


def test_a_store_of_a_newer_release_is_not_touched(place, store):
    with store.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreTooNew, match=r"format 9999.*up to " + HEAD + ".*restore a backup"):
        Store.open(*place)
    with store.reading() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == "9999"


def test_a_database_that_cannot_be_reached_says_so_and_keeps_its_password(tmp_path):
    url = "postgresql://user:hush@127.0.0.1:1/store"
    with pytest.raises(StoreUnavailable, match=r"user:\*\*\*@127.0.0.1") as caught:
        Store.open(StoreSettings(url=url), tmp_path)
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "message"),
    [("nonsense:hush", "is no address"), ("mysql://u:hush@h/d", "mysql is not known")],
)
def test_addresses_that_are_none(tmp_path, url, message):
    with pytest.raises(StoreError, match=message) as caught:
        Store.open(StoreSettings(url=url), tmp_path)
    assert "hush" not in str(caught.value)


def test_a_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "state").write_text("a file")
    with pytest.raises(StoreError, match="cannot open the store"):
        Store.open(StoreSettings(), tmp_path)


def test_a_file_that_is_no_database(tmp_path):
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "selflearn.db").write_text("not a database, " * 100)
    with pytest.raises(StoreError, match="not a database"):
        Store.open(StoreSettings(), tmp_path)


def test_a_watch_tells_of_what_changed_and_only_of_that(place, store):
    told = []
    watch = Watch(store, 0)
    watch.on("keys", lambda: told.append("keys"))
    watch.on("switches", lambda: told.append("switches"))
    watch.look()
    watch.look()
    assert told == ["keys", "switches"]
    other = Store.open(*place)
    with other.begin() as connection:
        note_change(connection, "switches")
    other.close()
    watch.look()
    assert told == ["keys", "switches", "switches"]


def test_a_callback_that_failed_is_called_again(store):
    calls = []

    def failing():
        calls.append(len(calls))
        if len(calls) == 1:
            raise StoreUnavailable("gone")

    watch = Watch(store, 0)
    watch.on("keys", failing)
    with pytest.raises(StoreUnavailable):
        watch.look()
    watch.look()
    watch.look()
    assert calls == [0, 1]


def test_a_watch_looks_from_a_thread_and_outlives_a_database_that_is_away(store, monkeypatch, caplog):
    import threading

    told = threading.Event()
    looks = []
    counters = store.counters

    def sometimes():
        looks.append(None)
        if len(looks) < 4:
            raise StoreUnavailable("gone")
        if len(looks) == 4:
            raise ValueError("nobody expected this")
        return counters()

    monkeypatch.setattr(store, "counters", sometimes)
    watch = Watch(store, 0.001)
    watch.on("keys", told.set)
    watch.start()
    assert told.wait(30)
    watch.close()
    assert caplog.text.count("stays as it is") == 1
