"""A route without FastAPI's detours, for the one operation that stands between a customer and an answer.

FastAPI reads a body into Python objects, these into a model, resolves each dependency anew, and takes the answer apart
before it writes it: together more than half of the time of a lookup (docs/benchmarks.md). Here the body is read
straight into the model, and the answer's JSON is sent as it comes. A `DirectAPI` leads to such a route past the
router and the framework's own middleware, through ours alone. The declared function still makes the OpenAPI document.
"""

import json
import re
from collections.abc import Callable
from typing import Any

from fastapi import FastAPI, HTTPException
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["DirectAPI", "DirectRoute", "Work", "direct"]

#: Takes the request's scope and its body as a model, gives the answer as JSON.
Work = Callable[[Scope, Any], bytes]

_JSON = re.compile(rb"application/([^;\s]+\+)?json\b", re.IGNORECASE)


def direct(asked: type[BaseModel], work: Work) -> type[APIRoute]:
    """Make the class of a route that works directly.

    Parameters
    ----------
    asked
        Model of the body.
    work
        What is done. What it raises is answered as what any operation raises.
    """

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        body = await _body(receive)
        try:
            # Only what says that it is JSON is read: a browser sends no page's JSON to others unasked.
            wanted = asked.model_validate_json(body) if _is_json(scope) else asked.model_validate(body)
        except ValidationError:
            wanted = _as_python_reads(asked, _loaded(body) if body and _is_json(scope) else body)
        written = work(scope, wanted)
        length = str(len(written)).encode("ascii")
        headers = [(b"content-length", length), (b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": written})

    class Direct(DirectRoute):
        """Reads, works, writes."""

        def __init__(self, *args: Any, **declared: Any) -> None:
            super().__init__(*args, **declared)
            self.app = answer

    return Direct


class DirectRoute(APIRoute):
    """A route of the kind that `direct` makes."""


class DirectAPI(FastAPI):
    """An app whose direct routes are taken before anything else is asked.

    Its middleware is around them as around any route; what the framework puts around that, for faults and telemetry, is
    not. So the outermost middleware has to answer what nobody expected.
    """

    def __init__(self, **declared: Any) -> None:
        super().__init__(**declared)
        self._short: dict[tuple[str, str], tuple[DirectRoute, ASGIApp]] = {}

    def build_middleware_stack(self) -> ASGIApp:
        """Put the middleware together, around direct routes too."""
        for route in self.routes:
            if isinstance(route, DirectRoute):
                app: ASGIApp = _Refusing(route.app, self)
                for middleware in reversed(self.user_middleware):
                    app = middleware.cls(app, *middleware.args, **middleware.kwargs)
                for method in route.methods or ():
                    self._short[method, route.path] = route, app
        return super().build_middleware_stack()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Go the short way where there is one."""
        found = self._short.get((scope["method"], scope["path"])) if scope["type"] == "http" else None
        if found is None:
            await super().__call__(scope, receive, send)
            return
        scope["app"] = self
        scope["route"] = found[0]  # metrics and traces are kept by route
        await found[1](scope, receive, send)


class _Refusing:
    """Answers the errors of a direct route as the app does; nothing is sent before the whole answer is there."""

    def __init__(self, app: ASGIApp, around: FastAPI) -> None:
        self._app = app
        self._around = around

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._app(scope, receive, send)
        except Exception as error:
            refused = ExceptionMiddleware(_raising(error), handlers=self._around.exception_handlers)
            await refused(scope, receive, send)


def _raising(error: Exception) -> ASGIApp:
    async def fails(scope: Scope, receive: Receive, send: Send) -> None:
        raise error

    return fails


async def _body(receive: Receive) -> bytes:
    """Read the whole body; as a rule it comes at once."""
    message = await receive()
    body: bytes = message.get("body", b"")
    while message.get("more_body", False):
        message = await receive()
        body += message.get("body", b"")
    if message["type"] == "http.disconnect":
        raise HTTPException(400)  # as any operation says, though nobody hears it
    return body


def _is_json(scope: Scope) -> bool:
    return any(name == b"content-type" and _JSON.match(value) for name, value in scope["headers"])


def _as_python_reads(asked: type[BaseModel], value: object) -> BaseModel:
    """Read, or refuse, what the fast reader did not take, by the way of all other operations."""
    if value == b"":
        raise RequestValidationError([{"type": "missing", "loc": ("body",), "msg": "Field required"}])
    try:
        return asked.model_validate(value, from_attributes=True)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        raise RequestValidationError(
            [{**fault, "loc": ("body", *fault["loc"])} for fault in faults]
        ) from error


def _loaded(body: bytes) -> object:
    try:
        return json.loads(body)
    except json.JSONDecodeError as error:
        raise RequestValidationError(
            [{"type": "json_invalid", "loc": ("body",), "msg": error.msg}]
        ) from error
    except (ValueError, RecursionError) as error:
        raise HTTPException(400) from error
