"""The operation that rewrites one request: it stands between a customer and an answer, so it works directly."""

from typing import Annotated

from fastapi import Depends, FastAPI, Request
from starlette.types import Scope as AsgiScope

from selflearn.access import Principal, Scope
from selflearn.api.direct import direct
from selflearn.api.metrics import Metrics
from selflearn.api.problems import responses
from selflearn.api.routes.parts import allowed
from selflearn.messages import RewriteAnswer, RewriteRequest
from selflearn.rewriter import Rewriter, Written

__all__ = ["BODY_PROBLEMS", "add_rewrite"]

#: What an operation with a body may answer.
BODY_PROBLEMS = (
    "malformed-json",
    "bad-request",
    "too-large",
    "invalid-request",
    "not-ready",
    "store-unavailable",
)

_GUARDED = ("unauthenticated", "forbidden", "rate-limited")

_asker = allowed(Scope.REWRITE)


def add_rewrite(app: FastAPI) -> None:
    """Add the operation to an app, before all others: it is found at once."""
    app.router.add_api_route(
        "/v1/rewrite",
        _declared,
        methods=["POST"],
        operation_id="rewrite",
        summary="Ask for a better request",
        description="Return what to parse instead, or null where the request is best left as it is.",
        response_model=RewriteAnswer,
        responses=responses(*BODY_PROBLEMS, *_GUARDED),
        tags=["rewriting"],
        route_class_override=direct(RewriteRequest, _answer),
    )


async def _declared(
    request: Request, asked: RewriteRequest, who: Annotated[Principal, Depends(_asker)]
) -> RewriteAnswer:
    """Tell FastAPI what the operation takes and gives; a route that is not direct would run this."""
    return _written(request.scope, asked).answer


def _answer(scope: AsgiScope, asked: RewriteRequest) -> bytes:
    return _written(scope, asked).json


def _written(scope: AsgiScope, asked: RewriteRequest) -> Written:
    who = _asker.of(scope)
    state = scope["app"].state
    rewriter: Rewriter = state.rewriter
    metrics: Metrics = state.metrics
    tenant_id = who.tenant(asked.tenant_id)
    customer_id = who.customer(asked.customer_id)
    if customer_id != asked.customer_id:
        asked = asked.model_copy(update={"customer_id": customer_id})
    written = rewriter.write(asked, tenant_id)
    metrics.count(written.answer, tenant_id)
    return written
