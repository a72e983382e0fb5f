"""What a version of a table answers: its entries first, then its emission model."""

import threading

from rewrite_offline.emission.model import ATTACHMENT, EmissionModel
from rewrite_offline.errors import TableUnreadable
from rewrite_offline.table import RewriteQuery, Table
from streams.records import Rewrite

__all__ = ["LearnedLookup"]


class LearnedLookup:
    """Answers from a version's entries and, where there is none, from the model that was published with it.

    An entry was counted, so it wins over the model; a blocked one leaves its request alone. The table's blocklist
    holds for the model's answers as for entries. A version without a model answers from its entries only. Threads may
    share it.

    Parameters
    ----------
    table
        The version.

    Examples
    --------
    >>> lookup = LearnedLookup(Table.open(Path("selflearn-data/table")))  # doctest: +SKIP
    >>> lookup.find(RewriteQuery("play a major dragons")).target          # doctest: +SKIP
    'play imagine dragons'
    """

    def __init__(self, table: Table) -> None:
        self.table = table
        self._models: dict[str, EmissionModel | None] = {}
        self._loading = threading.Lock()

    def over(self, table: Table) -> "LearnedLookup":
        """Return the lookup over another table; over the same version with another blocklist, models are kept."""
        other = LearnedLookup(table)
        if (table.root, table.version) == (self.table.root, self.table.version):
            other._models = self._models
        return other

    def find(self, query: RewriteQuery) -> Rewrite | None:
        """Return the rewrite for this request, blocked or not, or None.

        Raises
        ------
        TableUnreadable
            The version's model cannot be read.
        """
        entry = self.table.find(query)
        if entry is not None:
            return entry
        model = self.model(query.tenant_id)
        found = None if model is None else model.find(query)
        if found is None:
            return None
        return found.model_copy(
            update={"table_version": self.table.version, "blocked": self.table.blocklist.reason(found)}
        )

    def model(self, tenant_id: str = "default") -> EmissionModel | None:
        """Return a tenant's emission model, loaded once; None where it has none.

        Raises
        ------
        TableUnreadable
            It cannot be read.
        """
        if tenant_id not in self.table.manifest.attachments:
            return None
        if tenant_id not in self._models:
            with self._loading:
                if tenant_id not in self._models:
                    self._models[tenant_id] = self._load(tenant_id)
        return self._models[tenant_id]

    def _load(self, tenant_id: str) -> EmissionModel | None:
        path = self.table.attachment(ATTACHMENT, tenant_id)
        if path is None:
            return None
        try:
            return EmissionModel.from_bytes(path.read_bytes())
        except OSError as error:
            raise TableUnreadable(f"cannot read {path}: {error}") from error
