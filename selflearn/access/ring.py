"""The keys that a server knows, in memory: a request costs no look into the store."""

import secrets
import time
from dataclasses import dataclass
from math import inf

from sqlalchemy import select

from selflearn.access.principal import Principal, scopes_in
from selflearn.access.secrets import digest_of, split, verify
from selflearn.store import ApiKey, Store

__all__ = ["KeyRing", "Known"]


@dataclass(frozen=True, slots=True)
class Known:
    """A key that a server honours.

    Attributes
    ----------
    principal
        Who comes with it.
    salt, digest
        Of its secret.
    expires
        Seconds since 1970; infinity: never.
    rate
        As `100/second`; None: no limit.
    """

    principal: Principal
    salt: bytes
    digest: bytes
    expires: float
    rate: str | None


def _nobody() -> Known:
    salt = secrets.token_bytes(16)
    return Known(Principal("", frozenset()), salt, digest_of(secrets.token_bytes(32), salt), inf, None)


#: Compared with where a key's id is not known, so that the time taken does not tell which ids there are.
_NOBODY = _nobody()


class KeyRing:
    """All keys that are honoured, as of the last reading.

    Parameters
    ----------
    store
        Where they are from; `reload` reads it.
    rate
        For keys that were made without one; None: no limit.
    """

    def __init__(self, store: Store, rate: str | None) -> None:
        self._store = store
        self._rate = rate
        self._known: dict[bytes, Known] = {}
        self._by_id: dict[str, Known] = {}

    def reload(self) -> None:
        """Read all keys again.

        Raises
        ------
        StoreUnavailable
            The store cannot be reached; what was known stays.
        """
        with self._store.reading() as connection:
            rows = connection.execute(select(ApiKey.__table__).where(ApiKey.revoked.is_(None)))
            known = {
                row.key_id: Known(
                    Principal(
                        row.tenant_id,
                        scopes_in(row.scopes),
                        row.customer_id,
                        row.key_id,
                    ),
                    row.salt,
                    row.digest,
                    inf if row.expires is None else row.expires.timestamp(),
                    row.rate or self._rate,
                )
                for row in rows
            }
        # Each of them replaced at once: a request sees the keys from before or from after.
        self._by_id = known
        self._known = {key_id.encode(): one for key_id, one in known.items()}

    def find(self, key: bytes) -> Known | None:
        """Return what is known of a key; None for one that is not honoured."""
        parts = split(key)
        if parts is None:
            return None
        key_id, secret = parts
        known = self._known.get(key_id, _NOBODY)
        if not verify(secret, known.salt, known.digest) or known is _NOBODY or time.time() >= known.expires:
            return None
        return known

    def rate_of(self, key_id: str) -> str | None:
        """Return how often a key may ask; None: as often as it likes, or the key is gone."""
        known = self._by_id.get(key_id)
        return None if known is None else known.rate
