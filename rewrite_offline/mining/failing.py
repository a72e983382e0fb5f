"""Requests that most often fail: the list that an analyst reads first."""

from collections.abc import Iterable
from typing import NamedTuple

from rewrite_offline.mining.counts import RequestCount
from rewrite_offline.mining.guards import Proposal

__all__ = ["FailingRequest", "failing_requests"]


class FailingRequest(NamedTuple):
    """A request, how often it failed, and what became of it.

    `failures` is the expected number of failed turns, one customer's counted as the vote cap allows. `rewrite` is
    the best rewrite found, None where there was none; `refused` the guard that kept it out of the table.
    """

    asked: str | None
    text: str
    turns: int
    customers: int
    failures: float
    failure_rate: float
    rewrite: str | None
    refused: str | None


def failing_requests(
    requests: Iterable[RequestCount], proposals: Iterable[Proposal], min_customers: int
) -> tuple[FailingRequest, ...]:
    """Rank requests by expected failures, over all customers.

    Parameters
    ----------
    requests
        How every request fared.
    proposals
        The rewrites found.
    min_customers
        k-anonymity: what fewer customers said is not shown.

    Returns
    -------
    tuple of FailingRequest
        Most failures first; of equals in the order of (asked, text).
    """
    found = {(p.request.asked, p.request.text): p for p in proposals}
    rows = []
    for request in requests:
        if request.people >= min_customers:
            proposal = found.get((request.asked, request.text))
            failures = request.votes - request.success
            rows.append(
                FailingRequest(
                    asked=request.asked,
                    text=request.text,
                    turns=request.turns,
                    customers=request.people,
                    failures=failures,
                    failure_rate=failures / request.votes,
                    rewrite=proposal.target.text if proposal else None,
                    refused=proposal.refused if proposal else None,
                )
            )
    return tuple(sorted(rows, key=lambda row: (-row.failures, row.asked or "", row.text)))
