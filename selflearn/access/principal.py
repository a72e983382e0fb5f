"""Who asks, and what they may."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from selflearn.errors import Forbidden

__all__ = ["ALL_TENANTS", "DEFAULT_TENANT", "Principal", "Scope", "scopes_in"]

#: The tenant of an operator's key: it speaks for every tenant.
ALL_TENANTS = "*"

#: The tenant of requests that name none, where whoever asks may name any.
DEFAULT_TENANT = "default"


class Scope(StrEnum):
    """What a key allows."""

    REWRITE = "rewrite"
    FEEDBACK = "feedback"
    TEACH = "teach"
    ANALYST = "analyst"
    ADMIN = "admin"


def scopes_in(text: str) -> frozenset[Scope]:
    """Read scopes with spaces between; one that a newer release gave is nothing that this one could allow."""
    names = text.split()
    return frozenset(scope for scope in Scope if scope in names)


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks.

    Attributes
    ----------
    tenant_id
        Whom they speak for; `*`: every tenant.
    scopes
        What they may do.
    customer_id
        The only customer they speak for; None: all of the tenant.
    key_id
        The key they came with; None where no key is asked for.
    """

    tenant_id: str
    scopes: frozenset[Scope]
    customer_id: str | None = None
    key_id: str | None = None

    @classmethod
    def anyone(cls) -> Self:
        """Return who asks where no key is asked for: they may do everything for every tenant."""
        return cls(ALL_TENANTS, frozenset(Scope))

    @property
    def operator(self) -> bool:
        """Whether they speak for every tenant."""
        return self.tenant_id == ALL_TENANTS

    def tenant(self, named: str | None) -> str:
        """Return the tenant that a request is about.

        Parameters
        ----------
        named
            What the request says; None: nothing.

        Raises
        ------
        Forbidden
            It names a tenant that is not theirs.
        """
        if self.tenant_id == ALL_TENANTS:
            return DEFAULT_TENANT if named is None else named
        if named is not None and named != self.tenant_id:
            raise Forbidden(
                "the key does not speak for the tenant that the request names; leave tenant_id out"
            )
        return self.tenant_id

    def customer(self, named: str | None) -> str | None:
        """Return the customer that a request is about; None where nobody said.

        Parameters
        ----------
        named
            What the request says; None: nothing.

        Raises
        ------
        Forbidden
            The key speaks for one customer, and the request names another.
        """
        if self.customer_id is None:
            return named
        if named is not None and named != self.customer_id:
            raise Forbidden(
                "the key speaks for one customer, and the request names another; leave customer_id out"
            )
        return self.customer_id
