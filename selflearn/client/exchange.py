"""What is sent and what the replies mean: all of a client but the sending, so that both kinds of client share it."""

import logging
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import uuid4

import httpx2
import orjson
from pydantic import BaseModel

from selflearn.client.answers import Answer, Failure
from selflearn.client.breaker import CircuitBreaker
from selflearn.client.counts import ClientCounts
from selflearn.client.reading import BadAnswer, read_answers
from selflearn.client.settings import ClientSettings
from selflearn.client.waiting import WaitingFeedback
from selflearn.errors import ApiRefused, ApiUnavailable
from selflearn.messages import RewriteRequest

__all__ = ["Asked", "Call", "Exchange", "Reply"]

_log = logging.getLogger("selflearn.client")

_REWRITE, _BATCH, _FEEDBACK = "/v1/rewrite", "/v1/rewrite:batch", "/v1/feedback"


@dataclass(frozen=True, slots=True)
class Asked:
    """One request for a rewrite: what goes on where nothing comes back, and what is sent."""

    original: str
    request_id: str
    fields: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """A request that may be sent now, until `deadline` seconds from now."""

    request: httpx2.Request
    deadline: float
    permit: int


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Exchange:
    """Makes requests, reads replies, and decides whether to ask at all. It does no I/O; threads may share it.

    Parameters
    ----------
    address
        `http://host:port`, with a path where the API is below one.
    key
        The API key; None sends none.
    settings
        How long to wait, and when to stop asking.
    clock
        Seconds, never going back.
    breaker
        Who says whether to ask.

    Raises
    ------
    ValueError
        The address is none.
    """

    def __init__(
        self,
        address: str,
        key: str | None,
        settings: ClientSettings,
        *,
        clock: Callable[[], float] = time.monotonic,
        breaker: CircuitBreaker | None = None,
    ) -> None:
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise ValueError(f"an address is http://host:port or https://host, not {address!r}")
        self.settings = settings
        self.breaker = breaker or CircuitBreaker(settings, clock=clock)
        self.outcomes: Counter[str] = Counter()
        self.failures: Counter[str] = Counter()
        self._base = address.rstrip("/")
        self._headers = {"content-type": "application/json", "accept": "application/json"}
        if key is not None:
            self._headers["authorization"] = f"Bearer {key}"
        self._clock = clock
        self._urls = {path: httpx2.URL(self._base + path) for path in (_REWRITE, _BATCH, _FEEDBACK)}
        self._paused_until = 0.0
        self._unreachable = ""
        self._said: set[tuple[int, str]] = set()
        self._counting = threading.Lock()

    def asked(self, request: str | RewriteRequest | Mapping[str, Any]) -> Asked:
        """Take a request in any of its forms, and give it an id where it has none."""
        match request:
            case str():
                fields: dict[str, Any] = {"utterance": request}
            case RewriteRequest():
                fields = request.model_dump(mode="json", exclude_none=True)
            case _:
                fields = {name: _plain(value) for name, value in request.items() if value is not None}
                fields.setdefault("utterance", None)
        request_id = fields.setdefault("request_id", uuid4().hex)
        return Asked(fields["utterance"], request_id, fields)

    def single(self, asked: Asked) -> Call | Failure:
        """Begin to ask for one."""
        return self._begin(_REWRITE, asked.fields, self.settings.deadline, [asked])

    def batch(self, asked: Sequence[Asked], deadline: float) -> Call | Failure:
        """Begin to ask for many."""
        return self._begin(_BATCH, {"requests": [one.fields for one in asked]}, deadline, asked)

    def done(self, call: Call, asked: Sequence[Asked], reply: Reply | Failure | None) -> list[Answer]:
        """End a call: tell the breaker, and give every request its answer.

        Parameters
        ----------
        call
            What was sent.
        asked
            What was asked with it, in order.
        reply
            What came back, or why nothing did; None: the caller gave up waiting.
        """
        if reply is None:
            self.breaker.returned(call.permit)
            return []
        result = reply if isinstance(reply, Failure) else self._read(asked, reply)
        if isinstance(result, Failure) and result in _BREAKING:
            if self.breaker.failed(call.permit):
                _log.warning(
                    "the API is not asked for a while (%s%s): requests go on as they are",
                    result.value,
                    f": {self._unreachable}" if result is Failure.UNREACHABLE else "",
                )
        elif self.breaker.succeeded(call.permit):
            _log.warning("the API answers again")
        return self.failed(asked, result) if isinstance(result, Failure) else self._counted(result)

    def failed(self, asked: Sequence[Asked], failure: Failure) -> list[Answer]:
        """Let the originals go on."""
        with self._counting:
            self.failures[failure.value] += len(asked)
        return [Answer(one.original, one.original, one.request_id, "failed_open", failure) for one in asked]

    def health(self) -> httpx2.Request:
        """Make a request that opens a connection."""
        return self._request("GET", httpx2.URL(self._base + "/healthz"), None, self.settings.patience)

    def feedback(self, fields: Mapping[str, Any]) -> httpx2.Request:
        """Make a request that gives feedback."""
        return self._request("POST", self._urls[_FEEDBACK], orjson.dumps(fields), self.settings.patience)

    def decision(self, request_id: str) -> httpx2.Request:
        """Make a request for a decision."""
        url = httpx2.URL(f"{self._base}/v1/decisions/{quote(request_id, safe='')}")
        return self._request("GET", url, None, self.settings.patience)

    def read_decision(self, reply: Reply | Failure) -> dict[str, Any]:
        """Read a decision.

        Raises
        ------
        ApiRefused, ApiUnavailable
            There is none, or it may not be seen; or the API does not answer.
        """
        if isinstance(reply, Failure):
            raise ApiUnavailable(f"the API did not answer: {reply.value}")
        if reply.status != 200:
            raise ApiRefused(reply.status, *_problem(reply))
        try:
            read = orjson.loads(reply.body)
        except ValueError:
            read = None
        if not isinstance(read, dict):
            raise ApiUnavailable("what answered is not the API: its answer is no decision")
        return read

    def counts(self, waiting: WaitingFeedback) -> ClientCounts:
        """Put together what became of everything so far."""
        with self._counting:
            outcomes, failures = dict(self.outcomes), dict(self.failures)
        return ClientCounts(
            outcomes=outcomes,
            failures=failures,
            breaker=self.breaker.state,
            opened=self.breaker.opened,
            feedback_waiting=len(waiting),
            feedback_sent=waiting.sent,
            feedback_dropped=waiting.dropped,
        )

    def unreachable(self, error: Exception) -> Failure:
        """Take why nothing came back, to be logged when the breaker opens: a refused connection, a certificate."""
        self._unreachable = f"{type(error).__name__}: {error}"[:300]
        return Failure.UNREACHABLE

    def delivered(self, reply: Reply | Failure) -> tuple[int | None, float | None]:
        """Read what became of feedback: the status, where there is one, and how long the API asks to wait."""
        if isinstance(reply, Failure):
            return None, None
        if 400 <= reply.status < 500 and reply.status not in (404, 408, 429):
            self.complain(reply)
        return reply.status, self.pause_of(reply)

    def pause_of(self, reply: Reply) -> float | None:
        """Read `retry-after`, in seconds from now, up to the longest pause; None where there is none."""
        said = reply.headers.get("retry-after")
        if said is None:
            return None
        try:
            seconds = float(said)
        except ValueError:
            try:
                seconds = (parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds()
            except (TypeError, ValueError):
                return None
        # `not >=`, so that a NaN ends here too.
        return min(seconds, self.settings.longest_pause) if seconds >= 0 else 0.0

    def complain(self, reply: Reply) -> None:
        """Log a refusal, loud and once a kind: somebody has to mend it, and the requests still go on."""
        problem, detail = _problem(reply)
        with self._counting:
            if (reply.status, problem) in self._said:
                return
            self._said.add((reply.status, problem))
        # The detail of 422 may quote what was sent.
        told = "" if reply.status in (400, 422) else f": {detail}"
        _log.error(
            "the API refuses what this client sends (status %d, %s)%s; requests go on as they are; this is said once",
            reply.status,
            problem,
            told,
        )

    def _begin(self, path: str, fields: Any, deadline: float, asked: Sequence[Asked]) -> Call | Failure:
        if not all(isinstance(one.original, str) for one in asked):
            return self._unsendable()
        if self._paused_until and self._clock() < self._paused_until:
            return Failure.RATE_LIMITED
        permit = self.breaker.permit()
        if permit is None:
            return Failure.BREAKER_OPEN
        try:
            request = self._request("POST", self._urls[path], orjson.dumps(fields), deadline)
        except (TypeError, ValueError):
            self.breaker.returned(permit)
            return self._unsendable()
        return Call(request, deadline, permit)

    def _request(self, method: str, url: httpx2.URL, body: bytes | None, deadline: float) -> httpx2.Request:
        timeout = dict.fromkeys(("connect", "read", "write", "pool"), deadline)
        headers = _traced(self._headers)
        return httpx2.Request(method, url, headers=headers, content=body, extensions={"timeout": timeout})

    def _unsendable(self) -> Failure:
        with self._counting:
            said = (0, "") in self._said
            self._said.add((0, ""))
        if not said:
            _log.error(
                "a request holds what is no text, or what JSON cannot hold; it goes on as it is; this is said once"
            )
        return Failure.INVALID_REQUEST

    def _read(self, asked: Sequence[Asked], reply: Reply) -> list[Answer] | Failure:
        match reply.status:
            case 200:
                try:
                    return read_answers([(one.original, one.request_id) for one in asked], reply.body)
                except BadAnswer:
                    return Failure.BAD_ANSWER
            case 429:
                pause = self.pause_of(reply)
                if pause:
                    self._paused_until = self._clock() + pause
                return Failure.RATE_LIMITED
            case 400 | 413 | 422:
                self.complain(reply)
                return Failure.INVALID_REQUEST
            case status if 400 <= status < 500 and status != 408:
                self.complain(reply)
                return Failure.REFUSED
            case status if status >= 500 or status == 408:
                return Failure.SERVER_ERROR
            case _:
                # Another 2xx, or a redirect: whatever answers there is not the API.
                self.complain(reply)
                return Failure.BAD_ANSWER

    def _counted(self, answers: list[Answer]) -> list[Answer]:
        with self._counting:
            for answer in answers:
                self.outcomes[answer.outcome] += 1
        return answers


#: What speaks of an API that is ill; the others come from one that is well.
_BREAKING = frozenset({Failure.TIMEOUT, Failure.UNREACHABLE, Failure.SERVER_ERROR, Failure.BAD_ANSWER})


def _plain(value: Any) -> Any:
    """Turn a field that a caller gave into what JSON holds."""
    match value:
        case BaseModel():
            return value.model_dump(mode="json", exclude_none=True)
        case list() | tuple():
            return [{"text": one} if isinstance(one, str) else _plain(one) for one in value]
        case _:
            return value


def _traced(headers: dict[str, str]) -> dict[str, str]:
    """Hand the caller's trace on, where it traces: who has not loaded OpenTelemetry has no trace."""
    if "opentelemetry.trace" not in sys.modules:
        return headers
    from opentelemetry.propagate import inject

    carried = dict(headers)
    inject(carried)
    return carried


def _problem(reply: Reply) -> tuple[str, str]:
    """Read type and detail of a problem document, whatever answered."""
    try:
        read = orjson.loads(reply.body)
        return str(read["type"])[:200], str(read["detail"])[:500]
    except (ValueError, KeyError, TypeError):
        return "about:blank", "no problem document; is this the API's address?"
