"""The rewriter: a request goes in, a better one or none comes out. No HTTP needed."""

import os
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import NamedTuple

from rewrite_offline.lookup import LearnedLookup
from rewrite_offline.table import CurrentTable, RewriteQuery, Table
from selflearn.decisions import DecisionLog, Taken, entry_of
from selflearn.decisions.taken import source_of
from selflearn.errors import NoTable
from selflearn.messages import Outcome, RewriteAnswer, RewriteRequest
from selflearn.policy import Board, Policy
from selflearn.settings import RewritingSettings
from streams.records import AsrHypothesis, Decision, Rewrite

__all__ = ["Rewriter", "Written"]

#: Whose table answers where nobody says.
_TENANT = "default"

# Ids need to differ, not to be secret, so they cost no call of the system each.
_ids = Random()
os.register_at_fork(after_in_child=_ids.seed)


class Written(NamedTuple):
    """An answer, and its JSON."""

    answer: RewriteAnswer
    json: bytes


class Rewriter:
    """Answers rewrite requests from the table that is current. Threads may share it.

    | to serve | give |
    | --- | --- |
    | whatever is published, new versions as they come | the table's folder, or a `CurrentTable` |
    | one version and no other, as for an evaluation | a `Table` |

    Parameters
    ----------
    table
        Where answers come from.
    decisions
        Takes a Decision for every request; None keeps none.
    policy
        Says whether what was found is applied; None: all of it is, but for what the table blocks.

    Examples
    --------
    >>> rewriter = Rewriter(Path("selflearn-data/table"))       # doctest: +SKIP
    >>> rewriter.rewrite("play maj and dragons").rewrite        # doctest: +SKIP
    'play imagine dragons'
    """

    def __init__(
        self,
        table: Path | str | CurrentTable | Table,
        *,
        decisions: DecisionLog | None = None,
        policy: Policy | None = None,
    ) -> None:
        self._source: CurrentTable | Table = (
            CurrentTable(Path(table)) if isinstance(table, Path | str) else table
        )
        self.decisions = decisions
        self.policy = policy or Policy(Board(RewritingSettings(never_rewritten=frozenset())))
        self._lookup: LearnedLookup | None = None

    @property
    def table(self) -> Table | None:
        """The version to answer from now; None as long as none could be loaded."""
        return self._source if isinstance(self._source, Table) else self._source.table

    @property
    def load_failures(self) -> int:
        """How often a new version, or a changed blocklist, could not be loaded."""
        return 0 if isinstance(self._source, Table) else self._source.failures

    def loaded_table(self) -> Table:
        """Return the version to answer from.

        Raises
        ------
        NoTable
            No table could be loaded yet.
        """
        table = self.table
        if table is None:
            raise NoTable(f"no table at {self._source.root} yet; make one with `selflearn learn rewrites`")
        return table

    def rewrite(self, request: RewriteRequest | str, tenant_id: str | None = None) -> RewriteAnswer:
        """Answer one request.

        Parameters
        ----------
        request
            The request; a bare string is an utterance of which nothing else is known.
        tenant_id
            Whose table answers; None: the request's, or `default`.

        Raises
        ------
        NoTable
            No table could be loaded yet.
        SwitchesUnread
            The switches could not be read yet.
        """
        return self._answer(self.loaded_table(), request, tenant_id).answer

    def write(self, request: RewriteRequest, tenant_id: str) -> Written:
        """Answer one request as `rewrite` does, and give the answer's JSON, which is made only once.

        Raises
        ------
        NoTable
            No table could be loaded yet.
        SwitchesUnread
            The switches could not be read yet.
        """
        return self._answer(self.loaded_table(), request, tenant_id)

    def rewrite_batch(
        self, requests: Sequence[RewriteRequest | str], tenant_id: str | None = None
    ) -> list[RewriteAnswer]:
        """Answer many requests, in their order, all from the same version.

        Raises
        ------
        NoTable
            No table could be loaded yet.
        SwitchesUnread
            The switches could not be read yet.
        """
        table = self.loaded_table()
        return [self._answer(table, request, tenant_id).answer for request in requests]

    def entry_of(self, decision: Decision) -> Rewrite | None:
        """Return the entry that a decision considered; None where the table no longer has it.

        It may open an older version, which takes as long as loading it.
        """
        return entry_of(decision, self._source.root, self.table)

    def close(self) -> None:
        """Write the decisions that wait, end their log, and look for changed switches no more."""
        self.policy.close()
        if self.decisions is not None:
            self.decisions.close()

    def _lookup_in(self, table: Table) -> LearnedLookup:
        """The lookup over this version; its model is loaded once."""
        lookup = self._lookup
        if lookup is None or lookup.table is not table:
            lookup = self._lookup = LearnedLookup(table) if lookup is None else lookup.over(table)
        return lookup

    def _answer(self, table: Table, request: RewriteRequest | str, tenant_id: str | None) -> Written:
        if isinstance(request, str):
            request = RewriteRequest(utterance=request)
        tenant = tenant_id or request.tenant_id or _TENANT
        request_id = request.request_id or f"{_ids.getrandbits(128):032x}"
        policy = self.policy
        board = policy.for_tenant(tenant)
        found = None
        judgement = policy.before(board, request)
        if judgement is None:
            found = self._lookup_in(table).find(_query(request, tenant))
            judgement = policy.after(board, request, found, tenant, request_id, table)
        served = found if judgement.outcome is Outcome.REWRITTEN else None
        answer = RewriteAnswer(
            request_id=request_id,
            outcome=judgement.outcome,
            rewrite=None if served is None else served.target,
            interpretation=None if served is None else served.interpretation,
            source=None if served is None else source_of(served),
            win_probability=None if served is None else served.win_probability,
            table_version=table.version,
        )
        written = answer.__pydantic_serializer__.to_json(answer)
        if self.decisions is not None:
            self.decisions.take(
                Taken.of(request, tenant, request_id, found, judgement, table.version, written)
            )
        return Written(answer, written)


def _query(request: RewriteRequest, tenant: str) -> RewriteQuery:
    context = request.context
    return RewriteQuery(
        utterance=request.utterance,
        asked=None if context is None else context.asked,
        prompt=None if context is None else context.prompt,
        asr=tuple(AsrHypothesis(text=heard.text, score=heard.score) for heard in request.asr),
        tenant_id=tenant,
    )
