"""What a table's requests may mean, for intents that are never rewritten: looked up in the log that made the table."""

import logging
import threading
from collections.abc import Mapping
from pathlib import Path

from rewrite_offline.table import Table
from selflearn.policy.board import TenantBoard
from selflearn.policy.switch import Switch
from streams.records import Rewrite
from streams.text import normalise

__all__ = ["Meanings", "requests_meaning"]

_log = logging.getLogger(__name__)

#: Share of what a request may have meant from which an intent counts, as for the guards of the miner.
_MAY_BE_MEANT = 0.1

_Requests = Mapping[tuple[str | None, str], str]


class Meanings:
    """Knows which entries' requests may mean an intent that is never rewritten. Threads may share it.

    Intents that were never rewritten when the table was learned are not in it; for others, the table's traces are
    gone through once for every version and every change of switches, by a thread of its own. Until that is done, or
    where a version has no traces or pyarrow is not installed, nothing is known.
    """

    def __init__(self) -> None:
        # Tenant → the board and version for which its requests are known.
        self._known: dict[str, tuple[TenantBoard, str, _Requests]] = {}
        self._looking: threading.Thread | None = None
        self._starting = threading.Lock()

    def never_for(self, board: TenantBoard, table: Table, tenant_id: str, found: Rewrite) -> Switch | None:
        """Return the switch that keeps the request of an entry as it is; None where none is known to."""
        known = self._known.get(tenant_id)
        if known is None or known[0] is not board or known[1] != table.version:
            if tenant_id in table.manifest.attachments:
                self._look(board, table, tenant_id)
            return None
        if not known[2]:
            return None
        intent = known[2].get((found.asked, normalise(found.source)))
        return None if intent is None else board.never_for(intent)

    def _look(self, board: TenantBoard, table: Table, tenant_id: str) -> None:
        with self._starting:
            if self._looking is not None and self._looking.is_alive():
                return
            self._looking = threading.Thread(
                target=self._read, args=(board, table, tenant_id), name="meanings", daemon=True
            )
            self._looking.start()

    def _read(self, board: TenantBoard, table: Table, tenant_id: str) -> None:
        found: _Requests = {}
        new = board.never.keys() - _kept_out(table, tenant_id)
        try:
            from rewrite_offline.mining.traces import EMISSIONS

            path = table.attachment(EMISSIONS, tenant_id)
            if new and path is not None:
                found = requests_meaning(path, frozenset(new))
        except Exception as error:  # noted as not known, or every request would look again
            _log.warning("what the requests of version %s may mean is not known: %s", table.version, error)
        self._known[tenant_id] = board, table.version, found

    def wait(self) -> None:
        """Wait until what is being looked for is known."""
        if self._looking is not None:
            self._looking.join()


def requests_meaning(path: Path, intents: frozenset[str]) -> dict[tuple[str | None, str], str]:
    """Read which requests may mean one of some intents.

    Parameters
    ----------
    path
        What the entries' requests may have meant, as the miner published it.
    intents
        Those of interest.

    Returns
    -------
    dict
        (Slot asked for, request) → the intent.
    """
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyarrow import parquet

    found: dict[tuple[str | None, str], str] = {}
    with parquet.ParquetFile(path) as file:
        for batch in file.iter_batches(columns=["asked", "text", "state", "emitted"]):
            likely = batch.filter(pc.greater(batch["emitted"], _MAY_BE_MEANT))
            touching = {
                state: intent
                for state in likely["state"].unique().to_pylist()
                for intent in _intents(state)
                if intent in intents
            }
            if touching:
                rows = likely.filter(pc.is_in(likely["state"], pa.array(list(touching))))
                for row in rows.to_pylist():
                    found.setdefault((row["asked"], row["text"]), touching[row["state"]])
    return found


def _intents(state: str) -> list[str]:
    """Intents of a state of the chain; none of a bare text."""
    from rewrite_offline.mining.states import is_reading, key_of

    return key_of(state).split("(", 1)[0].rpartition("/")[2].split("+") if is_reading(state) else []


def _kept_out(table: Table, tenant_id: str) -> frozenset[str]:
    """Return the intents that were never rewritten when the table was learned."""
    place: object = table.manifest.made_from.get(tenant_id, {})
    for name in ("settings", "mining", "never_rewritten"):
        place = place.get(name) if isinstance(place, Mapping) else None
    return frozenset(map(str, place)) if isinstance(place, list | tuple) else frozenset()
