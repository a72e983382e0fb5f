"""Middleware that times every request and turns what nobody expected into a problem document."""

import logging
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from selflearn.api.metrics import Metrics
from selflearn.api.problems import problem_response

__all__ = ["Measuring"]

_log = logging.getLogger(__name__)


class Measuring:
    """ASGI middleware around everything else.

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

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, and count."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 0
        began = time.perf_counter()

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except Exception:
            # The log has the traceback; who asked learns nothing of what is inside.
            _log.exception("unexpected error in %s %s", scope["method"], scope["path"])
            if status:
                raise
            answer = problem_response("internal", "it was logged; the request may be sent again later")
            await answer(scope, receive, noting)
        finally:
            self._metrics.observe(_route(scope), status, time.perf_counter() - began)


def _route(scope: Scope) -> str:
    route = scope.get("route")
    return route.path if route is not None and hasattr(route, "path") else "other"
