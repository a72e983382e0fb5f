"""The operation that takes what customers said to rewrites."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.exceptions import RequestValidationError
from starlette.concurrency import run_in_threadpool

from selflearn.access import Principal, Scope
from selflearn.api.problems import responses
from selflearn.api.routes.decisions import decided
from selflearn.api.routes.parts import MetricsPart, RewriterPart, allowed
from selflearn.errors import NobodysFeedback, Unknown
from selflearn.messages import Feedback, FeedbackAnswer
from selflearn.policy.stored import FeedbackTaker

__all__ = ["feedback"]

_Asker = Annotated[Principal, Depends(allowed(Scope.FEEDBACK))]


async def _taker(request: Request) -> FeedbackTaker:
    taker: FeedbackTaker = request.app.state.feedback
    return taker


_TakerPart = Annotated[FeedbackTaker, Depends(_taker)]


def feedback() -> APIRouter:
    """Make the operations."""
    operations = APIRouter(tags=["rewriting"])

    @operations.post(
        "/v1/feedback",
        operation_id="feedback",
        summary="Say what a customer said to a rewrite",
        response_model=FeedbackAnswer,
        responses=responses(
            "malformed-json", "bad-request", "too-large", "invalid-request", "not-found", "store-unavailable"
        ),
    )
    async def feedback(
        said: Feedback, who: _Asker, rewriter: RewriterPart, taker: _TakerPart, metrics: MetricsPart
    ) -> FeedbackAnswer:
        """Take it; a rejected rewrite is not used for this customer again, from the next request on.

        Sent again with the same `feedback_id`, it has no second effect.
        """
        decision = await decided(rewriter, who.tenant(said.tenant_id), said.request_id)
        customer_id = who.customer(said.customer_id)
        if decision.customer_id is not None and customer_id not in (None, decision.customer_id):
            # One customer says nothing about another's rewrites, and does not learn that there are any.
            raise Unknown("there is no decision on a request of this id, or it has expired")
        if customer_id != said.customer_id:
            said = said.model_copy(update={"customer_id": customer_id})
        try:
            repeated = await run_in_threadpool(taker.take, said, decision)
        except NobodysFeedback as error:
            wrong = {"type": "missing", "loc": ("body", "customer_id"), "msg": str(error)}
            raise RequestValidationError([wrong]) from error
        if not repeated:
            metrics.count_feedback(decision.tenant_id, said.verdict.value)
        return FeedbackAnswer(feedback_id=said.feedback_id, repeated=repeated)

    return operations
