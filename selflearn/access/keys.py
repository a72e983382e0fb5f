"""Keys in the store: made, listed, revoked."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Row, insert, select, update

from selflearn.access.principal import ALL_TENANTS, Scope, scopes_in
from selflearn.access.secrets import make
from selflearn.errors import KeyRefused, Unknown
from selflearn.settings.access import RATE_PATTERN
from selflearn.store import ApiKey, Store, note_change

__all__ = ["Key", "list_keys", "make_key", "revoke_key"]

#: What a key that speaks for one customer may do at most: nothing that is about others.
_CUSTOMERS = frozenset({Scope.REWRITE, Scope.FEEDBACK, Scope.TEACH})

_LONGEST = 512


@dataclass(frozen=True, slots=True)
class Key:
    """A key, without its secret.

    Attributes
    ----------
    tenant_id
        Whose; `*` speaks for every tenant.
    customer_id
        The only customer it speaks for; None: all of the tenant.
    rate
        As `100/second`; None: what the settings say.
    expires, revoked
        From when on it is refused.
    """

    key_id: str
    tenant_id: str
    customer_id: str | None
    scopes: frozenset[Scope]
    rate: str | None
    note: str
    created: datetime
    expires: datetime | None
    revoked: datetime | None

    def valid(self, now: datetime) -> bool:
        """Whether it is honoured."""
        return self.revoked is None and (self.expires is None or now < self.expires)


def make_key(
    store: Store,
    *,
    tenant_id: str,
    scopes: Iterable[Scope],
    customer_id: str | None = None,
    expires: datetime | None = None,
    rate: str | None = None,
    note: str = "",
) -> tuple[Key, str]:
    """Make a key.

    Parameters
    ----------
    store
        Where its hash is kept.
    tenant_id
        Whose it is; `*`: an operator's, for every tenant.
    scopes
        What it allows.
    customer_id
        The only customer it speaks for.
    expires
        From when on it is refused.
    rate
        How many requests it may make, as `100/second`.
    note
        What it is for.

    Returns
    -------
    tuple of (Key, str)
        The key as it is kept, and the key itself, which nobody can show again.

    Raises
    ------
    KeyRefused
        There can be no such key; the message says why.
    StoreUnavailable
        The store cannot be reached.
    """
    allowed = frozenset(scopes)
    now = datetime.now(UTC)
    if problem := _problem(tenant_id, allowed, customer_id, expires, rate, now):
        raise KeyRefused(problem)
    made = make()
    key = Key(made.key_id, tenant_id, customer_id, allowed, rate, note, now, expires, None)
    with store.begin() as connection:
        connection.execute(
            insert(ApiKey).values(
                key_id=made.key_id,
                tenant_id=tenant_id,
                customer_id=customer_id,
                scopes=" ".join(sorted(allowed)),
                salt=made.salt,
                digest=made.digest,
                rate=rate,
                note=note,
                created=now,
                expires=expires,
            )
        )
        note_change(connection, "keys")
    return key, made.key


def list_keys(store: Store) -> list[Key]:
    """List all keys, oldest first.

    Raises
    ------
    StoreUnavailable
        The store cannot be reached.
    """
    with store.reading() as connection:
        rows = connection.execute(select(ApiKey.__table__).order_by(ApiKey.created, ApiKey.key_id))
        return [_key(row) for row in rows]


def revoke_key(store: Store, key_id: str) -> Key:
    """Have a key refused from now on, on every server within `access.check_every`.

    A key that was revoked before stays so, from that time on.

    Raises
    ------
    Unknown
        There is no such key.
    StoreUnavailable
        The store cannot be reached.
    """
    with store.begin() as connection:
        connection.execute(
            update(ApiKey)
            .where(ApiKey.key_id == key_id, ApiKey.revoked.is_(None))
            .values(revoked=datetime.now(UTC))
        )
        row = connection.execute(select(ApiKey.__table__).where(ApiKey.key_id == key_id)).one_or_none()
        if row is None:
            raise Unknown(f"there is no key {key_id}; `selflearn keys list` names them")
        note_change(connection, "keys")
        return _key(row)


def _problem(
    tenant_id: str,
    scopes: frozenset[Scope],
    customer_id: str | None,
    expires: datetime | None,
    rate: str | None,
    now: datetime,
) -> str | None:
    """Say why there can be no such key."""
    if not tenant_id or len(tenant_id) > _LONGEST:
        return f"a tenant's id has 1 to {_LONGEST} characters"
    if not scopes:
        return f"a key without a scope allows nothing: give {', '.join(Scope)}"
    if customer_id is not None:
        if not customer_id or len(customer_id) > _LONGEST:
            return f"a customer's id has 1 to {_LONGEST} characters"
        if tenant_id == ALL_TENANTS:
            return "a key for one customer needs that customer's tenant"
        if beyond := scopes - _CUSTOMERS:
            return f"a key for one customer cannot have what is about others: {', '.join(sorted(beyond))}"
    if expires is not None and expires <= now:
        return "the key would have expired already"
    if rate is not None and not re.fullmatch(RATE_PATTERN, rate):
        return f"{rate!r} is no rate; write 100/second, /minute, /hour or /day"
    return None


def _key(row: Row[tuple[object, ...]]) -> Key:
    return Key(
        key_id=row.key_id,
        tenant_id=row.tenant_id,
        customer_id=row.customer_id,
        scopes=scopes_in(row.scopes),
        rate=row.rate,
        note=row.note,
        created=row.created,
        expires=row.expires,
        revoked=row.revoked,
    )
