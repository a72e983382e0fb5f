"""Two tenants and an operator on one server: what is one's never shows in the other's."""

import threading

import pytest
from entries import entry
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import create_engine, make_url, text
from starlette.testclient import TestClient

from rewrite_offline.table import publish
from selflearn.access import Scope, make_key
from selflearn.api import create_app
from selflearn.settings import Settings, StoreSettings
from tests.selflearn.access_cases import headers, with_keys

A, B = "house-a", "house-b"


@pytest.fixture(params=["sqlite", "postgresql"])
def server(request, tmp_path):
    store = StoreSettings() if request.param == "sqlite" else request.getfixturevalue("postgres")()
    settings = Settings(
        data_folder=tmp_path, table={"check_every": 0}, rewriting={"check_every": 0}, store=store
    )
    for tenant, target in ((A, "play of a"), (B, "play of b")):
        entries = [entry("play", target, tenant=tenant), entry(f"only {tenant}", "found", tenant=tenant)]
        publish(entries, settings.table_folder, made_from={}, tenant=tenant)
    with TestClient(create_app(with_keys(settings))) as client:
        yield client


@pytest.fixture
def asking(server):
    """A client for each: (method, path, **more) -> response."""

    def of(tenant, customer=None):
        scopes = Scope if customer is None else [Scope.REWRITE, Scope.FEEDBACK]
        _, key = make_key(server.app.state.store, tenant_id=tenant, scopes=scopes, customer_id=customer)

        def ask(method, path, **more):
            return server.request(method, path, headers=headers(key), **more)

        return ask

    return of


def _rewrite(ask, utterance="play", customer="c1"):
    return ask("POST", "/v1/rewrite", json={"utterance": utterance, "customer_id": customer}).json()


def test_each_has_its_own_table(asking):
    a, b = asking(A), asking(B)
    assert [_rewrite(ask)["rewrite"] for ask in (a, b)] == ["play of a", "play of b"]
    assert _rewrite(a, f"only {A}")["rewrite"] == "found"
    assert _rewrite(b, f"only {A}")["rewrite"] is None
    batch = {"requests": [{"utterance": f"only {A}"}, {"utterance": "play"}]}
    assert [one["rewrite"] for one in b("POST", "/v1/rewrite:batch", json=batch).json()["answers"]] == [
        None,
        "play of b",
    ]
    assert [ask("GET", "/readyz").json()["entries"] for ask in (a, b, asking("*"), asking("new"))] == [
        2,
        2,
        4,
        0,
    ]


def test_without_a_key_readiness_says_nothing_of_tenants(server):
    said = server.get("/readyz").json()
    assert (said["status"], said["entries"]) == ("ready", None)


def test_each_has_its_own_decisions_even_of_the_same_id(asking):
    a, b, operator = asking(A), asking(B), asking("*")
    for ask in (a, b):
        ask("POST", "/v1/rewrite", json={"utterance": "play", "request_id": "same"})
    b("POST", "/v1/rewrite", json={"utterance": "secret of b", "request_id": "mine"})
    for ask, tenant, target in ((a, A, "play of a"), (b, B, "play of b")):
        found = ask("GET", "/v1/decisions/same")
        assert found.json()["decision"]["tenant_id"] == tenant
        assert target in found.text
        assert ("play of b" in found.text) == (tenant == B)
    assert a("GET", "/v1/decisions/mine").status_code == 404
    assert a("GET", "/v1/decisions/mine", params={"tenant_id": B}).status_code == 403
    assert operator("GET", "/v1/decisions/mine", params={"tenant_id": B}).status_code == 200


def test_each_has_its_own_rejections(asking):
    a, b = asking(A), asking(B)
    asked = {ask: _rewrite(ask)["request_id"] for ask in (a, b)}

    def reject(ask, request_id, feedback_id):
        body = {"feedback_id": feedback_id, "request_id": request_id, "verdict": "rejected"}
        return ask("POST", "/v1/feedback", json=body)

    assert reject(b, asked[a], "f1").status_code == 404
    assert _rewrite(a)["rewrite"] == "play of a"
    assert reject(a, asked[a], "f1").json() == {"feedback_id": "f1", "repeated": False}
    assert _rewrite(a)["outcome"] == "rejected"
    # The same customer's name, and the same feedback's, in another house.
    assert _rewrite(b)["rewrite"] == "play of b"
    assert reject(b, asked[b], "f1").json()["repeated"] is False


def test_each_has_its_own_switches(asking):
    a, b, operator = asking(A), asking(B), asking("*")
    off = a("PUT", "/v1/switches", json={"kind": "off", "reason": "secret of a"}).json()
    assert off["tenant_id"] == A
    assert _rewrite(a)["outcome"] == "rewriting_off"
    assert _rewrite(b)["rewrite"] == "play of b"
    assert b("GET", "/v1/switches").json() == {"switches": []}
    assert b("DELETE", f"/v1/switches/{off['switch_id']}").status_code == 404
    assert b("PUT", "/v1/switches", json={"kind": "off", "tenant_id": A}).status_code == 403
    for_all = operator("PUT", "/v1/switches", json={"kind": "off"}).json()
    assert for_all["tenant_id"] is None
    assert _rewrite(b)["outcome"] == "rewriting_off"
    assert [one["tenant_id"] for one in b("GET", "/v1/switches").json()["switches"]] == [None]
    assert b("DELETE", f"/v1/switches/{for_all['switch_id']}").status_code == 403
    assert operator("DELETE", f"/v1/switches/{for_all['switch_id']}").status_code == 200
    assert _rewrite(b)["rewrite"] == "play of b"


def _tenants_in(text):
    """Tenants that metrics name, and what they count of rewrites."""
    return {
        sample.labels["tenant"]: sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == "selflearn_rewrite_requests_total" and sample.value
    }


def test_each_has_its_own_metrics(asking):
    a, b, operator = asking(A), asking(B), asking("*")
    for _ in range(3):
        _rewrite(a)
    _rewrite(b)
    own = a("GET", "/metrics").text
    assert _tenants_in(own) == {A: 3}
    assert B not in own
    assert _tenants_in(b("GET", "/metrics").text) == {B: 1}
    assert _tenants_in(operator("GET", "/metrics").text) == {A: 3, B: 1}


def test_one_customers_key_sees_nothing_of_another(asking):
    whole, mine, theirs = asking(A), asking(A, "c1"), asking(A, "c2")
    request_id = mine("POST", "/v1/rewrite", json={"utterance": "play"}).json()["request_id"]
    decision = whole("GET", f"/v1/decisions/{request_id}").json()["decision"]
    assert decision["customer_id"] == "c1"
    assert mine("GET", f"/v1/decisions/{request_id}").status_code == 200
    assert theirs("GET", f"/v1/decisions/{request_id}").status_code == 404
    said = {"feedback_id": "f", "request_id": request_id, "verdict": "rejected"}
    assert theirs("POST", "/v1/feedback", json=said).status_code == 404
    assert theirs("POST", "/v1/feedback", json={**said, "customer_id": "c1"}).status_code in (403, 404)
    assert mine("POST", "/v1/rewrite", json={"utterance": "play"}).json()["rewrite"] == "play of a"
    assert mine("POST", "/v1/feedback", json=said).status_code == 200
    assert mine("POST", "/v1/rewrite", json={"utterance": "play"}).json()["outcome"] == "rejected"
    assert theirs("POST", "/v1/rewrite", json={"utterance": "play"}).json()["rewrite"] == "play of a"
    named = {"utterance": "play", "customer_id": "c1"}
    assert theirs("POST", "/v1/rewrite", json=named).status_code == 403


def test_a_database_that_is_away_stops_nobody_who_is_known(postgres, tmp_path):
    """A real PostgreSQL that lets nobody in for a while."""
    store, admin = postgres(), postgres()
    name = make_url(store.url.get_secret_value()).database
    settings = Settings(
        data_folder=tmp_path, store=store, table={"check_every": 0}, access={"check_every": 0.05}
    )
    publish([entry("play", "play of a", tenant=A)], settings.table_folder, made_from={}, tenant=A)
    rows = create_engine(make_url(admin.url.get_secret_value()).set(drivername="postgresql+psycopg"))

    def allow(connections):
        with rows.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS {connections}"))
            connection.execute(
                text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"),
                {"name": name},
            )

    app = create_app(settings)
    _, key = make_key(app.state.store, tenant_id=A, scopes=Scope)
    with TestClient(app) as client:
        ask = {"headers": headers(key)}
        waited = threading.Event()
        while client.get("/v1/switches", **ask).status_code == 401:
            waited.wait(0.01)
        allow(False)
        said = client.get("/v1/switches", **ask)
        assert (said.status_code, said.json()["type"]) == (503, "urn:selflearn:problem:store-unavailable")
        assert said.headers["retry-after"]
        assert "postgresql" not in said.text
        put = client.put("/v1/switches", json={"kind": "off"}, **ask)
        assert put.status_code == 503
        assert client.post("/v1/rewrite", json={"utterance": "play"}, **ask).json()["rewrite"] == "play of a"
        assert client.post("/v1/rewrite", json={"utterance": "play"}).status_code == 401
        allow(True)
        assert client.get("/v1/switches", **ask).json() == {"switches": []}
    rows.dispose()
