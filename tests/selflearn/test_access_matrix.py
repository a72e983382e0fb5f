"""Every operation, asked with a key of every kind: a table of what each gets.

The operations are those of the OpenAPI document: one without a row here fails.
"""

from dataclasses import dataclass, field
from itertools import count

import pytest
from entries import entry
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from rewrite_offline.table import publish
from selflearn.access import Scope, make_key
from selflearn.api import create_app
from selflearn.messages import RewriteRequest
from selflearn.policy import Wanted
from selflearn.policy.stored import set_switch
from selflearn.settings import Settings
from tests.selflearn.access_cases import MINE, OTHERS, Callers, headers, with_keys

_fresh = count()

#: Refused whatever they ask for.
_STRANGERS = ("nobody", "not a key", "unknown", "wrong secret", "revoked", "expired")


@dataclass(frozen=True)
class Row:
    """An operation, and who gets what.

    Attributes
    ----------
    send
        Makes the request, which is about the tenant MINE and its customer c1: method, path and further arguments.
    scopes
        Of which a key needs one; none: a key is not needed.
    customer, another_customer, another_tenant, operator
        Statuses for keys with all scopes that they can have.
    strangers
        Status for a key that is not valid; `nobody` for none at all.
    """

    send: object
    scopes: frozenset = frozenset()
    customer: int = 200
    another_customer: int = 200
    another_tenant: int = 200
    operator: int = 200
    strangers: int = 401
    nobody: int = 401
    more: dict = field(default_factory=dict)

    def status(self, caller):
        """What a caller should get."""
        if caller == "nobody":
            return self.nobody
        if caller in _STRANGERS:
            return self.strangers
        if caller in set(Scope):
            return 200 if not self.scopes or caller in self.scopes else 403
        return getattr(self, caller.replace(" ", "_"))


def _post(path, **body):
    return lambda state: (
        "POST",
        path,
        {"json": {name: _filled(value, state) for name, value in body.items()}},
    )


def _filled(value, state):
    return value(state) if callable(value) else value


ROWS = {
    "healthz": Row(lambda state: ("GET", "/healthz", {}), strangers=200, nobody=200),
    "readyz": Row(lambda state: ("GET", "/readyz", {}), nobody=200),
    "metrics": Row(
        lambda state: ("GET", "/metrics", {}),
        {Scope.ANALYST, Scope.ADMIN},
        customer=403,
        another_customer=403,
    ),
    "rewrite": Row(_post("/v1/rewrite", utterance="play maj"), {Scope.REWRITE}),
    "rewrite_batch": Row(_post("/v1/rewrite:batch", requests=[{"utterance": "play maj"}]), {Scope.REWRITE}),
    "feedback": Row(
        _post(
            "/v1/feedback",
            feedback_id=lambda state: f"f{next(_fresh)}",
            request_id=lambda state: state.request_id,
            verdict="accepted",
        ),
        {Scope.FEEDBACK},
        another_customer=404,
        another_tenant=404,
        # Of the tenant `default`, since it names none.
        operator=404,
    ),
    "decision": Row(
        lambda state: ("GET", f"/v1/decisions/{state.request_id}", {}),
        {Scope.ANALYST, Scope.REWRITE},
        another_customer=404,
        another_tenant=404,
        operator=404,
    ),
    "switches": Row(
        lambda state: ("GET", "/v1/switches", {}), {Scope.ADMIN}, customer=403, another_customer=403
    ),
    "set_switch": Row(
        lambda state: ("PUT", "/v1/switches", {"json": {"kind": "never_rewritten", "intent": "unlock"}}),
        {Scope.ADMIN},
        customer=403,
        another_customer=403,
    ),
    "lift_switch": Row(
        lambda state: ("DELETE", f"/v1/switches/{state.switch()}", {}),
        {Scope.ADMIN},
        customer=403,
        another_customer=403,
        another_tenant=404,
    ),
}

CALLERS = (*_STRANGERS, *Scope, "customer", "another customer", "another tenant", "operator")


class State:
    """A server that asks for keys, with something of MINE behind every operation."""

    def __init__(self, folder):
        settings = Settings(data_folder=folder)
        publish(
            [entry("play maj", "play imagine", tenant=MINE)], settings.table_folder, made_from={}, tenant=MINE
        )
        self.app = create_app(with_keys(settings))
        self.callers = Callers.of(self.app.state.store)
        asked = RewriteRequest(utterance="play maj", customer_id="c1", tenant_id=MINE)
        self.request_id = self.app.state.rewriter.rewrite(asked).request_id

    def switch(self):
        wanted = Wanted(kind="dry_run", tenant_id=MINE)
        return set_switch(self.app.state.store, wanted, "test").switch_id


@pytest.fixture(scope="module")
def state(tmp_path_factory):
    return State(tmp_path_factory.mktemp("matrix"))


@pytest.fixture(scope="module")
def client(state):
    with TestClient(state.app, raise_server_exceptions=False) as client:
        yield client


def ask(client, row, state, key, **changed):
    method, path, more = row.send(state)
    if "json" in more:
        more = {"json": {**more["json"], **changed}}
    elif changed:
        more = {"params": changed}
    return client.request(method, path, headers=headers(key), **more)


@pytest.fixture(scope="module")
def operations(client):
    """Every operation of the OpenAPI document, by its name."""
    paths = client.get("/openapi.json").json()["paths"]
    return {operation["operationId"]: operation for path in paths.values() for operation in path.values()}


def test_every_operation_has_a_row(operations):
    assert set(operations) == set(ROWS)


def test_the_document_says_what_the_table_says(operations):
    for name, operation in operations.items():
        wanted = [scopes[0] for one in operation.get("security", []) for scopes in one.values() if scopes]
        assert set(wanted) == set(ROWS[name].scopes), name
        documented = set(operation["responses"])
        if ROWS[name].scopes:
            assert {"401", "403", "429", "503"} <= documented, name


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("name", ROWS)
def test_who_gets_what(client, state, operations, name, caller):
    row = ROWS[name]
    response = ask(client, row, state, state.callers.keys[caller])
    assert response.status_code == row.status(caller), response.text
    assert str(response.status_code) in operations[name]["responses"]
    if response.status_code == 401:
        assert response.headers["www-authenticate"].startswith("Bearer")
    if response.status_code >= 400:
        assert response.headers["content-type"] == "application/problem+json"


def test_no_refusal_tells_why_a_key_is_not_valid(client, state):
    """Nor whether something is another's or is not there at all."""
    keys = state.callers.keys
    said = {ask(client, ROWS["rewrite"], state, keys[name]).text for name in _STRANGERS if name != "nobody"}
    assert len(said) == 1
    for caller in ("another customer", "another tenant"):
        theirs = client.get(f"/v1/decisions/{state.request_id}", headers=headers(keys[caller]))
        nobodys = client.get("/v1/decisions/never", headers=headers(keys[caller]))
        assert (theirs.status_code, theirs.text) == (nobodys.status_code, nobodys.text)
        sent = {"feedback_id": "f", "verdict": "rejected"}
        theirs = client.post(
            "/v1/feedback", json={**sent, "request_id": state.request_id}, headers=headers(keys[caller])
        )
        nobodys = client.post(
            "/v1/feedback", json={**sent, "request_id": "never"}, headers=headers(keys[caller])
        )
        assert (theirs.status_code, theirs.text) == (nobodys.status_code, nobodys.text)


def _names_a(what, operation, components):
    """Whether an operation takes a tenant's or a customer's id."""
    if any(one["name"] == what for one in operation.get("parameters", [])):
        return True
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    model = components["schemas"].get(body.get("$ref", "").rpartition("/")[2], {})
    return what in model.get("properties", {})


@pytest.mark.parametrize(("what", "caller", "named"), [
    ("tenant_id", "another tenant", MINE),
    ("tenant_id", "another tenant", "*"),
    ("customer_id", "another customer", "c1"),
])  # fmt: skip
def test_a_key_cannot_name_anothers(client, state, operations, what, caller, named):
    """Wherever a tenant or a customer may be named: the key's own, or nothing."""
    components = client.get("/openapi.json").json()["components"]
    naming = [name for name, operation in operations.items() if _names_a(what, operation, components)]
    assert naming
    for name in naming:
        response = ask(client, ROWS[name], state, state.callers.keys[caller], **{what: named})
        assert response.status_code in (403, 404), (name, response.text)
    batch = {"requests": [{"utterance": "a"}, {"utterance": "a", what: named}]}
    response = client.post("/v1/rewrite:batch", json=batch, headers=headers(state.callers.keys[caller]))
    assert response.status_code == 403


def test_an_operator_names_whom_it_means(client, state):
    operator = headers(state.callers.keys["operator"])
    found = client.get(f"/v1/decisions/{state.request_id}", params={"tenant_id": MINE}, headers=operator)
    assert found.json()["decision"]["tenant_id"] == MINE
    answers = [
        client.post("/v1/rewrite", json={"utterance": "play maj", **named}, headers=operator).json()[
            "rewrite"
        ]
        for named in ({"tenant_id": MINE}, {"tenant_id": OTHERS}, {})
    ]
    assert answers == ["play imagine", None, None]


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if row.strangers == 401])
def test_every_operation_keeps_to_the_rate(client, state, name):
    _, key = make_key(state.app.state.store, tenant_id=MINE, scopes=Scope, rate="2/day")
    statuses = [ask(client, ROWS[name], state, key).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
    refused = ask(client, ROWS[name], state, key)
    assert refused.json()["type"] == "urn:selflearn:problem:rate-limited"
    assert 1 <= int(refused.headers["retry-after"]) <= 86_400


def test_each_request_of_a_batch_counts(client, state):
    _, key = make_key(state.app.state.store, tenant_id=MINE, scopes=[Scope.REWRITE], rate="10/day")

    def batch(size):
        body = {"requests": [{"utterance": "a"}] * size}
        return client.post("/v1/rewrite:batch", json=body, headers=headers(key)).status_code

    assert [batch(11), batch(6), batch(6), batch(2), batch(1)] == [429, 200, 429, 200, 429]


def test_unknown_paths_and_other_methods_tell_strangers_nothing(client):
    for method, path in (("GET", "/nowhere"), ("GET", "/v1/rewrite"), ("OPTIONS", "/v1/rewrite")):
        assert client.request(method, path).status_code == 401


def test_a_stranger_is_refused_before_the_body_is_read(client):
    response = client.post("/v1/rewrite", content=b"{" * 10_000_000)
    assert response.status_code == 401


def test_an_operation_that_is_not_asked_about_keys_cannot_be_added_unseen(state):
    """A route that forgets its scopes is behind the door all the same."""

    @state.app.get("/forgotten", include_in_schema=False)
    async def forgotten() -> str:
        return "inside"

    @state.app.websocket("/forgotten")
    async def forgotten_too(socket: WebSocket) -> None:
        await socket.accept()

    with TestClient(state.app) as client:
        assert client.get("/forgotten").status_code == 401
        with pytest.raises(WebSocketDisconnect), client.websocket_connect("/forgotten"):
            pytest.fail("inside")
