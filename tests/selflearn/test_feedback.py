"""A customer's "no": from the next request on, for this customer and no other, on every server over the same store."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import httpx2
import pytest
from entries import entry
from hypothesis import given
from hypothesis import settings as budget
from hypothesis import strategies as st
from pydantic import SecretStr
from sqlalchemy import func, select, text

from rewrite_offline.table import publish
from selflearn.errors import NobodysFeedback, RejectionsUnread, StoreUnavailable, Unknown
from selflearn.messages import Context, Feedback, Outcome, RewriteRequest, Verdict
from selflearn.policy import Judgement, Policy, SwitchKind, Wanted
from selflearn.policy.stored import (
    FeedbackTaker,
    lift_switch,
    read_switches,
    set_switch,
    stored_policy,
    stored_rejections,
)
from selflearn.policy.stored.marks import marks_in
from selflearn.settings import RewritingSettings, Settings
from selflearn.settings.store import StoreSettings
from selflearn.store import Rejection, Store
from streams.records import Signal
from tests.selflearn.serving import served
from tests.selflearn.taking import taken

HEARD, MEANT = "play maj and dragons", "play imagine dragons"
NO, YES = Verdict.REJECTED, Verdict.ACCEPTED


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def address(request):
    """Where the store is: None for SQLite in the data folder."""
    if request.param == "sqlite":
        return None
    return request.getfixturevalue("postgres")().url.get_secret_value()


@pytest.fixture(scope="session")
def plain_store(tmp_path_factory):
    """SQLite, for many examples."""
    store = Store.open(StoreSettings(), tmp_path_factory.mktemp("store"))
    yield store
    store.close()


def empty(store):
    with store.begin() as connection:
        for table in ("rejections", "feedback", "switches"):
            connection.execute(text(f"DELETE FROM {table}"))


@pytest.fixture
def store(address, tmp_path):
    store = Store.open(StoreSettings(url=None if address is None else SecretStr(address)), tmp_path)
    empty(store)
    yield store
    store.close()


def said(number, verdict=NO, **fields):
    return Feedback(feedback_id=f"f{number}", request_id="r1", verdict=verdict, **fields)


def decided(
    customer="a", tenant="default", utterance=HEARD, asked=None, target=MEANT, outcome=Outcome.REWRITTEN
):
    return taken(
        tenant=tenant,
        utterance=utterance,
        found=entry(utterance, target, asked, tenant=tenant),
        judgement=Judgement(outcome, None if outcome is Outcome.REWRITTEN else "why"),
        customer_id=customer,
        context=None if asked is None else Context(asked=asked),
    ).record()


class TestTaking:
    """What feedback does to the store."""

    @pytest.fixture
    def taker(self, store, tmp_path):
        taker = FeedbackTaker(store, tmp_path / "feedback")
        yield taker
        taker.close()

    def test_a_no_holds_for_this_rewrite_of_this_customer_and_nothing_else(self, store, taker):
        rejections = stored_rejections(store)
        assert rejections.find("default", "a", HEARD, None, MEANT) is None
        assert taker.take(said(1), decided()) is False
        found = rejections.find("default", "a", "Play maj  and dragons!", None, "Play Imagine Dragons")
        assert found.feedback_id == "f1"
        assert datetime.now(UTC) - found.created < timedelta(minutes=1)
        for other in (
            ("default", "b", HEARD, None, MEANT),
            ("other", "a", HEARD, None, MEANT),
            ("default", "a", "play x", None, MEANT),
            ("default", "a", HEARD, "room", MEANT),
            ("default", "a", HEARD, None, "play y"),
        ):
            assert rejections.find(*other) is None

    def test_repeated_feedback_has_no_second_effect(self, store, taker, tmp_path):
        assert taker.take(said(1, turn_id="t1"), decided()) is False
        assert taker.take(said(2, YES), decided()) is False
        assert taker.take(said(1, turn_id="t1"), decided()) is True
        assert stored_rejections(store).find("default", "a", HEARD, None, MEANT) is None
        assert len(signals(tmp_path)) == 1

    def test_the_same_at_the_same_time_counts_once(self, store, taker, tmp_path):
        together = threading.Barrier(8)

        def send(_):
            together.wait()
            return taker.take(said(1, turn_id="t1"), decided())

        with ThreadPoolExecutor(8) as senders:
            repeated = list(senders.map(send, range(8)))
        assert sorted(repeated) == [False] + [True] * 7
        assert len(signals(tmp_path)) == 1
        with store.reading() as connection:
            assert connection.execute(select(func.count()).select_from(Rejection)).scalar() == 1

    def test_a_yes_takes_back_what_is_not_newer(self, store, taker):
        now = datetime.now(UTC)
        rejections = stored_rejections(store)
        taker.take(said(1, time=now), decided())
        taker.take(said(2, YES, time=now - timedelta(minutes=1)), decided())
        assert rejections.find("default", "a", HEARD, None, MEANT) is not None
        taker.take(said(3, YES, time=now), decided())
        assert rejections.find("default", "a", HEARD, None, MEANT) is None

    @pytest.mark.parametrize("outcome", sorted(set(Outcome) - {Outcome.REWRITTEN}))
    def test_what_was_not_served_cannot_be_rejected(self, store, taker, outcome):
        assert taker.take(said(1), decided(outcome=outcome)) is False
        assert stored_rejections(store).find("default", "a", HEARD, None, MEANT) is None

    def test_somebody_has_to_say_it(self, taker):
        with pytest.raises(NobodysFeedback, match="customer_id"):
            taker.take(said(1), decided(customer=None))
        assert taker.take(said(1, customer_id="c"), decided(customer=None)) is False

    def test_it_is_a_signal_too(self, taker, tmp_path):
        taker.take(said(1, turn_id="t1", time=datetime(2026, 1, 1, tzinfo=UTC)), decided(tenant="other"))
        taker.take(said(2, YES, turn_id="t1"), decided())
        taker.take(said(3, YES), decided())
        no, yes = signals(tmp_path)
        assert (no.signal_id, no.turn_id, no.customer_id, no.tenant_id) == ("f1", "t1", "a", "other")
        assert (no.kind, no.value, no.time) == ("helped", 0.0, datetime(2026, 1, 1, tzinfo=UTC))
        assert yes.value == 1.0

    def test_what_cannot_be_written_is_not_taken(self, store, taker, tmp_path):
        (tmp_path / "feedback").write_text("a file where a folder should be")
        with pytest.raises(StoreUnavailable, match="cannot write"):
            taker.take(said(1, turn_id="t1"), decided())
        assert stored_rejections(store).find("default", "a", HEARD, None, MEANT) is None
        (tmp_path / "feedback").unlink()
        assert taker.take(said(1, turn_id="t1"), decided()) is False


def signals(folder):
    lines = [line for path in folder.rglob("*.jsonl") for line in path.read_bytes().splitlines()]
    return [Signal.model_validate_json(line) for line in lines]


@budget(max_examples=50)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 5),
            st.sampled_from((NO, YES)),
            st.sampled_from(("t1", "t2")),
            st.sampled_from(("a", "b\\c")),
            st.sampled_from((("x", "y"), ("x", "z"))),
        ),
        max_size=12,
    )
)
def test_any_sequence_is_as_a_plain_set_says(plain_store, tmp_path_factory, sequence):
    empty(plain_store)
    taker, rejections = (
        FeedbackTaker(plain_store, tmp_path_factory.getbasetemp()),
        stored_rejections(plain_store),
    )
    seen, rejected = set(), set()
    for number, verdict, tenant, customer, (source, target) in sequence:
        decision = decided(customer, tenant, source, None, target)
        repeated = taker.take(said(number, verdict), decision)
        assert repeated is ((tenant, number) in seen)
        if not repeated:
            seen.add((tenant, number))
            (rejected.add if verdict is NO else rejected.discard)((tenant, customer, source, target))
        for t in ("t1", "t2"):
            for c in ("a", "b\\c"):
                for s, m in (("x", "y"), ("x", "z")):
                    assert (rejections.find(t, c, s, None, m) is not None) is ((t, c, s, m) in rejected)


class TestSwitchesInTheStore:
    """Switches that servers share."""

    def test_set_again_it_is_replaced_and_lifted_it_is_gone(self, store):
        first = set_switch(store, Wanted(kind="hold_back", share=0.1), "key a")
        second = set_switch(store, Wanted(kind="hold_back", share=0.2, reason="more"), "key b")
        third = set_switch(store, Wanted(kind="off", tenant_id="t1", source="Play X!"), "key b")
        assert first.switch_id == second.switch_id
        assert read_switches(store) == [second, third]
        assert lift_switch(store, third.switch_id) == third
        assert read_switches(store) == [second]
        with pytest.raises(Unknown, match="switch list"):
            lift_switch(store, third.switch_id)

    def test_a_server_heeds_them_and_keeps_the_last_ones_without_a_store(self, store):
        policy = stored_policy(RewritingSettings(check_every=3600), store)
        set_switch(store, Wanted(kind="off", tenant_id="t1"), "key a")
        assert policy.for_tenant("t1").off is None
        policy.refresh()
        assert policy.for_tenant("t1").off.kind is SwitchKind.OFF
        assert policy.for_tenant("t2").off is None
        with store.begin() as connection:
            connection.execute(text("ALTER TABLE changes RENAME TO gone"))
        policy.refresh()
        assert policy.for_tenant("t1").off is not None
        assert policy.switch_failures == 1
        with store.begin() as connection:
            connection.execute(text("ALTER TABLE gone RENAME TO changes"))
        policy.close()


def test_without_a_database_nothing_that_may_have_been_rejected_is_used(store):
    rejections = stored_rejections(store)
    if (marks := marks_in(store)) is not None:
        marks.mark("default", "a")  # who never rejected anything is not asked for
    assert rejections.find("default", "a", HEARD, None, MEANT) is None
    policy = Policy(stored_policy(RewritingSettings(), store)._switches, rejections=rejections)
    with store.begin() as connection:
        connection.execute(text("ALTER TABLE rejections RENAME TO gone"))
    with pytest.raises(RejectionsUnread):
        rejections.find("default", "a", HEARD, None, MEANT)
    request = RewriteRequest(utterance=HEARD, customer_id="a")
    board = policy.for_tenant("default")
    assert policy.after(board, request, entry(HEARD, MEANT), "default", "r").outcome is Outcome.NO_REWRITE
    with store.begin() as connection:
        connection.execute(text("ALTER TABLE gone RENAME TO rejections"))
    policy.close()


@pytest.fixture(scope="module")
def two(address, tmp_path_factory):
    """Two server processes over the same data folder and store."""
    settings = Settings(data_folder=tmp_path_factory.mktemp("data"))
    publish([entry(HEARD, MEANT)], settings.table_folder, made_from={})
    options = ["rewriting.check_every=0.05", "rewriting.compare_share=0"]
    options += [] if address is None else [f"store.url={address}"]
    url = None if address is None else SecretStr(address)
    store = Store.open(StoreSettings(url=url), settings.data_folder)
    empty(store)
    store.close()
    with ExitStack() as running, ThreadPoolExecutor(2) as starting:
        begun = [starting.submit(running.enter_context, served(settings, *options)) for _ in range(2)]
        addresses = [one.result()[1] for one in begun]
        yield [running.enter_context(httpx2.Client(base_url=address)) for address in addresses]


class TestOverHttp:
    """With real servers."""

    def ask(self, server, customer="a", **fields):
        return server.post("/v1/rewrite", json={"utterance": HEARD, "customer_id": customer, **fields}).json()

    def test_from_the_next_request_on_on_every_server(self, two):
        first, second = two
        for round_ in range(20):
            customer = f"c{round_}"
            asked, answers = (first, second) if round_ % 2 else (second, first)
            answer = self.ask(asked, customer)
            assert answer["outcome"] == "rewritten"
            no = {"feedback_id": f"f{round_}", "request_id": answer["request_id"], "verdict": "rejected"}
            taken_ = answers.post("/v1/feedback", json=no)
            assert (taken_.status_code, taken_.json()["repeated"]) == (200, False)
            for server in (asked, answers, asked):
                after = self.ask(server, customer)
                assert (after["outcome"], after["rewrite"]) == ("rejected", None)
                assert self.ask(server, f"{customer}-other")["outcome"] == "rewritten"
        told = second.get(f"/v1/decisions/{after['request_id']}").json()
        assert told["decision"]["outcome"] == "rejected"
        assert any("feedback f19" in sentence for sentence in told["why"])
        again = first.post("/v1/feedback", json=no).json()
        assert again == {"feedback_id": "f19", "repeated": True}

    def test_a_switch_under_load_fails_no_request_and_is_heeded_by_both(self, two):
        first, second = two
        seen, failed, stop = {first: [], second: []}, [], threading.Event()

        def ask(server):
            while not stop.is_set():
                answer = server.post("/v1/rewrite", json={"utterance": HEARD})
                if answer.status_code != 200:
                    failed.append(answer.text)
                seen[server].append(answer.json()["outcome"])

        def until(server, outcome):
            for _ in range(1000):
                if seen[server][-1:] == [outcome]:
                    return
                stop.wait(0.01)
            raise AssertionError(f"still {seen[server][-1:]}")

        askers = [threading.Thread(target=ask, args=[server]) for server in two]
        for asker in askers:
            asker.start()
        for server in two:
            until(server, "rewritten")
        put = first.put("/v1/switches", json={"kind": "off", "source": HEARD.upper()})
        assert put.status_code == 200
        for server in two:
            until(server, "rewriting_off")
        assert second.get("/v1/switches").json()["switches"] == [put.json()]
        assert second.delete(f"/v1/switches/{put.json()['switch_id']}").status_code == 200
        for server in two:
            until(server, "rewritten")
        stop.set()
        for asker in askers:
            asker.join()
        assert failed == []
        for outcomes in seen.values():
            changes = [one for one, before in zip(outcomes, [None, *outcomes], strict=False) if one != before]
            assert changes == ["rewritten", "rewriting_off", "rewritten"]

    def test_anothers_request_is_as_one_that_nobody_made(self, two):
        first, second = two
        answer = self.ask(first, "d")
        for fields in ({"request_id": "never"}, {"customer_id": "e"}, {"tenant_id": "other"}):
            no = {"feedback_id": "f", "request_id": answer["request_id"], "verdict": "rejected", **fields}
            refused = second.post("/v1/feedback", json=no)
            assert (refused.status_code, refused.json()["type"]) == (404, "urn:selflearn:problem:not-found")
        assert self.ask(second, "d")["outcome"] == "rewritten"
        nobody = second.post("/v1/rewrite", json={"utterance": HEARD}).json()["request_id"]
        unsigned = {"feedback_id": "g", "request_id": nobody, "verdict": "rejected"}
        problem = first.post("/v1/feedback", json=unsigned).json()
        assert (problem["status"], problem["errors"][0]["pointer"]) == (422, "#/customer_id")
        assert first.post("/v1/feedback", json={**unsigned, "customer_id": "z"}).status_code == 200
        assert self.ask(second, "z")["outcome"] == "rejected"
