"""Middleware that times every request and turns what nobody expected into a problem document."""

import logging
from time import perf_counter
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from selflearn.api.admission import PRINCIPAL
from selflearn.api.metrics import OTHER, Metrics
from selflearn.api.problems import problem_response
from selflearn.observing import RequestNotes, noting

__all__ = ["Measuring"]

_log = logging.getLogger(__name__)


class Measuring:
    """ASGI middleware around everything else.

    At level `info` the log has a line for every request: route, status, µs, tenant and request id.

    Parameters
    ----------
    app
        What answers.
    metrics
        Where requests are counted. Paths that are no route count as `other`, so that nobody can make the
        metrics grow.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics
        self._paths: frozenset[str] = frozenset()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, and count."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                self._paths = _paths_of(scope["app"])
            await self._app(scope, receive, send)
            return
        status = 0
        notes = noting() if _log.isEnabledFor(logging.INFO) else None
        began = perf_counter()

        async def noting_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting_status)
        except Exception:
            # The log says where; who asked learns nothing of what is inside. The path may hold anything, the
            # route is ours.
            _log.exception("unexpected error in %s %s", scope["method"], self._route(scope))
            if status:
                raise
            answer = problem_response("internal", "it was logged; the request may be sent again later")
            await answer(scope, receive, noting_status)
        finally:
            seconds, route = perf_counter() - began, self._route(scope)
            self._metrics.observe(route, status, seconds)
            if notes is not None:
                _log.info("request", extra={"fields": _line(scope, route, status, seconds, notes)})

    def _route(self, scope: Scope) -> str:
        route = scope.get("route")
        if route is None:
            # Who was refused at the door was led to no route, but asked for one.
            path: str = scope["path"]
            return path if path in self._paths else OTHER
        return getattr(route, "path", OTHER)


def _paths_of(app: Any) -> frozenset[str]:
    return frozenset(path for path in app.openapi()["paths"] if "{" not in path)


def _line(scope: Scope, route: str, status: int, seconds: float, notes: RequestNotes) -> dict[str, object]:
    line: dict[str, object] = {
        "method": scope["method"],
        "route": route,
        "status": status,
        "us": round(seconds * 1e6),
    }
    who = scope.get(PRINCIPAL)
    tenant = notes.tenant_id or (None if who is None else who.tenant_id)
    if tenant is not None:
        line["tenant"] = tenant
    if notes.request_id is not None:
        line["request_id"] = notes.request_id
    return line
