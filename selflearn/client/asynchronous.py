"""The client for programs with an event loop (asyncio)."""

import asyncio
import ssl
from collections.abc import Iterable, Sequence
from datetime import datetime
from time import monotonic
from typing import Any, Literal

import httpx2

from selflearn.client.answers import Answer, Failure
from selflearn.client.counts import ClientCounts
from selflearn.client.exchange import Asked, Call, Exchange, Reply
from selflearn.client.saying import chunks, feedback_fields
from selflearn.client.settings import ClientSettings
from selflearn.client.waiting import WaitingFeedback
from selflearn.messages import Context, Hypothesis, RewriteRequest

__all__ = ["AsyncClient"]


class AsyncClient:
    """The same as `Client`, awaited. One serves one event loop.

    Parameters
    ----------
    address, key, settings, verify, transport
        As of `Client`.

    Examples
    --------
    >>> async with AsyncClient("http://127.0.0.1:8080", key="sl_…") as client:   # doctest: +SKIP
    ...     answer = await client.rewrite("living rome", customer_id="c1", context={"asked": "room"})
    ...     parse(answer.text)
    """

    def __init__(
        self,
        address: str,
        key: str | None = None,
        *,
        settings: ClientSettings | None = None,
        verify: ssl.SSLContext | None = None,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        settings = settings or ClientSettings()
        self._exchange = Exchange(address, key, settings)
        self._transport = transport or httpx2.AsyncHTTPTransport(
            verify=verify or True,
            trust_env=False,
            limits=httpx2.Limits(
                max_connections=settings.connections,
                max_keepalive_connections=settings.connections,
                keepalive_expiry=settings.keep_alive,
            ),
        )
        self._waiting = WaitingFeedback(settings)
        self._changed = asyncio.Event()
        self._sender: asyncio.Task[None] | None = None
        self._closed = False
        self._last_moment: float | None = None

    async def rewrite(
        self,
        utterance: str,
        *,
        customer_id: str | None = None,
        device_id: str | None = None,
        tenant_id: str | None = None,
        context: Context | dict[str, Any] | None = None,
        asr: Sequence[Hypothesis | dict[str, Any] | str] | None = None,
        request_id: str | None = None,
    ) -> Answer:
        """Ask what to parse instead of a request; see `Client.rewrite`."""
        asked = self._exchange.asked(
            {
                "utterance": utterance,
                "customer_id": customer_id,
                "device_id": device_id,
                "tenant_id": tenant_id,
                "context": context,
                "asr": asr,
                "request_id": request_id,
            }
        )
        if self._closed:
            return self._exchange.failed([asked], Failure.CLOSED)[0]
        return (await self._asked(self._exchange.single(asked), [asked]))[0]

    async def rewrite_batch(self, requests: Iterable[str | RewriteRequest | dict[str, Any]]) -> list[Answer]:
        """Ask for many at once; see `Client.rewrite_batch`."""
        asked = [self._exchange.asked(request) for request in requests]
        end = monotonic() + self._exchange.settings.batch_deadline
        answers: list[Answer] = []
        for part in chunks(asked):
            left = end - monotonic()
            if self._closed or left <= 0:
                answers += self._exchange.failed(part, Failure.CLOSED if self._closed else Failure.TIMEOUT)
            else:
                answers += await self._asked(self._exchange.batch(part, left), part)
        return answers

    def feedback(
        self,
        on: Answer | str,
        verdict: Literal["accepted", "rejected"],
        *,
        customer_id: str | None = None,
        turn_id: str | None = None,
        time: datetime | None = None,
    ) -> str | None:
        """Say whether a customer took a rewrite; see `Client.feedback`. It is not awaited: a task sends it."""
        fields = feedback_fields(on, verdict, customer_id, turn_id, time)
        if fields is None or self._closed or not self._waiting.add(fields, monotonic()):
            return None
        if self._sender is None:
            self._sender = asyncio.get_running_loop().create_task(self._send_feedback(), name="feedback")
        self._changed.set()
        return str(fields["feedback_id"])

    async def decision(self, request_id: str) -> dict[str, Any]:
        """Ask why a request was rewritten, or not; see `Client.decision`.

        Raises
        ------
        ApiRefused, ApiUnavailable
            There is none, or it may not be seen; or the API does not answer.
        """
        reply = await self._send(self._exchange.decision(request_id), self._exchange.settings.patience)
        return self._exchange.read_decision(reply)

    async def warm_up(self) -> bool:
        """Open a connection before the first customer waits for it; say whether the API answered."""
        reply = await self._send(self._exchange.health(), self._exchange.settings.patience)
        return isinstance(reply, Reply) and reply.status == 200

    @property
    def counts(self) -> ClientCounts:
        """What became of everything so far."""
        return self._exchange.counts(self._waiting)

    async def aclose(self) -> None:
        """Send what feedback waits, for `drain` seconds at most, and close the connections."""
        self._closed = True
        self._last_moment = monotonic() + self._exchange.settings.drain
        self._waiting.hurry(monotonic())
        self._changed.set()
        if self._sender is not None:
            await self._sender
            self._sender = None
        await self._transport.aclose()

    async def __aenter__(self) -> "AsyncClient":
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.aclose()

    async def _asked(self, call: Call | Failure, asked: Sequence[Asked]) -> list[Answer]:
        if isinstance(call, Failure):
            return self._exchange.failed(asked, call)
        reply: Reply | Failure | None = None
        try:
            reply = await self._send(call.request, call.deadline)
        finally:
            # Also where the caller's task is cancelled: a permit that is out is given back.
            answers = self._exchange.done(call, asked, reply)
        return answers

    async def _send(self, request: httpx2.Request, deadline: float) -> Reply | Failure:
        try:
            async with asyncio.timeout(deadline):
                try:
                    return await self._sent(request)
                except (httpx2.ReadError, httpx2.WriteError, httpx2.RemoteProtocolError):
                    # The server closed a kept connection just as it was used again. Asking twice does no harm.
                    return await self._sent(request)
        except (TimeoutError, httpx2.TimeoutException):
            return Failure.TIMEOUT
        except Exception as error:  # whatever it is, the original request goes on
            return self._exchange.unreachable(error)

    async def _sent(self, request: httpx2.Request) -> Reply:
        response = await self._transport.handle_async_request(request)
        try:
            return Reply(response.status_code, response.headers, await response.aread())
        finally:
            await response.aclose()

    async def _send_feedback(self) -> None:
        while True:
            now = monotonic()
            waiting = self._waiting.take(now)
            if waiting is not None:
                reply = await self._send(self._exchange.feedback(waiting.fields), self._patience(now))
                status, pause = self._exchange.delivered(reply)
                self._waiting.ended(waiting, status, monotonic(), pause)
            elif self._last_moment is not None and (not len(self._waiting) or now >= self._last_moment):
                self._waiting.give_up()
                return
            else:
                await self._wait(self._waiting.pause(now, self._last_moment))

    def _patience(self, now: float) -> float:
        patience = self._exchange.settings.patience
        return patience if self._last_moment is None else max(min(patience, self._last_moment - now), 0.001)

    async def _wait(self, seconds: float | None) -> None:
        """Wait until something changes, or a time has passed."""
        try:
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        except TimeoutError:
            return
        self._changed.clear()
