"""Middleware that asks who comes before anything of the request is read."""

import logging

from starlette.types import ASGIApp, Receive, Scope, Send

from selflearn.access import Gate
from selflearn.api.refusals import refusal
from selflearn.errors import RateLimited, StoreUnavailable, Unauthenticated

__all__ = ["PRINCIPAL", "Admission"]

_log = logging.getLogger(__name__)

#: Where a request's scope holds who asks.
PRINCIPAL = "selflearn.principal"

#: What tells nothing of anyone: whether the process lives, and the contract.
_PUBLIC = frozenset({"/healthz", "/docs", "/openapi.json"})

#: What says less to those without a key.
_WITHOUT_KEY_TOO = frozenset({"/readyz"})


class Admission:
    """ASGI middleware: whoever has no valid key, or asks too often, is refused, whatever they ask for.

    What a key allows is each operation's to say: see `allowed` in selflearn.api.routes.parts.

    Parameters
    ----------
    app
        What answers the others.
    gate
        Knows the keys.
    """

    def __init__(self, app: ASGIApp, gate: Gate) -> None:
        self._app = app
        self._gate = gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let in or refuse."""
        if scope["type"] == "websocket":
            # There are none to be had; one that is added without a thought of keys is not open by that.
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http" or scope["path"] in _PUBLIC:
            await self._app(scope, receive, send)
            return
        authorization = None
        for name, value in scope["headers"]:
            if name == b"authorization":
                authorization = value
                break
        if authorization is None and scope["path"] in _WITHOUT_KEY_TOO and not self._gate.open:
            await self._app(scope, receive, send)
            return
        try:
            scope[PRINCIPAL] = self._gate.admit(authorization)
        except (Unauthenticated, RateLimited, StoreUnavailable) as error:
            if isinstance(error, StoreUnavailable):
                _log.error("nobody can be let in: %s", error)
            await refusal(error)(scope, receive, send)
            return
        await self._app(scope, receive, send)
