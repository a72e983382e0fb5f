"""Errors become problem documents."""

from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from selflearn.api.problems import ProblemError, problem_response
from selflearn.errors import (
    Forbidden,
    NoTable,
    RateLimited,
    SelflearnError,
    StoreUnavailable,
    Unauthenticated,
    Unknown,
)

__all__ = ["refusal", "refuse_with_problems"]

#: Seconds after which what was not there may be there.
_SOON = "5"


def refuse_with_problems(app: FastAPI) -> None:
    """Have an app answer our errors, and FastAPI's, with problem documents."""
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _refused)
    for kind in (Unauthenticated, Forbidden, RateLimited, Unknown, NoTable, StoreUnavailable):
        app.add_exception_handler(kind, _ours)


def refusal(error: SelflearnError) -> Response:
    """Make the answer to a request that is refused."""
    match error:
        case Unauthenticated():
            answer = problem_response("unauthenticated", str(error))
            answer.headers["www-authenticate"] = 'Bearer realm="selflearn"'
        case Forbidden():
            answer = problem_response("forbidden", str(error))
        case RateLimited():
            answer = problem_response("rate-limited", str(error))
            answer.headers["retry-after"] = str(error.retry_after)
        case Unknown():
            answer = problem_response("not-found", str(error))
        case StoreUnavailable():
            # Without the reason, which names the database; the log has it.
            answer = problem_response(
                "store-unavailable", "what is needed cannot be read now; ask again later"
            )
            answer.headers["retry-after"] = _SOON
        case _:
            answer = problem_response("not-ready", "no rewrite table could be loaded yet; ask again later")
            answer.headers["retry-after"] = _SOON
    return answer


async def _ours(request: Request, error: Exception) -> Response:
    assert isinstance(error, SelflearnError)
    return refusal(error)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    found: Sequence[dict[str, Any]] = error.errors()
    if found and found[0]["type"] == "json_invalid":
        return problem_response("malformed-json", "the body could not be read as JSON; see its syntax")
    errors = [ProblemError(pointer=_pointer(one["loc"]), detail=one["msg"]) for one in found]
    detail = "; ".join(f"{one.pointer}: {one.detail}" for one in errors[:3])
    return problem_response("invalid-request", detail, errors)


def _pointer(location: Sequence[str | int]) -> str:
    """Write a place in the body as a JSON pointer (RFC 6901) in a URI fragment."""
    parts = [str(part).replace("~", "~0").replace("/", "~1") for part in location if part != "body"]
    return "#" + "".join(f"/{part}" for part in parts)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    match error.status_code:
        case 404:
            answer = problem_response("not-found", "the operations are listed at /docs and /openapi.json")
        case 405:
            answer = problem_response("method-not-allowed", "the operations are listed at /docs")
        case _:
            answer = problem_response("bad-request", "the request could not be read; send JSON in UTF-8")
    answer.headers.update(error.headers or {})
    return answer
