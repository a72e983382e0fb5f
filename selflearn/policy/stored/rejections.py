"""What customers rejected, asked of the store itself: what one server took, the next request on any server knows.

Nothing is held in memory, so nothing can be stale. A question is one look at a primary key: some system calls for
SQLite, a round trip for PostgreSQL; and it is asked only where a rewrite was found and the customer is known. With
SQLite all servers are on one machine, and share marks of the customers who may have rejected anything at all.
"""

import logging
import sqlite3
import threading
import time
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.exc import SQLAlchemyError

from selflearn.errors import RejectionsUnread
from selflearn.policy.rejection import Rejection, Rejections, rejection_id_of
from selflearn.policy.stored.marks import CustomerMarks, marks_in
from selflearn.store import Moment, Store, Words
from selflearn.store import Rejection as RejectionRow

__all__ = ["PostgresRejections", "SqliteRejections", "stored_rejections"]

_log = logging.getLogger(__name__)

_UNREAD = "whether the customer rejected this rewrite could not be read, so it was not used"
#: Seconds that a request waits for a database that does not answer, and then until the next one asks it.
_PATIENCE = 0.5
_PAUSE = 1.0


def stored_rejections(store: Store) -> Rejections:
    """Return what knows the rejections in a store."""
    if store.engine.dialect.name == "postgresql":
        return PostgresRejections(store.engine)
    marks = marks_in(store)
    assert marks is not None
    with store.reading() as connection:
        # After the marks are there: who rejects meanwhile marks the same file.
        rows = connection.execute(select(RejectionRow.tenant_id, RejectionRow.customer_id).distinct())
        marks.mark_all((tenant_id, customer_id) for tenant_id, customer_id in rows)
    return SqliteRejections(store.engine, marks)


class SqliteRejections:
    """Asks SQLite, by a connection of its own. Threads may share it.

    Parameters
    ----------
    engine
        Says where the database is.
    marks
        Of the customers who may have rejected anything; others are not asked for.
    """

    def __init__(self, engine: Engine, marks: CustomerMarks) -> None:
        self._engine = engine
        self._marks = marks
        self._connection: sqlite3.Connection | None = None
        self._asking = threading.Lock()

    def find(
        self, tenant_id: str, customer_id: str, source: str, asked: str | None, target: str
    ) -> Rejection | None:
        """Return the rejection of a rewrite by a customer, or None.

        Raises
        ------
        RejectionsUnread
            The database cannot be read.
        """
        if not self._marks.may_have(tenant_id, customer_id):
            return None
        wanted = rejection_id_of(tenant_id, customer_id, source, asked, target)
        with self._asking:
            try:
                if self._connection is None:
                    self._connection = sqlite3.connect(
                        str(self._engine.url.database),
                        _PATIENCE,
                        check_same_thread=False,
                        isolation_level=None,
                    )
                row = self._connection.execute(
                    "SELECT feedback_id, created FROM rejections WHERE rejection_id = ?", (wanted,)
                ).fetchone()
            except sqlite3.Error as error:
                _log.error("%s: %s", _UNREAD, error)
                self._connection = None
                raise RejectionsUnread(_UNREAD) from error
        return None if row is None else _rejection(row[0], datetime.fromisoformat(row[1]), self._engine)


class PostgresRejections:
    """Asks PostgreSQL, by a connection of its own. Threads may share it.

    Where the database does not answer, a request waits for half a second at most, and those of the next second are
    told so at once.

    Parameters
    ----------
    engine
        Says where the database is.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Any = None
        self._asking = threading.Lock()
        self._not_before = 0.0

    def find(
        self, tenant_id: str, customer_id: str, source: str, asked: str | None, target: str
    ) -> Rejection | None:
        """Return the rejection of a rewrite by a customer, or None.

        Raises
        ------
        RejectionsUnread
            The database cannot be reached, or does not answer.
        """
        wanted = rejection_id_of(tenant_id, customer_id, source, asked, target)
        with self._asking:
            if time.monotonic() < self._not_before:
                raise RejectionsUnread(_UNREAD)
            try:
                row = self._ask(wanted)
            except (self._errors, SQLAlchemyError, OSError) as error:
                _log.error("%s: %s", _UNREAD, error)
                self._drop()
                self._not_before = time.monotonic() + _PAUSE
                raise RejectionsUnread(_UNREAD) from error
        return None if row is None else _rejection(row[0], row[1], self._engine)

    def _ask(self, wanted: str) -> Any:
        for again in (True, False):
            try:
                if self._connection is None:
                    self._connection = self._connect()
                return self._connection.execute(_QUERY, (wanted,)).fetchone()
            except self._errors:
                # A connection that had been idle may be gone though the database is not.
                self._drop()
                if not again:
                    raise
        return None

    @property
    def _errors(self) -> type[Exception]:
        errors: type[Exception] = self._engine.dialect.loaded_dbapi.Error
        return errors

    def _connect(self) -> Any:
        arguments, named = self._engine.dialect.create_connect_args(self._engine.url)
        connection = self._engine.dialect.loaded_dbapi.connect(
            *arguments,
            **{
                **named,
                "autocommit": True,
                "connect_timeout": 2,  # the least there is
                "tcp_user_timeout": int(_PATIENCE * 1000),
                "options": f"-c statement_timeout={int(_PATIENCE * 1000)}",
            },
        )
        connection.prepare_threshold = 0
        return connection

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def _rejection(feedback_id: str, created: datetime, engine: Engine) -> Rejection:
    """Read a row that came without SQLAlchemy as SQLAlchemy does."""
    said = Words().process_result_value(feedback_id, engine.dialect)
    moment = Moment().process_result_value(created, engine.dialect)
    assert said is not None
    assert moment is not None
    return Rejection(said, moment)


_QUERY = "SELECT feedback_id, created FROM rejections WHERE rejection_id = %s"
