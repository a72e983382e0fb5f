"""Who may ask what: keys, what they allow, and how often (extra `serve`)."""

from selflearn.access.gate import Gate, refuse_open
from selflearn.access.keys import Key, list_keys, make_key, revoke_key
from selflearn.access.principal import ALL_TENANTS, DEFAULT_TENANT, Principal, Scope

__all__ = [
    "ALL_TENANTS",
    "DEFAULT_TENANT",
    "Gate",
    "Key",
    "Principal",
    "Scope",
    "list_keys",
    "make_key",
    "refuse_open",
    "revoke_key",
]
