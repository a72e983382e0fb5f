"""The store of small state: SQLite in the data folder, or PostgreSQL."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from sqlalchemy import Connection, Engine, create_engine, event, select, update
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DBAPIError,
    IntegrityError,
    NotSupportedError,
    ProgrammingError,
)
from sqlalchemy.exc import TimeoutError as NoneFree

from selflearn.errors import StoreError, StoreUnavailable
from selflearn.settings.store import StoreSettings
from selflearn.store.migrating import HEAD, bring_up_to_date, format_of
from selflearn.store.models import Change

__all__ = ["Store", "note_change"]

#: Seconds to wait for another's write, for a connection, or for a server to answer.
_PATIENCE = 10


class Store:
    """Small state that several processes share: keys, switches, rejections. Threads may share it too.

    Parameters
    ----------
    engine
        Where it is; `open` makes it.

    Examples
    --------
    >>> store = Store.open(settings.store, settings.data_folder)  # doctest: +SKIP
    >>> with store.begin() as connection:                         # doctest: +SKIP
    ...     connection.execute(insert(Switch).values(...))
    ...     note_change(connection, "switches")
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @classmethod
    def open(cls, settings: StoreSettings, data_folder: Path) -> Self:
        """Open the store, made where it is not there, and brought to the newest format.

        Parameters
        ----------
        settings
            Where it is.
        data_folder
            SQLite's file lives in its `state/`, where the settings name no server.

        Raises
        ------
        StoreError
            It cannot be opened, or a newer release has brought it to a format that this one does not know.
        """
        url = _url(settings, data_folder)
        store = cls(_engine(url))
        try:
            with _alone(url):
                with store.reading() as connection:
                    newest = format_of(connection) == HEAD
                if not newest:
                    with store.begin() as connection:
                        bring_up_to_date(connection)
        except OSError as error:
            raise StoreError(f"cannot open the store {_shown(url)}: {error}") from error
        except StoreError:
            store.close()
            raise
        return store

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """Give a transaction to write in: it is committed at the block's end, or not at all.

        Raises
        ------
        StoreUnavailable
            The database cannot be reached, or does not answer.
        """
        with self._reached(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a transaction to read in; it keeps no writer waiting.

        Raises
        ------
        StoreUnavailable
            The database cannot be reached, or does not answer.
        """
        with (
            self._reached(),
            self.engine.connect().execution_options(selflearn_reads=True) as connection,
            connection.begin(),
        ):
            yield connection

    def counters(self) -> dict[str, int]:
        """Return how often each kind of thing was changed: one tiny read, to see whether to read more.

        Raises
        ------
        StoreUnavailable
            The database cannot be reached, or does not answer.
        """
        with self.reading() as connection:
            return {row.name: row.counter for row in connection.execute(_COUNTERS)}

    def close(self) -> None:
        """Let go of all connections."""
        self.engine.dispose()

    @contextmanager
    def _reached(self) -> Iterator[None]:
        try:
            yield
        except (IntegrityError, DataError, ProgrammingError, NotSupportedError):
            # Not the database's fault but the statement's.
            raise
        except (DBAPIError, NoneFree) as error:
            cause = getattr(error, "orig", None) or error
            raise StoreUnavailable(f"the store {_shown(self.engine.url)}: {cause}".strip()) from error


_COUNTERS = select(Change.name, Change.counter)


def note_change(connection: Connection, name: str) -> None:
    """Count a change, in the transaction that makes it.

    Parameters
    ----------
    connection
        As `Store.begin` gives it.
    name
        `keys`, `switches` or `rejections`.
    """
    connection.execute(update(Change).where(Change.name == name).values(counter=Change.counter + 1))


def _url(settings: StoreSettings, data_folder: Path) -> URL:
    if settings.url is None:
        return URL.create("sqlite+pysqlite", database=str(data_folder / "state" / "selflearn.db"))
    try:
        url = make_url(settings.url.get_secret_value())
    except ArgumentError as error:
        # Without the address, which may hold a password.
        raise StoreError("store.url is no address; write postgresql://user:password@host/name") from error
    if url.get_backend_name() == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    raise StoreError(f"store.url: {url.get_backend_name()} is not known; leave it out for SQLite")


def _engine(url: URL) -> Engine:
    if url.get_backend_name() == "sqlite":
        engine = create_engine(url, connect_args={"timeout": _PATIENCE})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    return create_engine(
        url, pool_pre_ping=True, pool_timeout=_PATIENCE, connect_args={"connect_timeout": _PATIENCE}
    )


def _prepare_sqlite(connection: Any, record: Any) -> None:
    # The driver's own transactions begin late and leave out DDL; ours begin where we say.
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")


def _begin_sqlite(connection: Connection) -> None:
    # A writer that began as a reader can find at its first write that another was faster, and would fail.
    reads = connection.get_execution_options().get("selflearn_reads", False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


@contextmanager
def _alone(url: URL) -> Iterator[None]:
    """Keep other processes from opening the same SQLite file meanwhile: its first user changes its mode."""
    if url.get_backend_name() != "sqlite" or url.database is None:
        yield
        return
    path = Path(url.database)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(f".{path.name}.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _shown(url: URL) -> str:
    return url.render_as_string(hide_password=True)
