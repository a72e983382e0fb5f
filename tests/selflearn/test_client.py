"""The client, of both kinds: whatever becomes of the API, there is a text to parse within the deadline."""

import asyncio
import json
import logging
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from selflearn.client import (
    ApiRefused,
    ApiUnavailable,
    AsyncClient,
    Client,
    ClientSettings,
    Context,
    Failure,
    FakeApi,
    RewriteRequest,
)
from selflearn.client.exchange import Exchange, Reply
from selflearn.client.waiting import WaitingFeedback

#: Long beside what a loaded machine may lose, short beside what a test may take.
QUICK = ClientSettings(
    deadline=0.25, batch_deadline=0.5, patience=2.0, failures=3, cool_down=60.0, jitter=0.0
)


class Awaited:
    """The asynchronous client, called as the other is."""

    def __init__(self, *args, **options):
        self.runner = asyncio.Runner()
        self.client = self.runner.run(self._make(args, options))

    async def _make(self, args, options):
        return AsyncClient(*args, **options)

    def __getattr__(self, name):
        def called(*args, **options):
            async def run():
                result = getattr(self.client, name)(*args, **options)
                return await result if asyncio.iscoroutine(result) else result

            return self.runner.run(run())

        return called

    @property
    def counts(self):
        return self.client.counts

    def let(self, seconds):
        """Let its tasks run."""
        self.runner.run(asyncio.sleep(seconds))

    def close(self):
        self.runner.run(self.client.aclose())

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()
        self.runner.close()


@pytest.fixture(params=[Client, Awaited], ids=["sync", "async"])
def kind(request):
    return request.param


@contextmanager
def speaking(behave):
    """Listen on a port, and treat every connection as `behave` does."""
    listener = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def serve():
        while not over.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=treat, args=[connection], daemon=True).start()

    def treat(connection):
        with connection, suppress(OSError):
            behave(connection, over)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        over.set()
        listener.close()


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


_GOOD = {"request_id": "r", "rewrite": "b", "outcome": "rewritten", "table_version": "1"}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>portal</html>",
        b"[]",
        b"null",
        b"{}",
        json.dumps(_GOOD | {"rewrite": 3}).encode(),
        json.dumps(_GOOD | {"rewrite": " "}).encode(),
        json.dumps(_GOOD | {"rewrite": None}).encode(),
        json.dumps(_GOOD | {"request_id": "another's"}).encode(),
        json.dumps(_GOOD | {"interpretation": {"slots": 3}}).encode(),
        json.dumps({"answers": []}).encode(),
        json.dumps({"answers": [_GOOD, _GOOD]}).encode(),
        json.dumps({"answers": 3}).encode(),
        b"\xff" * 100,
    ],
)
def test_what_is_no_answer_is_none(kind, body):
    transport = httpx2.MockTransport(lambda request: httpx2.Response(200, content=body))
    with kind("http://api", transport=transport) as client:
        assert client.rewrite("a", request_id="r").failed_open is Failure.BAD_ANSWER


def test_an_answer_of_a_newer_api_is_read(kind):
    newer = _GOOD | {"news": [1], "rewrite": None, "outcome": "of_the_future"}
    transport = httpx2.MockTransport(lambda request: httpx2.Response(200, json=newer))
    with kind("http://api", transport=transport) as client:
        answer = client.rewrite("a", request_id="r")
        assert (answer.text, answer.outcome, answer.failed_open) == ("a", "of_the_future", None)


@given(body=st.one_of(st.binary(max_size=200), st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["answers", *_GOOD, "interpretation"]), inner, max_size=6),
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


def _silent(connection, over):
    over.wait(30)


def _trickling(connection, over):
    """A byte now and then: every read is in time, and the whole never is."""
    connection.recv(65536)
    for byte in b"HTTP/1.1 200 OK\r\nx-long: " + b"x" * 10_000:
        connection.sendall(bytes([byte]))
        if over.wait(0.05):
            return


def _trickling_body(connection, over):
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 10000\r\n\r\n")
    while not over.wait(0.05):
        connection.sendall(b" ")


@pytest.mark.parametrize("behave", [_silent, _trickling, _trickling_body])
def test_the_deadline_is_of_the_whole_request(kind, behave):
    with speaking(behave) as address, kind(address, settings=QUICK) as client:
        began = time.monotonic()
        assert client.rewrite("a").failed_open is Failure.TIMEOUT
        # Far from the deadline, and farther from what those servers take.
        assert time.monotonic() - began < 3


def test_a_name_that_is_not_found_in_time(monkeypatch):
    asked = threading.Event()

    def hanging(*args, **options):
        asked.wait(10)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 9))]

    monkeypatch.setattr(socket, "getaddrinfo", hanging)
    with Client("http://api.example", settings=QUICK) as client:
        assert client.rewrite("a").failed_open is Failure.TIMEOUT
    asked.set()


def _cutting(connection, over):
    connection.recv(65536)


def _refused(connection, over):
    connection.recv(65536)
    connection.sendall(b"SSH-2.0-OpenSSH\r\n")


@pytest.mark.parametrize("behave", [_cutting, _refused])
def test_a_server_that_is_none(kind, behave):
    with speaking(behave) as address, kind(address, settings=QUICK) as client:
        assert client.rewrite("a").failed_open is Failure.UNREACHABLE


def test_nobody_listens(kind):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with kind(f"http://127.0.0.1:{port}", settings=QUICK) as client:
        failures = [client.rewrite("a").failed_open for _ in range(5)]
        assert failures == [Failure.UNREACHABLE] * 3 + [Failure.BREAKER_OPEN] * 2
        assert (client.counts.breaker, client.counts.opened) == ("open", 1)
        assert not client.warm_up()
        with pytest.raises(ApiUnavailable):
            client.decision("r")


def _answering(connection):
    """Answer one request as the API would; False where none comes."""
    received = b""
    while True:
        more = connection.recv(65536)
        if not more:
            return False
        received += more
        with suppress(IndexError, ValueError):
            asked = json.loads(received.split(b"\r\n\r\n", 1)[1])
            break
    body = json.dumps(_GOOD | {"request_id": asked["request_id"]}).encode()
    connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body))
    return True


def _once(connection, over):
    """Answer one request, say that the connection is kept, and close it when the next comes."""
    _answering(connection)
    connection.recv(65536)


def test_a_kept_connection_that_was_closed_is_made_anew(kind):
    with speaking(_once) as address, kind(address, settings=QUICK) as client:
        assert [client.rewrite("a").text for _ in range(4)] == ["b"] * 4


def test_connections_are_kept(kind):
    connections = []

    def answering(connection, over):
        connections.append(connection)
        while _answering(connection):
            pass

    with speaking(answering) as address, kind(address, settings=QUICK) as client:
        assert {client.rewrite("a").text for _ in range(20)} == {"b"}
    assert len(connections) == 1


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
        httpx2.Response(200, json=_GOOD),
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


def _settled(client, holds):
    """Wait until something holds, and let tasks run meanwhile."""
    for _ in range(1000):
        if holds():
            return
        client.let(0.01) if isinstance(client, Awaited) else time.sleep(0.01)
    pytest.fail("it did not come to hold")


def test_feedback_arrives_once_however_often_it_is_sent(kind):
    """The first try arrives but its answer is lost; the second is answered 503; the third is well."""
    arrived = []

    def answer(request):
        if "feedback" not in request.url.path:
            return httpx2.Response(200, json=_GOOD)
        arrived.append(json.loads(request.content))
        if len(arrived) == 1:
            raise httpx2.ReadTimeout("lost")
        return httpx2.Response(503 if len(arrived) == 2 else 200, json={})

    settings = ClientSettings(first_pause=0.01)
    with kind("http://api", transport=httpx2.MockTransport(answer), settings=settings) as client:
        name = client.feedback(
            "r", "rejected", customer_id="c1", turn_id="t1", time=datetime(2026, 1, 1, tzinfo=UTC)
        )
        _settled(client, lambda: client.counts.feedback_sent)
        assert client.counts.feedback_waiting == client.counts.feedback_dropped == 0
    assert (
        arrived
        == [
            {
                "feedback_id": name,
                "request_id": "r",
                "customer_id": "c1",
                "verdict": "rejected",
                "turn_id": "t1",
                "time": "2026-01-01T00:00:00+00:00",
            }
        ]
        * 3
    )


def test_feedback_that_waits_is_sent_at_the_end(kind):
    api = FakeApi()
    with kind("http://api", transport=api, settings=ClientSettings(first_pause=100.0)) as client:
        api.failing = 503
        names = {client.feedback("r", "accepted") for _ in range(3)}
        _settled(client, lambda: api.tries >= 3)
        api.failing = None
    assert set(api.feedback) == names
    assert client.counts.feedback_sent == 3


def test_the_end_does_not_wait_for_ever(kind):
    api = FakeApi()
    api.failing = httpx2.ConnectError("refused")
    with kind("http://api", transport=api, settings=ClientSettings(drain=0.1)) as client:
        for _ in range(3):
            client.feedback("r", "accepted")
        client.close()
        assert (client.counts.feedback_sent, client.counts.feedback_dropped) == (0, 3)
        assert client.feedback("r", "accepted") is None
        assert client.rewrite("a").failed_open is Failure.CLOSED
        assert client.rewrite_batch(["a"])[0].failed_open is Failure.CLOSED


def test_feedback_that_is_refused_is_dropped_and_too_much_of_it_too(kind):
    api = FakeApi()
    api.failing = 403
    settings = ClientSettings(feedback_capacity=2)
    with kind("http://api", transport=api, settings=settings) as client:
        client.feedback("r", "accepted")
        _settled(client, lambda: client.counts.feedback_dropped == 1)
        api.failing = 503
        names = [client.feedback("r", "accepted") for _ in range(4)]
        assert names.count(None) == 2
        assert client.counts.feedback_dropped == 3
        api.failing = None
    assert set(api.feedback) == set(names) - {None}


def test_feedback_on_what_the_api_never_heard_of_is_not_sent(kind):
    api = FakeApi()
    with kind("http://api", transport=api) as client:
        api.failing = 500
        answer = client.rewrite("a")
        api.failing = None
        assert client.feedback(answer, "rejected") is None
        with pytest.raises(ValueError, match="accepted or rejected"):
            client.feedback("r", "no")
    assert not api.feedback


def test_a_request_that_is_unknown_is_tried_as_often_whatever_came_before():
    """The API was away for long; when it is back, it finds the decision a moment later."""
    waiting = WaitingFeedback(ClientSettings(feedback_tries=1000, jitter=0.0))
    waiting.add({"feedback_id": "f"}, 0.0)
    now = 0.0
    for status in [None] * 50 + [404] * 5 + [200]:
        now += 100.0
        waiting.ended(waiting.take(now), status, now)
    assert (waiting.sent, waiting.dropped) == (1, 0)


@given(
    statuses=st.lists(st.sampled_from([None, 200, 404, 409, 429, 500, 503]), max_size=40),
    capacity=st.integers(1, 5),
    tries=st.integers(1, 5),
)
def test_every_piece_of_feedback_is_waiting_sent_or_dropped(statuses, capacity, tries):
    settings = ClientSettings(feedback_capacity=capacity, feedback_tries=tries, jitter=0.0)
    waiting = WaitingFeedback(settings)
    now, given_, most = 0.0, 0, {}
    for number, status in enumerate(statuses):
        waiting.add({"feedback_id": number}, now)
        given_ += 1
        taken = waiting.take(now)
        if taken is not None:
            name = taken.fields["feedback_id"]
            most[name] = most.get(name, 0) + 1
            waiting.ended(taken, status, now)
        assert len(waiting) + waiting.sent + waiting.dropped == given_
        assert len(waiting) <= capacity
        now += 0.4
    assert all(count <= tries for count in most.values())
    waiting.give_up()
    assert waiting.sent + waiting.dropped == given_


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
            return httpx2.Response(200, json=_GOOD)

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
