"""A customer's "no" to a rewrite, and who knows them all."""

from datetime import datetime
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple, Protocol

import orjson

from streams.text import normalise

__all__ = ["Rejection", "Rejections", "rejection_id_of"]

#: The same targets are asked for again and again.
_normalised = lru_cache(maxsize=8192)(normalise)


class Rejection(NamedTuple):
    """One customer does not want one rewrite.

    Attributes
    ----------
    feedback_id
        The feedback that said so.
    created
        When.
    """

    feedback_id: str
    created: datetime

    @property
    def words(self) -> str:
        """Who said it, and when: for people."""
        moment = self.created.isoformat(sep=" ", timespec="seconds")
        return f"the customer rejected this rewrite at {moment} (feedback {self.feedback_id})"


class Rejections(Protocol):
    """Knows what customers rejected, as of this moment."""

    def find(
        self, tenant_id: str, customer_id: str, source: str, asked: str | None, target: str
    ) -> Rejection | None:
        """Return the rejection of a rewrite by a customer, or None.

        Raises
        ------
        RejectionsUnread
            They cannot be read now.
        """
        ...


def rejection_id_of(tenant_id: str, customer_id: str, source: str, asked: str | None, target: str) -> str:
    """Return the name of a rejection: the same however request and target are written.

    Examples
    --------
    >>> one = rejection_id_of("default", "c1", "Play  Halo!", None, "play hello")
    >>> one == rejection_id_of("default", "c1", "play halo", None, "Play hello")
    True
    """
    about = [tenant_id, customer_id, normalise(source), asked or "", _normalised(target)]
    return blake2b(orjson.dumps(about), digest_size=32).hexdigest()
