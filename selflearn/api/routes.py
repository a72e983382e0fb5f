"""The operations of the API."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request
from fastapi.responses import PlainTextResponse
from prometheus_client import generate_latest
from pydantic import BaseModel, Field

from selflearn.api.metrics import Metrics
from selflearn.api.problems import responses
from selflearn.messages import RewriteAnswer, RewriteRequest
from selflearn.rewriter import Rewriter

__all__ = ["MAX_BATCH", "BatchAnswer", "BatchRequest", "Health", "Readiness", "router"]


#: Most requests in one batch.
MAX_BATCH = 1000


class Health(BaseModel):
    """The process lives."""

    status: Literal["ok"] = "ok"


class Readiness(BaseModel):
    """Rewrites are served."""

    status: Literal["ready"] = "ready"
    table_version: str
    entries: int = Field(ge=0)


class BatchAnswer(BaseModel):
    """Answers in the order of the requests, all from one table."""

    answers: list[RewriteAnswer]
    table_version: str


class BatchRequest(BaseModel):
    """Several requests, answered in their order."""

    model_config = {"extra": "forbid"}

    requests: list[RewriteRequest] = Field(min_length=1, max_length=MAX_BATCH)


def _served(request: Request) -> Rewriter:
    rewriter: Rewriter = request.app.state.rewriter
    return rewriter


def _metrics(request: Request) -> Metrics:
    metrics: Metrics = request.app.state.metrics
    return metrics


_Rewriter = Annotated[Rewriter, Depends(_served)]
_Metrics = Annotated[Metrics, Depends(_metrics)]

_BODY_PROBLEMS = responses("malformed-json", "bad-request", "too-large", "invalid-request", "not-ready")


def router() -> APIRouter:
    """Make the operations."""
    operations = APIRouter()

    @operations.post(
        "/v1/rewrite",
        operation_id="rewrite",
        summary="Ask for a better request",
        response_model=RewriteAnswer,
        responses=_BODY_PROBLEMS,
        tags=["rewriting"],
    )
    async def rewrite(asked: RewriteRequest, rewriter: _Rewriter, metrics: _Metrics) -> RewriteAnswer:
        """Return what to parse instead, or null where the request is best left as it is."""
        answer = rewriter.rewrite(asked)
        metrics.count(answer)
        return answer

    @operations.post(
        "/v1/rewrite:batch",
        operation_id="rewrite_batch",
        summary="Ask for many at once",
        response_model=BatchAnswer,
        responses=_BODY_PROBLEMS,
        tags=["rewriting"],
    )
    def rewrite_batch(asked: BatchRequest, rewriter: _Rewriter, metrics: _Metrics) -> BatchAnswer:
        """Answer the requests in their order, all from the same version of the table."""
        answers = rewriter.rewrite_batch(asked.requests)
        for answer in answers:
            metrics.count(answer)
        return BatchAnswer(answers=answers, table_version=answers[0].table_version)

    @operations.get("/healthz", operation_id="healthz", summary="Is the process alive?", tags=["operating"])
    async def healthz() -> Health:
        """Answer as long as the process can; a table need not be loaded."""
        return Health()

    @operations.get(
        "/readyz",
        operation_id="readyz",
        summary="Are rewrites served?",
        responses=responses("not-ready"),
        tags=["operating"],
    )
    async def readyz(rewriter: _Rewriter) -> Readiness:
        """Say which table is served; status 503 as long as none could be loaded."""
        table = rewriter.loaded_table()
        return Readiness(table_version=table.version, entries=len(table))

    @operations.get(
        "/metrics",
        operation_id="metrics",
        summary="Metrics for Prometheus",
        response_class=PlainTextResponse,
        tags=["operating"],
    )
    def metrics(measured: _Metrics) -> PlainTextResponse:
        """Return all metrics in Prometheus' text format. No utterance and no customer is among them."""
        return PlainTextResponse(
            generate_latest(measured.registry), media_type="text/plain; version=0.0.4; charset=utf-8"
        )

    return operations
