"""The rewriter: a request goes in, a better one or none comes out. No HTTP needed."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from rewrite_offline.emission import MINER
from rewrite_offline.lookup import LearnedLookup
from rewrite_offline.table import CurrentTable, RewriteQuery, Table
from selflearn.decisions import DecisionLog
from selflearn.errors import NoTable
from selflearn.messages import RewriteAnswer, RewriteRequest
from streams.records import AsrHypothesis, Candidate, Decision, DialogueContext, Rewrite

__all__ = ["Rewriter"]


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

    Examples
    --------
    >>> rewriter = Rewriter(Path("selflearn-data/table"))       # doctest: +SKIP
    >>> rewriter.rewrite("play maj and dragons").rewrite        # doctest: +SKIP
    'play imagine dragons'
    """

    def __init__(
        self, table: Path | str | CurrentTable | Table, *, decisions: DecisionLog | None = None
    ) -> None:
        self._source: CurrentTable | Table = (
            CurrentTable(Path(table)) if isinstance(table, Path | str) else table
        )
        self.decisions = decisions
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

    def rewrite(self, request: RewriteRequest | str) -> RewriteAnswer:
        """Answer one request.

        Parameters
        ----------
        request
            The request; a bare string is an utterance of which nothing else is known.

        Raises
        ------
        NoTable
            No table could be loaded yet.
        """
        return self._answer(self.loaded_table(), request)

    def rewrite_batch(self, requests: Sequence[RewriteRequest | str]) -> list[RewriteAnswer]:
        """Answer many requests, in their order, all from the same version.

        Raises
        ------
        NoTable
            No table could be loaded yet.
        """
        table = self.loaded_table()
        return [self._answer(table, request) for request in requests]

    def close(self) -> None:
        """Write the decisions that wait, and end their log."""
        if self.decisions is not None:
            self.decisions.close()

    def _lookup_in(self, table: Table) -> LearnedLookup:
        """The lookup over this version; its model is loaded once."""
        lookup = self._lookup
        if lookup is None or lookup.table is not table:
            lookup = self._lookup = LearnedLookup(table) if lookup is None else lookup.over(table)
        return lookup

    def _answer(self, table: Table, request: RewriteRequest | str) -> RewriteAnswer:
        if isinstance(request, str):
            request = RewriteRequest(utterance=request)
        found = self._lookup_in(table).find(_query(request))
        served = found if found is not None and found.blocked is None else None
        answer = RewriteAnswer(
            request_id=request.request_id or uuid4().hex,
            rewrite=None if served is None else served.target,
            interpretation=None if served is None else served.interpretation,
            source=None if served is None else _source(served),
            win_probability=None if served is None else served.win_probability,
            table_version=table.version,
        )
        if self.decisions is not None:
            self.decisions.record(_decision(request, answer, found))
        return answer


def _source(rewrite: Rewrite) -> str:
    """Say what brought a rewrite: an entry of the table, or the model that was learned with it."""
    return MINER if rewrite.miner == MINER else "table"


def _query(request: RewriteRequest) -> RewriteQuery:
    context = request.context
    return RewriteQuery(
        utterance=request.utterance,
        asked=None if context is None else context.asked,
        prompt=None if context is None else context.prompt,
        asr=tuple(AsrHypothesis(text=heard.text, score=heard.score) for heard in request.asr),
        tenant_id=request.tenant_id,
    )


def _decision(request: RewriteRequest, answer: RewriteAnswer, found: Rewrite | None) -> Decision:
    """Write down what was considered and what was chosen; a blocked entry was considered too."""
    candidates = () if found is None else (_candidate(found),)
    context = request.context
    return Decision(
        tenant_id=request.tenant_id,
        request_id=answer.request_id,
        time=datetime.now(UTC),
        utterance=request.utterance,
        customer_id=request.customer_id,
        device_id=request.device_id,
        context=None if context is None else DialogueContext(asked=context.asked, prompt=context.prompt),
        candidates=candidates,
        chosen=None if answer.rewrite is None else 0,
        versions={"table": answer.table_version},
    )


def _candidate(rewrite: Rewrite) -> Candidate:
    return Candidate(
        utterance=rewrite.target,
        interpretation=rewrite.interpretation,
        source=_source(rewrite),
        win_probability=rewrite.win_probability,
        propensity=0.0 if rewrite.blocked is not None else 1.0,
        rewrite_id=rewrite.rewrite_id,
        refused=rewrite.blocked,
    )
