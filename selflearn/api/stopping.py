"""The end of a server: readiness goes first, then new connections, and what was begun is finished."""

import asyncio
import signal
import socket
import time
from types import FrameType

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from selflearn.api.problems import problem_response

__all__ = ["Draining", "StoppingServer"]

#: Seconds for those who are connected, but have not asked yet, when nobody new is let in.
_LAST_QUESTIONS = 0.5


class Draining:
    """ASGI middleware: while `begun`, the server is not ready, and every connection ends with its next answer.

    Balancers that look at `/readyz` then send nobody anew, and callers who keep connections go elsewhere before
    the port closes.

    Parameters
    ----------
    app
        What answers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.begun = False
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as ever, or as one who is about to go."""
        if not self.begun or scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def closing(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), (b"connection", b"close")]
            await send(message)

        if scope["path"] == "/readyz":
            refusal = problem_response("not-ready", "the server is about to end; ask another")
            await refusal(scope, receive, closing)
        else:
            await self._app(scope, receive, closing)


class StoppingServer(uvicorn.Server):
    """A server that SIGTERM ends in steps: not ready, then `delay` seconds as ever, then nobody new.

    A second signal, and Ctrl-C, skip the delay.

    Parameters
    ----------
    config
        Uvicorn's; its app is the `Draining`.
    draining
        Told when it begins.
    delay
        Seconds.
    """

    def __init__(self, config: uvicorn.Config, draining: Draining, delay: float) -> None:
        super().__init__(config)
        self._draining = draining
        self._delay = delay
        self._ends_at: float | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Take a signal."""
        if sig == signal.SIGTERM and self._delay > 0 and not self._draining.begun:
            self._draining.begun = True
            self._ends_at = time.monotonic() + self._delay
            return
        self._draining.begun = True
        super().handle_exit(sig, frame)

    async def on_tick(self, counter: int) -> bool:
        """Look, ten times a second, whether the delay is over."""
        if self._ends_at is not None and time.monotonic() >= self._ends_at:
            self.should_exit = True
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let nobody in, answer who is connected and about to ask, and then end as uvicorn does."""
        for server in self.servers:
            server.close()
        ends = time.monotonic() + _LAST_QUESTIONS
        while self.server_state.connections and time.monotonic() < ends and not self.force_exit:
            await asyncio.sleep(0.02)
        await super().shutdown(sockets)
