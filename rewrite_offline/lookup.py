"""What a version of a table answers: its entries first, then its templates, then its emission model."""

import threading
from collections.abc import Callable
from typing import TypeVar

from rewrite_offline.emission.model import ATTACHMENT, EmissionModel
from rewrite_offline.errors import TableUnreadable
from rewrite_offline.self_aware.known import ATTACHMENT as KNOWN
from rewrite_offline.self_aware.known import Known
from rewrite_offline.table import RewriteQuery, Table
from rewrite_offline.templates.entries import ATTACHMENT as TEMPLATES
from rewrite_offline.templates.entries import Templates
from streams.records import Rewrite

__all__ = ["LearnedLookup"]

T = TypeVar("T")


class LearnedLookup:
    """Answers from a version's entries; where there is none, from the templates and the model published with it.

    An entry was counted, so it comes first; then a template, whose way of saying it was. A blocked entry leaves its
    request alone. The table's blocklist holds for all answers as for entries, and so does what was withdrawn by what it
    did. A version without templates and model
    answers from its entries only. Threads may share it.

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
        self._templates: dict[str, Templates | None] = {}
        self._known: dict[str, Known | None] = {}
        self._loading = threading.Lock()

    def over(self, table: Table) -> "LearnedLookup":
        """Return the lookup over another table; over the same version with another blocklist, models are kept."""
        other = LearnedLookup(table)
        if (table.root, table.version) == (self.table.root, self.table.version):
            other._models, other._templates, other._known = self._models, self._templates, self._known
        return other

    def find(self, query: RewriteQuery) -> Rewrite | None:
        """Return the rewrite for this request, blocked or not, or None.

        Raises
        ------
        TableUnreadable
            The version's templates or model cannot be read.
        """
        entry = self.table.find(query)
        if entry is not None:
            return entry
        templates = self.templates(query.tenant_id)
        found = None if templates is None else templates.find(query)
        if found is None:
            model = self.model(query.tenant_id)
            found = None if model is None else model.find(query)
        if found is None:
            return None
        blocked = self.table.blocklist.reason(found)
        if blocked is None and (known := self.known(query.tenant_id)) is not None:
            blocked = known.reason(found)
        return found.model_copy(update={"table_version": self.table.version, "blocked": blocked})

    def model(self, tenant_id: str = "default") -> EmissionModel | None:
        """Return a tenant's emission model, loaded once; None where it has none.

        Raises
        ------
        TableUnreadable
            It cannot be read.
        """
        return self._loaded(self._models, ATTACHMENT, EmissionModel.from_bytes, tenant_id)

    def templates(self, tenant_id: str = "default") -> Templates | None:
        """Return a tenant's templates, loaded once; None where it has none.

        Raises
        ------
        TableUnreadable
            They cannot be read.
        """
        return self._loaded(self._templates, TEMPLATES, Templates.from_bytes, tenant_id)

    def known(self, tenant_id: str = "default") -> Known | None:
        """Return what is known about a tenant's rewrites, loaded once; None where none was ever served.

        Raises
        ------
        TableUnreadable
            It cannot be read.
        """
        return self._loaded(self._known, KNOWN, Known.from_bytes, tenant_id)

    def _loaded(
        self, held: dict[str, T | None], name: str, read: Callable[[bytes], T], tenant_id: str
    ) -> T | None:
        if tenant_id not in self.table.manifest.attachments:
            return None
        if tenant_id not in held:
            with self._loading:
                if tenant_id not in held:
                    held[tenant_id] = self._load(name, read, tenant_id)
        return held[tenant_id]

    def _load(self, name: str, read: Callable[[bytes], T], tenant_id: str) -> T | None:
        path = self.table.attachment(name, tenant_id)
        if path is None:
            return None
        try:
            return read(path.read_bytes())
        except OSError as error:
            raise TableUnreadable(f"cannot read {path}: {error}") from error
