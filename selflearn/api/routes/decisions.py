"""The operation that tells why."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from selflearn.access import Principal, Scope
from selflearn.api.problems import responses
from selflearn.api.routes.parts import RewriterPart, allowed
from selflearn.decisions import why
from selflearn.errors import StoreUnavailable, Unknown
from selflearn.rewriter import Rewriter
from streams.records import Decision

__all__ = ["DecisionAnswer", "decided", "decisions"]

_Asker = Annotated[Principal, Depends(allowed(Scope.ANALYST, Scope.REWRITE))]

#: Another server's decision is in the files soon after its answer: looks until then, and between two of its writes.
_LOOKS = 7
_LOOKS_BETWEEN_WRITES = 4


class DecisionAnswer(BaseModel):
    """A decision, and why it fell."""

    decision: Decision
    why: list[str] = Field(description="The same in words, for people: one short sentence each.")


async def decided(rewriter: Rewriter, tenant_id: str, request_id: str) -> Decision:
    """Find the decision on a request, also where another server has just taken it.

    Raises
    ------
    StoreUnavailable
        The decisions cannot be read.
    Unknown
        There is none, or it has expired.
    """
    log = rewriter.decisions
    if log is None:
        raise Unknown("no decisions are kept here: decisions.keep is off")
    try:
        for look in range(_LOOKS):
            if look:
                await asyncio.sleep(log.every / _LOOKS_BETWEEN_WRITES)
            found = await run_in_threadpool(log.find, tenant_id, request_id)
            if found is not None:
                return found
    except OSError as error:
        raise StoreUnavailable(f"the decisions cannot be read: {error}") from error
    raise Unknown("there is no decision on a request of this id, or it has expired")


def decisions() -> APIRouter:
    """Make the operations."""
    operations = APIRouter(tags=["explaining"])

    @operations.get(
        "/v1/decisions/{request_id:path}",  # ids are anybody's, and may hold a slash
        operation_id="decision",
        summary="Why was this rewritten, or not?",
        response_model=DecisionAnswer,
        responses=responses("not-found", "invalid-request", "store-unavailable"),
    )
    async def decision(
        request_id: Annotated[str, Path(min_length=1, max_length=512)],
        who: _Asker,
        rewriter: RewriterPart,
        tenant_id: Annotated[
            str | None, Query(min_length=1, max_length=512, description="For operators: whose request.")
        ] = None,
    ) -> DecisionAnswer:
        """Return what was considered, what was done, and which switch, rejection or share intervened."""
        found = await decided(rewriter, who.tenant(tenant_id), request_id)
        if who.customer_id is not None and found.customer_id != who.customer_id:
            raise Unknown("there is no decision on a request of this id, or it has expired")
        entry = await run_in_threadpool(rewriter.entry_of, found)
        return DecisionAnswer(decision=found, why=why(found, entry))

    return operations
