"""A bound on the request's body, kept before anything reads it."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from selflearn.api.problems import problem_response

__all__ = ["BodyLimit"]


class BodyLimit:
    """ASGI middleware: a body that is longer than the limit is answered with status 413.

    Parameters
    ----------
    app
        What answers the others.
    max_bytes
        The limit.
    """

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the body up to the limit, and hand it on or refuse it."""
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD", "OPTIONS"):
            await self._app(scope, receive, send)
            return
        length, certain = _announced(scope)
        if certain and length <= self._max_bytes:
            await self._app(scope, receive, send)
            return
        # A length that is announced too long is refused at once; one that is not sure, or absent, as it is read.
        read: list[Message] = []
        while length <= self._max_bytes:
            message = await receive()
            read.append(message)
            length = max(length, sum(len(part.get("body", b"")) for part in read))
            if not message.get("more_body", False):
                break
        if length > self._max_bytes:
            refusal = problem_response("too-large", f"the body may have {self._max_bytes} bytes; send less")
            await refusal(scope, receive, send)
            return

        async def replay() -> Message:
            return read.pop(0) if read else await receive()

        await self._app(scope, replay, send)


def _announced(scope: Scope) -> tuple[int, bool]:
    """Return the length that a request says it has, and whether it can have no other.

    The server reads as many bytes as were announced and no more (RFC 9112, 6.3), unless the body comes in chunks.
    """
    length, certain = 0, False
    for name, value in scope["headers"]:
        if name == b"transfer-encoding":
            return 0, False
        if name == b"content-length" and value.isdigit():
            length, certain = int(value), True
    return length, certain
