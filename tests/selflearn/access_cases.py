"""Callers of the API with every kind of key, for the tests of who may what."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import update

from selflearn.access import ALL_TENANTS, Scope, make_key, revoke_key
from selflearn.settings import AccessSettings
from selflearn.store import ApiKey, Store, note_change

__all__ = ["MINE", "OTHERS", "Callers", "headers", "with_keys"]

#: Two tenants; every test's things are the first one's.
MINE, OTHERS = "mine", "others"

_APP_SCOPES = (Scope.REWRITE, Scope.FEEDBACK, Scope.TEACH)


def headers(key):
    """Send a key, or None for none."""
    return {} if key is None else {"authorization": f"Bearer {key}"}


def with_keys(settings, **access):
    """The settings of a server that asks for keys, and looks for new ones at every request."""
    return settings.model_copy(update={"access": AccessSettings(check_every=timedelta(0), **access)})


@dataclass(frozen=True)
class Callers:
    """A key of every kind, by what it is called in a table of expected statuses."""

    keys: dict[str, str | None]

    @classmethod
    def of(cls, store: Store) -> "Callers":
        def key(tenant=MINE, scopes=tuple(Scope), **named):
            return make_key(store, tenant_id=tenant, scopes=scopes, **named)

        keys = {scope.value: key(scopes=[scope])[1] for scope in Scope}
        keys["nobody"] = None
        keys["not a key"] = "Bearer"
        keys["unknown"] = "sl_0123456789abcdef_" + "x" * 43
        keys["wrong secret"] = key()[1][:-1] + "~"
        made, keys["revoked"] = key()
        revoke_key(store, made.key_id)
        made, keys["expired"] = key(expires=datetime.now(UTC) + timedelta(hours=1))
        with store.begin() as connection:
            past = datetime.now(UTC) - timedelta(seconds=1)
            connection.execute(update(ApiKey).where(ApiKey.key_id == made.key_id).values(expires=past))
            note_change(connection, "keys")
        keys["customer"] = key(scopes=_APP_SCOPES, customer_id="c1")[1]
        keys["another customer"] = key(scopes=_APP_SCOPES, customer_id="c2")[1]
        keys["another tenant"] = key(OTHERS)[1]
        keys["operator"] = key(ALL_TENANTS)[1]
        return cls(keys)

    def with_one(self, name, key):
        return replace(self, keys={**self.keys, name: key})
