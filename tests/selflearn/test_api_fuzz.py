"""Schemathesis over the whole OpenAPI document, with keys and without: no 500, and nothing undocumented.

Whatever is sent, a status, a body or a header that the document does not name is a failure, a 500 is one, and so is
a request that the document forbids and that is taken all the same.
"""

import os
from itertools import product

import pytest
import schemathesis
from entries import entry
from hypothesis import HealthCheck, given
from hypothesis import settings as budget
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from rewrite_offline.table import publish
from selflearn.access import Scope, make_key
from selflearn.api import create_app
from selflearn.messages import RewriteRequest
from selflearn.settings import Settings
from tests.selflearn.access_cases import MINE, headers, with_keys

#: Who sends, and how many examples for each operation and mode: nobody where no keys are asked for, nobody where they
#: are (they are refused at the door, whatever they send), and keys of several kinds.
_FEW = {"open": 20, "nobody": 4, "wrong": 4, "tenant": 20, "customer": 8, "operator": 8}

#: The same for the slow test, whoever sends.
_MANY = int(os.environ.get("FUZZ_EXAMPLES", "200"))

#: Who has no valid key.
_STRANGERS = ("nobody", "wrong")

_OPERATIONS = (
    ("/healthz", "GET"),
    ("/readyz", "GET"),
    ("/metrics", "GET"),
    ("/v1/rewrite", "POST"),
    ("/v1/rewrite:batch", "POST"),
    ("/v1/feedback", "POST"),
    ("/v1/decisions/{request_id}", "GET"),
    ("/v1/switches", "GET"),
    ("/v1/switches", "PUT"),
    ("/v1/switches/{switch_id}", "DELETE"),
)


#: What fields of a switch go together, and that somebody has to say whose feedback it is, is said in words: what
#: does not fit is refused though the schema has no objection, and that is right. A path holds no line break: an id
#: that is nothing else is no id.
_RULES_IN_WORDS = {
    ("/v1/switches", "PUT"),
    ("/v1/feedback", "POST"),
    ("/v1/decisions/{request_id}", "GET"),
}


class _Server:
    """An app, its document as one sender sees it, and the sender's key."""

    def __init__(self, folder, sender):
        publish([entry("a", "b", tenant=MINE)], folder / "table", made_from={}, tenant=MINE)
        # Bodies that are long by chance are to be judged by what they hold; too long ones have a test of their own.
        settings = Settings(
            data_folder=folder, api={"max_body_bytes": 1 << 26}, access={"open": sender == "open"}
        )
        self.app = create_app(settings if sender == "open" else with_keys(settings))
        self.stranger = sender in _STRANGERS
        self.headers = headers(self._key(sender))
        self.app.state.rewriter.rewrite(RewriteRequest(utterance="a", tenant_id=MINE, request_id="0"))
        # Nobody else writes these decisions, so nobody waits until they are written.
        self.app.state.rewriter.decisions._every = 0.001
        if sender not in _STRANGERS:
            # The key is sent with every request and never left out or spoilt: that has senders of its own.
            for operations in self.app.openapi()["paths"].values():
                for operation in operations.values():
                    operation.pop("security", None)
        self.schema = schemathesis.openapi.from_asgi("/openapi.json", self.app)

    def _key(self, sender):
        store = self.app.state.store
        match sender:
            case "wrong":
                return make_key(store, tenant_id=MINE, scopes=Scope)[1][:-1] + "~"
            case "tenant":
                return make_key(store, tenant_id=MINE, scopes=Scope)[1]
            case "customer":
                return make_key(
                    store, tenant_id=MINE, scopes=[Scope.REWRITE, Scope.FEEDBACK], customer_id="c"
                )[1]
            case "operator":
                return make_key(store, tenant_id="*", scopes=Scope)[1]


@pytest.fixture(scope="module")
def servers(tmp_path_factory):
    made = {}

    def server(sender):
        if sender not in made:
            made[sender] = _Server(tmp_path_factory.mktemp(sender), sender)
        return made[sender]

    yield server
    for one in made.values():
        one.app.state.rewriter.close()
        one.app.state.store.close()


def _keeps_what_it_says(server, path, method, mode, examples):
    operation = server.schema[path][method]
    excluded = [positive_data_acceptance] if (path, method) in _RULES_IN_WORDS else []

    @given(case=operation.as_strategy(generation_mode=mode))
    @budget(
        max_examples=examples,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def holds(case):
        response = case.call(headers=server.headers)
        case.validate_response(response, excluded_checks=excluded)
        if server.stranger and path not in ("/healthz", "/readyz"):
            assert response.status_code == 401

    holds()


def _cases():
    for sender, (path, method), mode in product(_FEW, _OPERATIONS, GenerationMode):
        # What has neither parameters nor a body cannot be sent wrongly.
        if mode is GenerationMode.NEGATIVE and path in ("/healthz", "/readyz", "/metrics"):
            continue
        yield pytest.param(sender, path, method, mode, id=f"{sender}-{method}-{path}-{mode.value}")


@pytest.mark.parametrize(("sender", "path", "method", "mode"), [*_cases()])
def test_the_api_keeps_what_its_document_says(servers, sender, path, method, mode):
    _keeps_what_it_says(servers(sender), path, method, mode, _FEW[sender])


@pytest.mark.slow
@pytest.mark.parametrize(("sender", "path", "method", "mode"), [*_cases()])
def test_it_keeps_it_however_long_one_tries(servers, sender, path, method, mode):
    _keeps_what_it_says(servers(sender), path, method, mode, _MANY)


def test_every_operation_is_tried(servers):
    found = {(one.ok().path, one.ok().method.upper()) for one in servers("open").schema.get_all_operations()}
    assert found == set(_OPERATIONS)
