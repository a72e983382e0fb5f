"""What is asked of a table, and the key under which the answer lies."""

import hashlib
from dataclasses import dataclass
from typing import Protocol

import orjson

from streams.records import AsrHypothesis, Rewrite
from streams.text import normalise

__all__ = ["Lookup", "RewriteQuery", "key_of"]


@dataclass(frozen=True, slots=True)
class RewriteQuery:
    """A request for which a better one is sought.

    Parameters
    ----------
    utterance
        The request as it was heard or typed.
    asked
        Name of the slot that the assistant had asked for, where it had asked for one.
    asr
        The ASR n-best, best first.
    tenant_id
        Whose table answers.
    prompt
        What the assistant had said, where it had.
    """

    utterance: str
    asked: str | None = None
    asr: tuple[AsrHypothesis, ...] = ()
    tenant_id: str = "default"
    prompt: str | None = None


class Lookup(Protocol):
    """Anything that answers a query from learned rewrites; None: it knows nothing better.

    A rewrite that it knows but that must not be served has a reason in `blocked`.
    """

    def find(self, query: RewriteQuery) -> Rewrite | None:
        """Return the rewrite for this request, blocked or not, or None."""
        ...


def key_of(tenant_id: str, asked: str | None, source: str) -> bytes:
    """Return the key of an entry: 20 bytes that stand for tenant, slot asked for, and normalised source.

    A digest, since LMDB's keys are short (511 bytes) and utterances need not be.

    Examples
    --------
    >>> key_of("default", None, "Play  Halo!") == key_of("default", None, "play halo")
    True
    >>> key_of("default", "song", "halo") == key_of("default", None, "halo")
    False
    """
    return hashlib.blake2b(orjson.dumps([tenant_id, asked, normalise(source)]), digest_size=20).digest()
