"""The client for programs with threads."""

import ssl
import threading
from collections.abc import Iterable, Sequence
from datetime import datetime
from time import monotonic
from typing import Any, Literal

import httpx2

from selflearn.client.answers import Answer, Failure
from selflearn.client.counts import ClientCounts
from selflearn.client.deadline import DeadlineTransport, until
from selflearn.client.exchange import Asked, Call, Exchange, Reply
from selflearn.client.saying import chunks, feedback_fields
from selflearn.client.settings import ClientSettings
from selflearn.client.waiting import WaitingFeedback
from selflearn.messages import Context, Hypothesis, RewriteRequest

__all__ = ["Client"]


class Client:
    """Asks the API for rewrites. Threads may share one; make one for the whole program, so that connections are kept.

    A rewrite never raises and never takes longer than the deadline: whatever goes wrong, the original request goes
    on, and the answer says why.

    Parameters
    ----------
    address
        `http://host:port`.
    key
        The API key.
    settings
        Deadlines, circuit breaker, connections, feedback.
    verify
        Certificates, where the machine's own do not do.
    transport
        What sends, instead of the network: a `FakeApi` in tests.

    Raises
    ------
    ValueError
        The address is none.

    Examples
    --------
    >>> with Client("http://127.0.0.1:8080", key="sl_…") as client:              # doctest: +SKIP
    ...     answer = client.rewrite("living rome", customer_id="c1", context={"asked": "room"})
    ...     parse(answer.text)
    """

    def __init__(
        self,
        address: str,
        key: str | None = None,
        *,
        settings: ClientSettings | None = None,
        verify: ssl.SSLContext | None = None,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        settings = settings or ClientSettings()
        self._exchange = Exchange(address, key, settings)
        self._transport = transport or DeadlineTransport(settings.connections, settings.keep_alive, verify)
        self._waiting = WaitingFeedback(settings)
        self._changed = threading.Condition()
        self._sender: threading.Thread | None = None
        self._closed = False
        self._last_moment: float | None = None

    def rewrite(
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
        """Ask what to parse instead of a request.

        Parameters
        ----------
        utterance
            The request: the recogniser's best hypothesis, or the text typed.
        customer_id, device_id
            Who asks.
        tenant_id
            Whose table answers; the key's own where None.
        context
            What the assistant had said: `asked` and `prompt`.
        asr
            The n-best, best first: texts, or texts with scores.
        request_id
            Made where None.

        Returns
        -------
        Answer
            Its `text` is what to parse, whatever happened.
        """
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
        return self._asked(self._exchange.single(asked), [asked])[0]

    def rewrite_batch(self, requests: Iterable[str | RewriteRequest | dict[str, Any]]) -> list[Answer]:
        """Ask for many at once; each gets its answer, in order, within `batch_deadline` for all.

        Parameters
        ----------
        requests
            Utterances, or requests with all that belongs to them.
        """
        asked = [self._exchange.asked(request) for request in requests]
        end = monotonic() + self._exchange.settings.batch_deadline
        answers: list[Answer] = []
        for part in chunks(asked):
            left = end - monotonic()
            if self._closed or left <= 0:
                answers += self._exchange.failed(part, Failure.CLOSED if self._closed else Failure.TIMEOUT)
            else:
                answers += self._asked(self._exchange.batch(part, left), part)
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
        """Say whether a customer took a rewrite. It is sent in the background, and again where that fails.

        Parameters
        ----------
        on
            The answer, or its request id.
        verdict
            `accepted` or `rejected`.
        customer_id
            Who said it; the customer of the request where None.
        turn_id
            The turn that carried it, where the log has one.
        time
            When; now where None.

        Returns
        -------
        str or None
            The id of the feedback, the same in every try; None where it is not sent: the queue is full, or the
            API never heard of the request.
        """
        fields = feedback_fields(on, verdict, customer_id, turn_id, time)
        if fields is None:
            return None
        with self._changed:
            if self._closed or not self._waiting.add(fields, monotonic()):
                return None
            if self._sender is None:
                self._sender = threading.Thread(target=self._send_feedback, name="feedback", daemon=True)
                self._sender.start()
            self._changed.notify_all()
        return str(fields["feedback_id"])

    def decision(self, request_id: str) -> dict[str, Any]:
        """Ask why a request was rewritten, or not. For people: it may take its time, and it raises.

        Raises
        ------
        ApiRefused
            There is no such decision, or the key may not see it.
        ApiUnavailable
            The API does not answer.
        """
        reply = self._send(self._exchange.decision(request_id), self._exchange.settings.patience)
        return self._exchange.read_decision(reply)

    def warm_up(self) -> bool:
        """Open a connection before the first customer waits for it; say whether the API answered."""
        reply = self._send(self._exchange.health(), self._exchange.settings.patience)
        return isinstance(reply, Reply) and reply.status == 200

    @property
    def counts(self) -> ClientCounts:
        """What became of everything so far."""
        return self._exchange.counts(self._waiting)

    def close(self) -> None:
        """Send what feedback waits, for `drain` seconds at most, and close the connections."""
        with self._changed:
            self._closed = True
            self._last_moment = monotonic() + self._exchange.settings.drain
            self._waiting.hurry(monotonic())
            self._changed.notify_all()
        if self._sender is not None:
            self._sender.join()
            self._sender = None
        self._transport.close()

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _asked(self, call: Call | Failure, asked: Sequence[Asked]) -> list[Answer]:
        if isinstance(call, Failure):
            return self._exchange.failed(asked, call)
        reply: Reply | Failure | None = None
        try:
            reply = self._send(call.request, call.deadline)
        finally:
            # Also where the caller's own Ctrl-C ends it: a permit that is out is given back.
            answers = self._exchange.done(call, asked, reply)
        return answers

    def _send(self, request: httpx2.Request, deadline: float) -> Reply | Failure:
        try:
            with until(deadline):
                try:
                    return self._sent(request)
                except (httpx2.ReadError, httpx2.WriteError, httpx2.RemoteProtocolError):
                    # The server closed a kept connection just as it was used again. Asking twice does no harm.
                    return self._sent(request)
        except httpx2.TimeoutException:
            return Failure.TIMEOUT
        except Exception as error:  # whatever it is, the original request goes on
            return self._exchange.unreachable(error)

    def _sent(self, request: httpx2.Request) -> Reply:
        response = self._transport.handle_request(request)
        try:
            return Reply(response.status_code, response.headers, response.read())
        finally:
            response.close()

    def _send_feedback(self) -> None:
        while True:
            with self._changed:
                now = monotonic()
                waiting = self._waiting.take(now)
                if waiting is None:
                    if self._last_moment is not None and (not len(self._waiting) or now >= self._last_moment):
                        self._waiting.give_up()
                        return
                    self._changed.wait(self._waiting.pause(now, self._last_moment))
                    continue
            reply = self._send(self._exchange.feedback(waiting.fields), self._patience(now))
            status, pause = self._exchange.delivered(reply)
            with self._changed:
                self._waiting.ended(waiting, status, monotonic(), pause)

    def _patience(self, now: float) -> float:
        patience = self._exchange.settings.patience
        return patience if self._last_moment is None else max(min(patience, self._last_moment - now), 0.001)
