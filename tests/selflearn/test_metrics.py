"""Metrics: what they count, for whom, and that nobody can make them grow."""

import pytest
from entries import entry
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from selflearn.access import Scope, make_key
from selflearn.api import create_app
from selflearn.api import metrics as module
from selflearn.api.metrics import OTHER
from selflearn.settings import load_settings


def read(text):
    """Samples by name and labels."""
    if isinstance(text, bytes):
        text = text.decode()
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_answers_by_tenant_and_outcome(put, client):
    put(
        entry("living rome", "living room", tenant="home"),
        entry("unlock door", "lock door", tenant="home", blocked="never"),
        tenant="home",
    )
    client.app.state.rewriter._source.refresh()
    for tenant, utterance in (("home", "living rome"), ("home", "unlock door"), ("work", "living rome")):
        client.post("/v1/rewrite", json={"utterance": utterance, "tenant_id": tenant})
    client.post("/v1/rewrite:batch", json={"requests": [{"utterance": "x", "tenant_id": "home"}] * 3})
    samples = read(client.get("/metrics").text)
    counted = {
        (dict(labels)["tenant"], dict(labels)["outcome"]): value
        for (name, *labels), value in samples.items()
        if name == "selflearn_rewrite_requests_total"
    }
    assert counted == {
        ("home", "rewritten"): 1,
        ("home", "blocked"): 1,
        ("home", "no_rewrite"): 3,
        ("work", "no_rewrite"): 1,
    }
    assert samples["process_resident_memory_bytes",] > 0


def test_switches_and_feedback_are_seen(table, client):
    asked = {"utterance": "play maj and dragons", "customer_id": "c1", "request_id": "r1"}
    client.post("/v1/rewrite", json=asked)
    said = {"feedback_id": "f1", "request_id": "r1", "customer_id": "c1", "verdict": "rejected"}
    for _ in range(2):
        assert client.post("/v1/feedback", json=said).status_code == 200
    samples = read(client.get("/metrics").text)
    assert samples["selflearn_feedback_total", ("tenant", "default"), ("verdict", "rejected")] == 1
    assert samples["selflearn_rewriting_off", ("tenant", "default")] == 0
    assert samples["selflearn_dry_run", ("tenant", "default")] == 0


def test_rewriting_off_is_seen(table, settings):
    off = load_settings(
        overrides=[f"data_folder={settings.data_folder}", "access.open=true", "rewriting.off=true"]
    )
    with TestClient(create_app(off)) as client:
        samples = read(client.get("/metrics").text)
    assert samples["selflearn_rewriting_off", ("tenant", "default")] == 1


def test_a_tenant_sees_its_own_and_nothing_of_the_machine(put, settings):
    put(entry("a", "b", tenant="home"), tenant="home")
    put(entry("a", "c", tenant="work"), tenant="work")
    shut = load_settings(overrides=[f"data_folder={settings.data_folder}", "access.check_every=0"])
    app = create_app(shut)
    keys = {
        tenant: make_key(app.state.store, tenant_id=tenant, scopes=[Scope.REWRITE, Scope.ANALYST])[1]
        for tenant in ("home", "work")
    }
    with TestClient(app) as client:
        for key in keys.values():
            headers = {"authorization": f"Bearer {key}"}
            assert client.post("/v1/rewrite", json={"utterance": "a"}, headers=headers).status_code == 200
        for tenant, key in keys.items():
            text = client.get("/metrics", headers={"authorization": f"Bearer {key}"}).text
            seen = {dict(labels).get("tenant") for _, *labels in read(text)}
            assert seen == {tenant}
        assert client.get("/metrics").status_code == 401
        samples = read(app.state.metrics.text())
    assert samples["selflearn_http_requests_total", ("route", "/metrics"), ("status", "401")] == 1


def test_tenants_beyond_the_bound_count_together(table, client, monkeypatch):
    monkeypatch.setattr(module, "_MOST_TENANTS", 3)
    for number in range(10):
        client.post("/v1/rewrite", json={"utterance": "stop", "tenant_id": f"t{number}"})
    samples = read(client.get("/metrics").text)
    counted = {
        dict(labels)["tenant"]: value
        for (name, *labels), value in samples.items()
        if name == "selflearn_rewrite_requests_total"
    }
    assert counted == {"t0": 1, "t1": 1, "t2": 1, OTHER: 7}


@pytest.mark.parametrize("path", ["/v1/decisions/mine-{}", "/nowhere/{}", "/v1/rewrite/{}"])
def test_no_path_makes_them_grow(table, client, path):
    for number in range(5):
        client.get(path.format(number))
    text = client.get("/metrics").text
    assert "mine-" not in text
    assert "nowhere" not in text
