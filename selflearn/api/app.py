"""The app: operations, problem documents, metrics and the docs page put together."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from fastapi.responses import HTMLResponse
from starlette.exceptions import HTTPException
from starlette.responses import Response

from rewrite_offline.table import CurrentTable
from selflearn.api.body_limit import BodyLimit
from selflearn.api.docs_page import docs_page
from selflearn.api.measuring import Measuring
from selflearn.api.metrics import Metrics
from selflearn.api.problems import Problem, ProblemError, problem_response
from selflearn.api.routes import router
from selflearn.decisions import DecisionFiles, DecisionLog
from selflearn.errors import NoTable
from selflearn.rewriter import Rewriter
from selflearn.settings import Settings, load_settings

__all__ = ["create_app"]

_DESCRIPTION = """\
Asks, before the NLU parses a request, whether there is a better one to put in its place.

Every error is a problem document (RFC 9457) whose `type` never changes its meaning.
"""


def create_app(settings: Settings | None = None, rewriter: Rewriter | None = None) -> FastAPI:
    """Make the HTTP API.

    Parameters
    ----------
    settings
        All settings; read from file and environment where None.
    rewriter
        What answers; where None, one that serves the table of the settings' data folder and logs decisions
        there.

    Returns
    -------
    FastAPI
        The app. It starts without a table, and answers 503 until one is published.
    """
    settings = settings or load_settings()
    rewriter = rewriter or _rewriter(settings)
    metrics = Metrics(rewriter)

    @asynccontextmanager
    async def closing(app: FastAPI) -> AsyncIterator[None]:
        yield
        rewriter.close()

    app = FastAPI(
        title="selflearn",
        version=version("selflearn"),
        description=_DESCRIPTION,
        lifespan=closing,
        docs_url=None,
        redoc_url=None,
    )
    app.state.rewriter = rewriter
    app.state.metrics = metrics
    app.include_router(router())
    app.add_middleware(BodyLimit, max_bytes=settings.api.max_body_bytes)
    app.add_middleware(Measuring, metrics=metrics)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(NoTable, _not_ready)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]

    @app.get("/docs", include_in_schema=False)
    def docs() -> HTMLResponse:
        return HTMLResponse(docs_page(app.openapi()))

    return app


def _rewriter(settings: Settings) -> Rewriter:
    table = CurrentTable(settings.table_folder, check_every=settings.table.check_every.total_seconds())
    kept = settings.decisions
    log = DecisionLog(DecisionFiles(settings.decision_folder), capacity=kept.capacity) if kept.keep else None
    return Rewriter(table, decisions=log)


def _openapi(app: FastAPI) -> dict[str, Any]:
    """Make the OpenAPI document once: FastAPI's, with our problem documents in place of its errors."""
    if app.openapi_schema is None:
        schema = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes
        )
        schemas = schema.setdefault("components", {}).setdefault("schemas", {})
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        schemas["ProblemError"] = ProblemError.model_json_schema()
        problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas["Problem"] = {key: part for key, part in problem.items() if key != "$defs"}
        app.openapi_schema = schema
    return app.openapi_schema


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


async def _not_ready(request: Request, error: Exception) -> Response:
    answer = problem_response("not-ready", "no rewrite table could be loaded yet; ask again later")
    answer.headers["retry-after"] = "5"
    return answer
