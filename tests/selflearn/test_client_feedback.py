"""The client's feedback: it arrives once, waits while the API is away, and is dropped when nobody can take it."""

import json
import time
from datetime import UTC, datetime

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from selflearn.client import ClientSettings, Failure, FakeApi
from selflearn.client.waiting import WaitingFeedback
from tests.selflearn.clients import GOOD, Awaited


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
            return httpx2.Response(200, json=GOOD)
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
