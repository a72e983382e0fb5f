"""Switches in the store: set, lifted, and read by every server."""

from datetime import UTC, datetime

import orjson
from sqlalchemy import Connection, RowMapping, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from selflearn.errors import Unknown
from selflearn.policy.switch import Switch, Wanted
from selflearn.store import Store, note_change
from selflearn.store import Switch as Row

__all__ = ["CHANGED", "insert_into", "lift_switch", "read_switches", "set_switch"]

#: Counts the changes of switches.
CHANGED = "switches"

_ABOUT = {"source", "asked", "rewrite_id", "intent", "share"}


def read_switches(store: Store) -> list[Switch]:
    """Return all switches, in the order in which they were set.

    Raises
    ------
    StoreUnavailable
        The database cannot be reached, or does not answer.
    ValueError
        One is of a kind that this release does not know: without it, what it forbids would be done.
    """
    with store.reading() as connection:
        return [_switch(row) for row in connection.execute(_ALL).mappings()]


def set_switch(store: Store, wanted: Wanted, created_by: str) -> Switch:
    """Set a switch, in place of one about the same; servers heed it within `rewriting.check_every`.

    Parameters
    ----------
    store
        Where.
    wanted
        The switch.
    created_by
        Who asks for it, for those who wonder later.

    Raises
    ------
    StoreUnavailable
        The database cannot be reached, or does not answer.
    """
    switch = Switch.of(wanted, datetime.now(UTC), created_by)
    about = switch.model_dump(mode="json", include=_ABOUT, exclude_none=True)
    fields = {
        "tenant_id": switch.tenant_id,
        "kind": switch.kind.value,
        "value": orjson.dumps(about).decode(),
        "reason": switch.reason,
        "created": switch.created,
        "created_by": switch.created_by,
    }
    with store.begin() as connection:
        connection.execute(
            insert_into(connection, Row)
            .values(switch_id=switch.switch_id, **fields)
            .on_conflict_do_update(index_elements=[Row.switch_id], set_=fields)
        )
        note_change(connection, CHANGED)
    return switch


def lift_switch(store: Store, switch_id: str) -> Switch:
    """Lift a switch, and return what it was.

    Raises
    ------
    StoreUnavailable
        The database cannot be reached, or does not answer.
    Unknown
        There is no such switch.
    """
    with store.begin() as connection:
        row = connection.execute(_ALL.where(Row.switch_id == switch_id)).mappings().first()
        if row is None:
            raise Unknown(f"there is no switch {switch_id!r}; see `selflearn switch list`")
        connection.execute(delete(Row).where(Row.switch_id == switch_id))
        note_change(connection, CHANGED)
        return _switch(row)


def insert_into(connection: Connection, table: type) -> sqlite.Insert | postgresql.Insert:
    """Begin an INSERT that can say what to do about a row that is there already."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


_ALL = select(Row.tenant_id, Row.kind, Row.value, Row.reason, Row.created, Row.created_by).order_by(
    Row.created, Row.switch_id
)


def _switch(row: RowMapping) -> Switch:
    fields = dict(row)
    about = orjson.loads(fields.pop("value"))
    return Switch.model_validate({**fields, **about})
