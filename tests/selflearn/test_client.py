"""The client, of both kinds: whatever becomes of the API, there is a text to parse within the deadline."""

import asyncio
import json
import logging
import subprocess
import sys
import time
from datetime import UTC, datetime

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from selflearn.client import (
    ApiRefused,
    AsyncClient,
    Client,
    ClientSettings,
    Context,
    Failure,
    FakeApi,
    RewriteRequest,
)
from selflearn.client.exchange import Exchange, Reply
from tests.selflearn.clients import GOOD, QUICK


def test_what_to_parse_and_what_is_known_of_it(kind):
    api = FakeApi({"living rome": "living room"})
    with kind("http://api", "sl_k", transport=api) as client:
        answer = client.rewrite(
            "living rome",
            customer_id="c1",
            context=Context(asked="room"),
            asr=["living rome", {"text": "living room", "score": -1.0}],
        )
        assert (answer.text, answer.original, answer.rewritten) == ("living room", "living rome", True)
        assert (answer.outcome, answer.failed_open, answer.table_version) == ("rewritten", None, "fake")
        assert api.asked == [
            {
                "utterance": "living rome",
                "customer_id": "c1",
                "context": {"asked": "room"},
                "asr": [{"text": "living rome"}, {"text": "living room", "score": -1.0}],
                "request_id": answer.request_id,
            }
        ]
        alone = client.rewrite("stop", request_id="mine")
        assert (alone.text, alone.rewritten, alone.outcome, alone.request_id) == (
            "stop",
            False,
            "no_rewrite",
            "mine",
        )
        assert client.counts.outcomes == {"rewritten": 1, "no_rewrite": 1}


def test_a_batch_keeps_its_order_however_long(kind):
    api = FakeApi({"a": "b"})
    with kind("http://api", transport=api, settings=ClientSettings(batch_deadline=30)) as client:
        answers = client.rewrite_batch(
            ["a", RewriteRequest(utterance="x", request_id="r"), {"utterance": "a"}] * 700
        )
        assert [a.text for a in answers] == ["b", "x", "b"] * 700
        assert answers[1].request_id == "r"
        assert api.tries == 3
        assert client.rewrite_batch([]) == []


@pytest.mark.parametrize(
    ("failing", "failure"),
    [
        (httpx2.ConnectError("refused"), Failure.UNREACHABLE),
        (httpx2.ReadTimeout("slow"), Failure.TIMEOUT),
        (httpx2.RemoteProtocolError("nonsense"), Failure.UNREACHABLE),
        (KeyError("a fault in the transport"), Failure.UNREACHABLE),
        (500, Failure.SERVER_ERROR),
        (503, Failure.SERVER_ERROR),
        (408, Failure.SERVER_ERROR),
        (401, Failure.REFUSED),
        (403, Failure.REFUSED),
        (404, Failure.REFUSED),
        (422, Failure.INVALID_REQUEST),
        (413, Failure.INVALID_REQUEST),
        (429, Failure.RATE_LIMITED),
        (302, Failure.BAD_ANSWER),
        (204, Failure.BAD_ANSWER),
    ],
)
def test_whatever_fails_the_original_goes_on(kind, failing, failure):
    api = FakeApi({"living rome": "living room"})
    api.failing = failing
    with kind("http://api", transport=api) as client:
        answers = [client.rewrite("living rome", request_id="r1"), *client.rewrite_batch(["living rome"])]
        assert [(a.text, a.outcome, a.failed_open) for a in answers] == [
            ("living rome", "failed_open", failure)
        ] * 2
        assert answers[0].request_id == "r1"
        assert answers[1].request_id
        assert client.counts.failures == {failure: 2}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>portal</html>",
        b"[]",
        b"null",
        b"{}",
        json.dumps(GOOD | {"rewrite": 3}).encode(),
        json.dumps(GOOD | {"rewrite": " "}).encode(),
        json.dumps(GOOD | {"rewrite": None}).encode(),
        json.dumps(GOOD | {"request_id": "another's"}).encode(),
        json.dumps(GOOD | {"interpretation": {"slots": 3}}).encode(),
        json.dumps({"answers": []}).encode(),
        json.dumps({"answers": [GOOD, GOOD]}).encode(),
        json.dumps({"answers": 3}).encode(),
        b"\xff" * 100,
    ],
)
def test_what_is_no_answer_is_none(kind, body):
    transport = httpx2.MockTransport(lambda request: httpx2.Response(200, content=body))
    with kind("http://api", transport=transport) as client:
        assert client.rewrite("a", request_id="r").failed_open is Failure.BAD_ANSWER


def test_an_answer_of_a_newer_api_is_read(kind):
    newer = GOOD | {"news": [1], "rewrite": None, "outcome": "of_the_future"}
    transport = httpx2.MockTransport(lambda request: httpx2.Response(200, json=newer))
    with kind("http://api", transport=transport) as client:
        answer = client.rewrite("a", request_id="r")
        assert (answer.text, answer.outcome, answer.failed_open) == ("a", "of_the_future", None)


@given(body=st.one_of(st.binary(max_size=200), st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["answers", *GOOD, "interpretation"]), inner, max_size=6),
    max_leaves=8,
).map(lambda value: json.dumps(value).encode())), status=st.integers(200, 599))  # fmt: skip
def test_no_reply_raises(body, status):
    transport = httpx2.MockTransport(lambda request: httpx2.Response(status, content=body))
    client = Client("http://api", transport=transport, settings=ClientSettings(failures=10**6))
    answer = client.rewrite("words of mine", request_id="r")
    assert answer.text == "words of mine" or answer.rewritten


@pytest.mark.parametrize("utterance", ["\ud800", None, {1, 2}])
def test_what_cannot_be_sent_goes_on_as_it_is(kind, utterance):
    with kind("http://api", transport=FakeApi()) as client:
        answer = client.rewrite(utterance, context={"asked": object()})
        assert (answer.text, answer.failed_open) == (utterance, Failure.INVALID_REQUEST)
        assert client.rewrite("a").failed_open is None


def test_the_breaker_stops_asking_and_tries_again(kind):
    api = FakeApi({"a": "b"})
    settings = ClientSettings(failures=2, cool_down=0.05, jitter=0.0)
    with kind("http://api", transport=api, settings=settings) as client:
        api.failing = 500
        while client.rewrite("a").failed_open is not Failure.BREAKER_OPEN:
            pass
        assert api.tries >= 2
        api.failing = None
        while (answer := client.rewrite("a")).failed_open is Failure.BREAKER_OPEN:
            time.sleep(0.01)
        assert answer.text == "b"
        assert client.counts.breaker == "closed"


def test_what_is_refused_is_no_reason_to_stop_asking_and_is_said_once(kind, caplog):
    api = FakeApi()
    api.failing = 401
    with kind("http://api", "sl_secret", transport=api, settings=QUICK) as client:
        for _ in range(10):
            client.rewrite("words of mine", customer_id="mrs-miller")
        assert api.tries == 10
        assert client.counts.failures == {"refused": 10}
    loud = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert len(loud) == 1
    assert "401" in loud[0].getMessage()
    for secret in ("sl_secret", "words of mine", "mrs-miller"):
        assert secret not in caplog.text


def test_an_api_that_asks_for_a_pause_gets_it(kind):
    replies = [
        httpx2.Response(429, headers={"retry-after": "0.2"}),
        httpx2.Response(200, json=GOOD),
    ]
    asked = []

    def answer(request):
        asked.append(time.monotonic())
        return replies.pop(0)

    with kind("http://api", transport=httpx2.MockTransport(answer)) as client:
        assert client.rewrite("a", request_id="r").failed_open is Failure.RATE_LIMITED
        while (again := client.rewrite("a", request_id="r")).failed_open is Failure.RATE_LIMITED:
            time.sleep(0.01)
        assert again.text == "b"
    assert asked[1] - asked[0] >= 0.2


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("7", 7.0), ("1e9", 60.0), ("-3", 0.0), ("nan", 0.0), ("soon", None), (None, None)],
)
def test_retry_after(said, seconds):
    exchange = Exchange("http://api", None, ClientSettings())
    assert exchange.pause_of(Reply(429, {} if said is None else {"retry-after": said}, b"")) == seconds


def test_retry_after_as_a_date():
    exchange = Exchange("http://api", None, ClientSettings(longest_pause=1e12))
    pause = exchange.pause_of(Reply(429, {"retry-after": "Fri, 01 Jan 2100 00:00:00 GMT"}, b""))
    assert pause == pytest.approx(
        (datetime(2100, 1, 1, tzinfo=UTC) - datetime.now(UTC)).total_seconds(), abs=9
    )


def test_why(kind):
    api = FakeApi({"a": "b"})
    with kind("http://api", transport=api) as client:
        answer = client.rewrite("a")
        assert client.decision(answer.request_id)["why"]
        with pytest.raises(ApiRefused) as refused:
            client.decision("another's/../x")
        assert (refused.value.status, refused.value.problem) == (404, "urn:selflearn:problem:not-found")
        assert client.warm_up()


@pytest.mark.parametrize("address", ["", "127.0.0.1:8080", "ftp://a", "http://", "http://a/?x=1"])
def test_an_address_that_is_none(kind, address):
    with pytest.raises(ValueError, match="an address is"):
        kind(address)


@pytest.mark.parametrize(
    "wrong", [{"deadline": 0}, {"failures": 0}, {"rate": 0.0}, {"rate": 2.0}, {"jitter": -1}, {"window": 0}]
)
def test_settings_that_cannot_be_meant(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        ClientSettings(**wrong)


def test_cancelled_while_it_tries_the_next_may_try():
    """A pipeline that gives up on its own must not leave the breaker waiting for a try that never ends."""

    async def run():
        settings = ClientSettings(failures=1, cool_down=0.01, jitter=0.0, deadline=30)
        hang = asyncio.Event()
        replies = ["fail", "hang", "answer"]

        async def answer(request):
            what = replies.pop(0)
            if what == "fail":
                raise httpx2.ConnectError("refused")
            if what == "hang":
                await hang.wait()
            return httpx2.Response(200, json=GOOD)

        client = AsyncClient("http://api", transport=httpx2.MockTransport(answer), settings=settings)
        await client.rewrite("a", request_id="r")
        await asyncio.sleep(0.02)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(client.rewrite("a", request_id="r"), 0.05)
        return await client.rewrite("a", request_id="r")

    assert asyncio.run(run()).text == "b"


def test_it_needs_neither_the_server_nor_learning_and_says_what_it_needs():
    code = (
        "import sys\n"
        "class Without:\n"
        "    def find_spec(self, name, *rest):\n"
        "        if name.split('.')[0] in {GONE}: raise ModuleNotFoundError(name, name=name)\n"
        "sys.meta_path.insert(0, Without())\n"
        "from selflearn.client import Client, FakeApi\n"
        "print(Client('http://api', transport=FakeApi({'a': 'b'})).rewrite('a').text)"
    )

    def run(gone):
        return subprocess.run(
            [sys.executable, "-c", code.replace("GONE", repr(gone)[1:-1])], capture_output=True, text=True
        )

    without = {
        "fastapi",
        "starlette",
        "uvicorn",
        "pyarrow",
        "duckdb",
        "sqlalchemy",
        "opentelemetry",
        "msgspec",
        "numba",
    }
    assert run(without).stdout == "b\n", run(without).stderr
    assert "pip install 'selflearn[client]'" in run({"httpx2"}).stderr
