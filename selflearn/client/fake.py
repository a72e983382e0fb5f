"""The API as a fake, for the tests of pipelines that ask it."""

from collections.abc import Mapping
from typing import Any

import httpx2
import orjson

__all__ = ["FakeApi"]


class FakeApi(httpx2.BaseTransport, httpx2.AsyncBaseTransport):
    """Answers from a mapping, and fails when it is told to. It is the `transport` of a client of either kind.

    Parameters
    ----------
    rewrites
        What to say instead, by what is said.

    Attributes
    ----------
    failing
        None; a status with which everything is answered; or an error that everything raises.
    asked
        Every request for a rewrite that arrived, as its fields.
    feedback
        What arrived of feedback, by its id.
    tries
        How many requests arrived, those that failed included.

    Examples
    --------
    >>> from selflearn.client import Client, FakeApi
    >>> api = FakeApi({"living rome": "living room"})
    >>> client = Client("http://api", transport=api)
    >>> client.rewrite("living rome").text
    'living room'
    >>> api.failing = 503
    >>> answer = client.rewrite("living rome")
    >>> answer.text, answer.failed_open.value
    ('living rome', 'server_error')
    """

    def __init__(self, rewrites: Mapping[str, str] | None = None) -> None:
        self.rewrites = dict(rewrites or {})
        self.failing: int | Exception | None = None
        self.asked: list[dict[str, Any]] = []
        self.feedback: dict[str, dict[str, Any]] = {}
        self.tries = 0

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Answer one request."""
        return self._answer(request, request.read())

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Answer one request."""
        return self._answer(request, await request.aread())

    def _answer(self, request: httpx2.Request, body: bytes) -> httpx2.Response:
        self.tries += 1
        if isinstance(self.failing, Exception):
            raise self.failing
        if self.failing is not None:
            problem = {"type": "urn:selflearn:problem:internal", "detail": "told to fail"}
            return httpx2.Response(self.failing, json=problem)
        match request.url.path.split("/")[1:]:
            case ["healthz"]:
                return httpx2.Response(200, json={"status": "ok"})
            case ["v1", "rewrite"]:
                return httpx2.Response(200, json=self._rewritten(orjson.loads(body)))
            case ["v1", "rewrite:batch"]:
                answers = [self._rewritten(one) for one in orjson.loads(body)["requests"]]
                return httpx2.Response(200, json={"answers": answers, "table_version": "fake"})
            case ["v1", "feedback"]:
                fields = orjson.loads(body)
                repeated = fields["feedback_id"] in self.feedback
                self.feedback[fields["feedback_id"]] = fields
                return httpx2.Response(200, json={"feedback_id": fields["feedback_id"], "repeated": repeated})
            case ["v1", "decisions", name] if any(one["request_id"] == name for one in self.asked):
                return httpx2.Response(200, json={"request_id": name, "why": "a fake decided"})
        problem = {"type": "urn:selflearn:problem:not-found", "detail": "the fake has nothing there"}
        return httpx2.Response(404, json=problem)

    def _rewritten(self, fields: dict[str, Any]) -> dict[str, Any]:
        self.asked.append(fields)
        rewrite = self.rewrites.get(fields["utterance"])
        return {
            "request_id": fields["request_id"],
            "rewrite": rewrite,
            "interpretation": None,
            "source": None if rewrite is None else "table",
            "win_probability": None if rewrite is None else 1.0,
            "table_version": "fake",
            "outcome": "no_rewrite" if rewrite is None else "rewritten",
        }
