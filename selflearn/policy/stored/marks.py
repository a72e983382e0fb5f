"""Who may have rejected anything: one byte a slot, shared by all processes of a machine.

Nearly no customer ever rejects a rewrite, and asking the database costs system calls. A slot stands for the customers
whose hash falls on it, and is marked before a rejection of one of them is committed: whoever finds no mark knows that
there is none, and need not ask. Marks are never taken back, so a customer who shares a slot with another is asked for
in vain, and no more than that.
"""

import mmap
import os
from collections.abc import Iterable
from pathlib import Path
from zlib import crc32

from selflearn.store import Store

__all__ = ["CustomerMarks", "marks_in"]

_SLOTS = 1 << 20


class CustomerMarks:
    """The marks of one store. Threads and processes may share it.

    Parameters
    ----------
    path
        The file; made where it is not there. It must not be removed while servers run: it is
        made whole again at a server's start only.
    """

    def __init__(self, path: Path) -> None:
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if os.fstat(file).st_size < _SLOTS:
                os.ftruncate(file, _SLOTS)  # by any number of processes at once: nothing is cut off
            self._slots = mmap.mmap(file, _SLOTS)
        finally:
            os.close(file)

    def mark(self, tenant_id: str, customer_id: str) -> None:
        """Note that a customer is about to reject something: before it is committed."""
        self._slots[_slot(tenant_id, customer_id)] = 1

    def mark_all(self, customers: Iterable[tuple[str, str]]) -> None:
        """Note those whose rejections are in the store already, by tenant and customer."""
        for tenant_id, customer_id in customers:
            self.mark(tenant_id, customer_id)

    def may_have(self, tenant_id: str, customer_id: str) -> bool:
        """Whether a customer may have rejected something; False is certain."""
        return self._slots[_slot(tenant_id, customer_id)] != 0


def marks_in(store: Store) -> CustomerMarks | None:
    """Return the marks beside a store's database; None where servers of other machines share it."""
    url = store.engine.url
    if url.get_backend_name() != "sqlite" or url.database is None:
        return None
    return CustomerMarks(Path(url.database).with_name("rejecters.marks"))


def _slot(tenant_id: str, customer_id: str) -> int:
    # Ids may hold lone surrogates where they came from JSON; any bytes do for a hash.
    return crc32(f"{tenant_id}\0{customer_id}".encode("utf-8", "surrogatepass")) % _SLOTS
