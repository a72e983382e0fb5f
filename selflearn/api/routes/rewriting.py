"""The operations that rewrite."""

from fastapi import APIRouter
from pydantic import BaseModel, Field

from selflearn.api.problems import responses
from selflearn.api.routes.parts import MetricsPart, RewriterPart
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


_BODY_PROBLEMS = responses("malformed-json", "bad-request", "too-large", "invalid-request", "not-ready")


def rewriting() -> APIRouter:
    """Make the operations."""
    operations = APIRouter(tags=["rewriting"])

    @operations.post(
        "/v1/rewrite",
        operation_id="rewrite",
        summary="Ask for a better request",
        response_model=RewriteAnswer,
        responses=_BODY_PROBLEMS,
    )
    async def rewrite(asked: RewriteRequest, rewriter: RewriterPart, metrics: MetricsPart) -> RewriteAnswer:
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
    )
    def rewrite_batch(asked: BatchRequest, rewriter: RewriterPart, metrics: MetricsPart) -> BatchAnswer:
        """Answer the requests in their order, all from the same version of the table."""
        answers = rewriter.rewrite_batch(asked.requests)
        for answer in answers:
            metrics.count(answer)
        return BatchAnswer(answers=answers, table_version=answers[0].table_version)

    return operations
