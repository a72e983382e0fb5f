"""The operation that rewrites many requests at once."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from selflearn.access import Principal, Scope
from selflearn.api.problems import responses
from selflearn.api.routes.parts import GatePart, MetricsPart, RewriterPart, allowed
from selflearn.api.routes.rewrite import BODY_PROBLEMS
from selflearn.messages import RewriteAnswer, RewriteRequest

__all__ = ["MAX_BATCH", "BatchAnswer", "BatchRequest", "rewriting"]

#: Most requests in one batch.
MAX_BATCH = 1000


class BatchAnswer(BaseModel):
    """Answers in the order of the requests, all from one table."""

    answers: list[RewriteAnswer]
    table_version: str


class BatchRequest(BaseModel):
    """Several requests, answered in their order."""

    model_config = {"extra": "forbid"}

    requests: list[RewriteRequest] = Field(min_length=1, max_length=MAX_BATCH)


_Asker = Annotated[Principal, Depends(allowed(Scope.REWRITE))]


def rewriting() -> APIRouter:
    """Make the operations."""
    operations = APIRouter(tags=["rewriting"])

    @operations.post(
        "/v1/rewrite:batch",
        operation_id="rewrite_batch",
        summary="Ask for many at once",
        response_model=BatchAnswer,
        responses=responses(*BODY_PROBLEMS),
    )
    def rewrite_batch(
        asked: BatchRequest, who: _Asker, gate: GatePart, rewriter: RewriterPart, metrics: MetricsPart
    ) -> BatchAnswer:
        """Answer the requests in their order, all from the same version of the table.

        Each of them counts against the key's rate.
        """
        tenants = [who.tenant(one.tenant_id) for one in asked.requests]
        requests = [_of(who, tenant_id, one) for tenant_id, one in zip(tenants, asked.requests, strict=True)]
        gate.charge(who, len(requests) - 1)
        answers = rewriter.rewrite_batch(requests)
        for tenant_id, answer in zip(tenants, answers, strict=True):
            metrics.count(answer, tenant_id)
        return BatchAnswer(answers=answers, table_version=answers[0].table_version)

    return operations


def _of(who: Principal, tenant_id: str, asked: RewriteRequest) -> RewriteRequest:
    """Write into a request whose it is."""
    customer_id = who.customer(asked.customer_id)
    if tenant_id == asked.tenant_id and customer_id == asked.customer_id:
        return asked
    return asked.model_copy(update={"tenant_id": tenant_id, "customer_id": customer_id})
