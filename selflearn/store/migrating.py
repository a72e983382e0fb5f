"""Brings a store to the newest format; two processes that start at once do not do it twice."""

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from selflearn.errors import StoreTooNew

__all__ = ["HEAD", "bring_up_to_date", "format_of"]

#: The newest format: the last step in selflearn/store/migrations.
HEAD = "0001"

_STEPS = Path(__file__).parent / "migrations"

#: Any number that nobody else locks in the same database.
_LOCK = 0x5E1F1EA4


def format_of(connection: Connection) -> str | None:
    """Return the store's format; None where it has no tables yet."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


def bring_up_to_date(connection: Connection) -> None:
    """Apply what steps are missing, in the connection's transaction: all of them or none.

    Raises
    ------
    StoreTooNew
        The store was brought to a format that this release does not know.
    """
    if connection.dialect.name == "postgresql":
        # Until the transaction ends. SQLite's writers wait for one another as it is.
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    if format_of(connection) == HEAD:
        return
    # Loaded only where there is something to do: it takes longer than the whole start.
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext
    from alembic.script import ScriptDirectory

    steps = ScriptDirectory(str(_STEPS), version_locations=[str(_STEPS)])
    known = {step.revision for step in steps.walk_revisions()}
    found = format_of(connection)
    if found is not None and found not in known:
        raise StoreTooNew(found, HEAD)
    with EnvironmentContext(
        Config(), steps, fn=lambda now, context: steps._upgrade_revs("head", now)
    ) as environment:
        environment.configure(connection=connection)
        environment.run_migrations()
