"""A direct route answers and refuses as FastAPI's own would."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from selflearn.api.direct import DirectAPI, direct
from selflearn.api.refusals import refuse_with_problems
from selflearn.messages import Outcome, RewriteAnswer, RewriteRequest


def _answer_to(asked):
    return RewriteAnswer(
        request_id="r",
        outcome=Outcome.NO_REWRITE,
        rewrite=asked.utterance,
        interpretation=None,
        source=None,
        win_probability=None,
        table_version="v",
    )


class Stamping:
    """Middleware that says that it was there."""

    def __init__(self, app, stamp):
        self._app = app
        self._stamp = stamp

    async def __call__(self, scope, receive, send):
        async def stamping(message):
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"x-stamp", self._stamp)]
            await send(message)

        await self._app(scope, receive, stamping)


@pytest.fixture(scope="module")
def client():
    app = DirectAPI()
    refuse_with_problems(app)
    app.add_middleware(Stamping, stamp=b"inner")
    app.add_middleware(Stamping, stamp=b"outer")

    async def declared(asked: RewriteRequest) -> RewriteAnswer:
        return _answer_to(asked)

    def work(scope, asked):
        assert scope["route"].path == "/direct"
        assert scope["app"] is app
        return _answer_to(asked).model_dump_json().encode()

    app.router.add_api_route("/ordinary", declared, methods=["POST"], response_model=RewriteAnswer)
    app.router.add_api_route(
        "/direct",
        declared,
        methods=["POST"],
        response_model=RewriteAnswer,
        route_class_override=direct(RewriteRequest, work),
    )
    with TestClient(app) as client:
        yield client


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
_NEARLY = st.fixed_dictionaries(
    {"utterance": st.text(max_size=30) | _JSON},
    optional={
        "asr": st.lists(st.fixed_dictionaries({"text": st.text(max_size=5), "score": _JSON}), max_size=2)
        | _JSON,
        "context": st.fixed_dictionaries({"asked": st.text(max_size=5) | st.none()}) | _JSON,
        "customer_id": st.text(max_size=5) | _JSON,
        "unknown": _JSON,
    },
)
_BODIES = (_JSON | _NEARLY).map(lambda value: json.dumps(value).encode()) | st.binary(max_size=40)
_TYPES = st.sampled_from(
    [
        "application/json",
        "Application/JSON; charset=utf-8",
        "application/x+json",
        "text/plain",
        "",
        "application/jsonx",
    ]
)


@given(_BODIES, _TYPES)
@example(b'{"utterance": "\\ud800"}', "application/json")
@example(b'{"utterance": "a", "asr": [{"text": "a", "score": NaN}]}', "application/json")
@example(b'{"utterance": "a", "utterance": "b"}', "application/json")
@example(b'\xef\xbb\xbf{"utterance": "a"}', "application/json")
@example('{"utterance": "a"}'.encode("utf-16"), "application/json")
@example(b"[" * 5000, "application/json")
@example(b"", "application/json")
def test_the_same_answer_or_the_same_refusal(client, body, content_type):
    headers = {"content-type": content_type} if content_type else {}
    ordinary, ours = (
        client.post(f"/{path}", content=body, headers=headers) for path in ("ordinary", "direct")
    )
    assert ours.status_code == ordinary.status_code, (ordinary.text, ours.text)
    assert ours.headers["content-type"] == ordinary.headers["content-type"]
    assert ours.json() == ordinary.json()
    assert ours.headers["x-stamp"] == ordinary.headers["x-stamp"] == "inner, outer"
