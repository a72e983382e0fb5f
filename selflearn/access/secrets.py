"""Keys as their owners hold them, and what is kept of them.

A key is `sl_<id>_<secret>`. The secret is 256 random bits, so nobody guesses it however fast they try: what slows a
guesser of passwords down (bcrypt, argon2) would only slow every request. What is kept is a salted hash (BLAKE2b), so
that whoever reads the store holds no key.
"""

import hmac
import secrets
from dataclasses import dataclass
from hashlib import blake2b

__all__ = ["Made", "digest_of", "make", "split", "verify"]

_PREFIX = "sl"
_ID_BYTES = 8
_SECRET_BYTES = 32
_SALT_BYTES = 16
_PERSON = b"selflearn-key"


@dataclass(frozen=True, slots=True)
class Made:
    """A new key.

    Attributes
    ----------
    key_id
        Its name, no secret.
    key
        What its owner sends; it is kept nowhere.
    salt, digest
        What is kept of the secret.
    """

    key_id: str
    key: str
    salt: bytes
    digest: bytes


def make() -> Made:
    """Make a key, from the system's randomness."""
    key_id, secret = secrets.token_hex(_ID_BYTES), secrets.token_urlsafe(_SECRET_BYTES)
    salt = secrets.token_bytes(_SALT_BYTES)
    key = f"{_PREFIX}_{key_id}_{secret}"
    return Made(key_id, key, salt, digest_of(secret.encode(), salt))


def split(key: bytes) -> tuple[bytes, bytes] | None:
    """Return a key's id and secret; None for what is no key of ours."""
    parts = key.split(b"_", 2)
    return (parts[1], parts[2]) if len(parts) == 3 and parts[0] == b"sl" else None


def digest_of(secret: bytes, salt: bytes) -> bytes:
    """Hash a secret."""
    return blake2b(secret, digest_size=32, salt=salt, person=_PERSON).digest()


def verify(secret: bytes, salt: bytes, digest: bytes) -> bool:
    """Tell whether a secret is the one that was hashed, in a time that does not depend on how near it is."""
    return hmac.compare_digest(digest_of(secret, salt), digest)
