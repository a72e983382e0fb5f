"""The HTTP API: answers, problem documents, and new tables under load."""

import json
import subprocess
import sys
import threading
from pathlib import Path

import httpx2
import pytest
from entries import entry
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from selflearn.api import create_app
from selflearn.api.problems import PROBLEMS, Problem
from selflearn.api.routes import MAX_BATCH
from tests.selflearn.api_server import running

DOCS = Path(__file__).parents[2] / "docs"


def is_problem(response, name):
    kind = PROBLEMS[name]
    assert response.headers["content-type"] == "application/problem+json"
    problem = Problem.model_validate_json(response.content)
    assert response.status_code == problem.status == kind.status
    assert (problem.type, problem.title) == (f"urn:selflearn:problem:{name}", kind.title)
    assert problem.detail
    return problem


def test_a_rewrite_with_everything_that_belongs_to_it(table, client):
    answer = client.post(
        "/v1/rewrite",
        json={
            "utterance": "Living Rome",
            "customer_id": "c1",
            "device_id": "d1",
            "context": {"asked": "room", "prompt": "In which room?"},
            "asr": [{"text": "living rome", "score": -1.5}, {"text": "living room"}],
            "request_id": "r1",
        },
    )
    assert answer.status_code == 200
    assert answer.json() == {
        "request_id": "r1",
        "outcome": "rewritten",
        "rewrite": "living room",
        "interpretation": {
            "domain": None,
            "intent": "inform",
            "slots": [{"name": "area", "value": "north"}],
            "confidence": None,
        },
        "source": "table",
        "win_probability": 0.9,
        "table_version": table.version,
    }


def test_null_where_the_request_is_best_left_alone(table, client):
    answer = client.post("/v1/rewrite", json={"utterance": "stop"}).json()
    assert answer["rewrite"] is None
    assert answer["table_version"] == table.version


def test_a_batch_keeps_its_order(table, client):
    requests = [{"utterance": u, "request_id": u} for u in ("stop", "play maj and dragons", "unlock door")]
    answer = client.post("/v1/rewrite:batch", json={"requests": requests}).json()
    assert [a["request_id"] for a in answer["answers"]] == ["stop", "play maj and dragons", "unlock door"]
    assert [a["rewrite"] for a in answer["answers"]] == [None, "play imagine dragons", None]
    assert answer["table_version"] == table.version


def test_health_and_readiness(client, put):
    assert client.get("/healthz").json() == {"status": "ok"}
    is_problem(client.get("/readyz"), "not-ready")
    refused = client.post("/v1/rewrite", json={"utterance": "a"})
    is_problem(refused, "not-ready")
    assert refused.headers["retry-after"]
    version = put(entry("a", "b")).version
    client.app.state.rewriter._source.refresh()
    assert client.get("/readyz").json() == {"status": "ready", "table_version": version, "entries": 1}
    assert client.post("/v1/rewrite", json={"utterance": "a"}).json()["rewrite"] == "b"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "#/utterance"),
        ({"utterance": 3}, "#/utterance"),
        ({"utterance": "a", "context": {"askd": "x"}}, "#/context/askd"),
        ({"utterance": "a", "asr": [{"text": "a"}, {"score": 1}]}, "#/asr/1/text"),
        ({"utterance": "x" * 9000}, "#/utterance"),
        ([], "#"),
    ],
)
def test_a_request_that_does_not_fit(table, client, body, pointer):
    problem = is_problem(client.post("/v1/rewrite", json=body), "invalid-request")
    assert [error.pointer for error in problem.errors] == [pointer]


@pytest.mark.parametrize("requests", [[], [{"utterance": "a"}] * (MAX_BATCH + 1)])
def test_a_batch_of_the_wrong_size(table, client, requests):
    is_problem(client.post("/v1/rewrite:batch", json={"requests": requests}), "invalid-request")


@pytest.mark.parametrize("body", [b"{", b"", b"\xff\xfe{}", b'{"utterance": "\xff"}', b"[" * 100_000])
def test_a_body_that_is_no_json(table, client, body):
    response = client.post("/v1/rewrite", content=body, headers={"content-type": "application/json"})
    assert response.status_code in (400, 422)
    is_problem(
        response, {422: "invalid-request"}.get(response.status_code, response.json()["type"].split(":")[-1])
    )


@pytest.mark.parametrize(
    "body", ['{"utterance": "\\ud800"}', '{"utterance": "a", "asr": [{"text": "a", "score": NaN}]}']
)
def test_json_that_no_text_or_number_can_be(table, client, body):
    response = client.post("/v1/rewrite", content=body, headers={"content-type": "application/json"})
    is_problem(response, "invalid-request")


def test_paths_and_methods_that_are_not_there(client):
    is_problem(client.get("/v2/rewrite"), "not-found")
    refused = client.get("/v1/rewrite")
    is_problem(refused, "method-not-allowed")
    assert refused.headers["allow"] == "POST"


def test_a_body_that_is_too_long(client, settings):
    long = b" " * (settings.api.max_body_bytes + 1)
    is_problem(client.post("/v1/rewrite", content=long), "too-large")
    is_problem(client.post("/v1/rewrite", content=iter([long[:100], long])), "too-large")
    fits = json.dumps({"utterance": "a"}).encode().ljust(settings.api.max_body_bytes)
    response = client.post("/v1/rewrite", content=iter([fits]), headers={"content-type": "application/json"})
    is_problem(response, "not-ready")


def test_what_nobody_expected_is_a_problem_that_gives_nothing_away(settings, table, caplog):
    class Broken:
        decisions = None
        load_failures = 0
        table = None

        def write(self, request, tenant_id):
            raise RuntimeError("secret of the house")

        def close(self):
            pass

    with TestClient(create_app(settings, Broken()), raise_server_exceptions=False) as client:
        response = client.post("/v1/rewrite", json={"utterance": "a"})
    is_problem(response, "internal")
    assert "secret" not in response.text
    assert "secret of the house" in caplog.text


def test_metrics_tell_how_much_and_from_which_table_but_not_what(table, client, settings):
    for utterance in ("play maj and dragons", "stop", "whisper"):
        client.post("/v1/rewrite", json={"utterance": utterance, "customer_id": "mrs-miller"})
    client.post("/v1/rewrite", json={})
    client.get("/some/path/of/mine")
    (settings.table_folder / "current").write_text("")
    text = client.get("/metrics").text
    samples = {
        (s.name, *sorted(s.labels.items())): s.value
        for family in text_string_to_metric_families(text)
        for s in family.samples
    }
    assert samples["selflearn_rewrite_requests_total", ("outcome", "rewritten"), ("tenant", "default")] == 1
    assert samples["selflearn_rewrite_requests_total", ("outcome", "no_rewrite"), ("tenant", "default")] == 2
    assert samples["selflearn_http_requests_total", ("route", "/v1/rewrite"), ("status", "422")] == 1
    assert samples["selflearn_http_requests_total", ("route", "other"), ("status", "404")] == 1
    assert samples["selflearn_http_request_seconds_count", ("route", "/v1/rewrite")] == 4
    assert samples["selflearn_table_info", ("version", table.version)] == 1
    assert samples["selflearn_table_entries",] == 3
    assert samples["selflearn_table_load_failures_total",] == 1
    assert samples["selflearn_decisions_dropped_total",] == 0
    for secret in ("maj", "miller", "whisper", "mine"):
        assert secret not in text


def test_an_unreadable_table_is_not_loaded_and_the_old_one_is_served(table, client, put, settings):
    new = put(entry("play maj and dragons", "something else"))
    manifest = settings.table_folder / "versions" / new.version / "manifest.json"
    manifest.chmod(0o644)
    manifest.write_text("{")
    source = client.app.state.rewriter._source
    assert source.refresh() is False
    answer = client.post("/v1/rewrite", json={"utterance": "play maj and dragons"}).json()
    assert (answer["rewrite"], answer["table_version"]) == ("play imagine dragons", table.version)
    assert client.get("/readyz").status_code == 200


def test_new_tables_under_load_fail_no_request_and_mix_no_answer(settings, put):
    """Over a real server: every target carries its version's number, so that mixing shows."""
    wanted = [f"request {i}" for i in range(30)]
    numbers = {}

    def put_number(number):
        manifest = put(*(entry(source, f"{number} {source}") for source in wanted))
        numbers[manifest.version] = str(number)

    put_number(0)
    failed, mixed, seen = [], [], set()
    stop = threading.Event()

    def ask(address):
        with httpx2.Client(base_url=address) as http:
            while not stop.is_set():
                single = http.post("/v1/rewrite", json={"utterance": wanted[3]})
                batch = http.post("/v1/rewrite:batch", json={"requests": [{"utterance": u} for u in wanted]})
                if not (single.status_code == batch.status_code == 200):
                    failed.append((single.text, batch.text))
                    return
                answers = [single.json(), *batch.json()["answers"]]
                if len({a["table_version"] for a in answers[1:]}) != 1:
                    mixed.append(answers)
                for answer in answers:
                    seen.add(answer["table_version"])
                    if answer["rewrite"].split()[0] != numbers.get(answer["table_version"], "?"):
                        late.append(answer)

    late = []
    with running(create_app(settings)) as address:
        askers = [threading.Thread(target=ask, args=[address]) for _ in range(3)]
        for asker in askers:
            asker.start()
        while not seen and not failed:  # the askers have begun
            stop.wait(0.01)
        for number in range(1, 6):
            put_number(number)
        last = max(numbers)
        while last not in seen and not failed:
            stop.wait(0.01)
        stop.set()
        for asker in askers:
            asker.join()
    assert not failed
    assert not mixed
    # A version may be served before the publisher has told us its number.
    assert all(a["rewrite"].split()[0] == numbers[a["table_version"]] for a in late)
    assert len(seen) > 1


def test_openapi_is_the_committed_one(client):
    committed = json.loads((DOCS / "openapi.json").read_text())
    assert client.get("/openapi.json").json() == committed, "run `make schema` and look at the difference"


def test_docs_name_every_problem_and_the_page_is_there(client):
    text = (DOCS / "api.md").read_text()
    for name in PROBLEMS:
        assert f"urn:selflearn:problem:{name}" in text
    assert "/v1/rewrite:batch" in client.get("/docs").text


def test_serving_needs_none_of_what_learning_needs(settings, table):
    code = (
        "import sys\n"
        "from selflearn.settings import load_settings\n"
        "from selflearn.api import create_app\n"
        "from selflearn.cli.serve import app\n"
        "from selflearn.quickstart.server import listen\n"
        "made = create_app(load_settings(overrides=['data_folder=' + sys.argv[1]]))\n"
        "assert made.state.rewriter.rewrite('play maj and dragons').rewrite\n"
        "learning = {'duckdb', 'pyarrow', 'scipy', 'networkx', 'kafka', 'torch', 'matplotlib'}\n"
        "assert not learning & set(sys.modules), learning & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code, str(settings.data_folder)], check=True)


def _unbounded(schema, schemas, where, seen=()):
    """Go over the texts and lists that a request may hold without a bound."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        if name not in seen:
            yield from _unbounded(schemas[name], schemas, where, (*seen, name))
        return
    for several in ("anyOf", "oneOf", "allOf"):
        for option in schema.get(several, ()):
            yield from _unbounded(option, schemas, where, seen)
    match schema.get("type"):
        case "string" if not {"maxLength", "enum", "const", "format"} & set(schema):
            yield where
        case "array":
            if "maxItems" not in schema:
                yield where
            yield from _unbounded(schema.get("items", {}), schemas, f"{where}[]", seen)
        case "object":
            assert schema.get("additionalProperties") is False, f"{where} takes fields that nobody knows"
            for name, part in schema.get("properties", {}).items():
                yield from _unbounded(part, schemas, f"{where}.{name}", seen)


def test_everything_that_is_sent_has_a_bound(client):
    document = client.get("/openapi.json").json()
    schemas = document["components"]["schemas"]
    found = [
        place
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        for schema in (
            *(one["schema"] for one in operation.get("parameters", ())),
            *(one["schema"] for one in operation.get("requestBody", {}).get("content", {}).values()),
        )
        for place in _unbounded(schema, schemas, f"{method} {path}")
    ]
    assert not found
