"""Logs and traces: what they say, and what they never say."""

import gzip
import io
import json
import logging
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from opentelemetry import trace
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from starlette.testclient import TestClient

from selflearn.api import create_app
from selflearn.client import Client, ClientSettings, FakeApi
from selflearn.errors import SettingsError
from selflearn.observing import start_logs
from selflearn.observing.tracing import trace_app
from selflearn.settings import LogSettings, TelemetrySettings, load_settings

WORDS, CUSTOMER, KEY = "wordsofmine", "mrsmiller", "sl_0123456789abcdef_secretofthehouse"


@pytest.fixture
def log(monkeypatch):
    """All that the process logs, as the server would write it."""
    # The test's own client is no part of the server, and writes every address that it asks.
    monkeypatch.setattr(logging.getLogger("httpx2"), "disabled", True)
    root = logging.getLogger()
    former, level = root.handlers[:], root.level

    def start(**settings):
        stream = io.StringIO()
        for handler in root.handlers[:]:
            root.removeHandler(handler)  # pytest's own are not to be closed
        start_logs(LogSettings(level="debug", **settings), stream=stream)
        return stream

    yield start
    root.handlers[:], root.level = former, level


def every_way_to_speak(client):
    """Send marked words and names wherever a caller can put any, rightly and wrongly."""
    headers = {"authorization": f"Bearer {KEY}", "content-type": "application/json"}
    good = {"utterance": WORDS, "customer_id": CUSTOMER, "device_id": CUSTOMER, "asr": [{"text": WORDS}]}
    good |= {"context": {"asked": WORDS, "prompt": WORDS}}
    bodies = [
        good,
        good | {"utterance": {WORDS: WORDS}},
        good | {WORDS: CUSTOMER},
        good | {"utterance": WORDS * 2000},
        {"requests": [good, good | {"asr": WORDS}]},
        {"requests": [good]},
        {"feedback_id": "f", "request_id": "r", "customer_id": CUSTOMER, "verdict": WORDS},
        {"feedback_id": "f", "request_id": "r", "customer_id": CUSTOMER, "verdict": "rejected"},
        {"kind": "off", "source": WORDS, "reason": WORDS},
        {"kind": WORDS},
        WORDS,
    ]
    texts = [json.dumps(body) for body in bodies] + [
        '{"utterance": "' + WORDS,
        '{"utterance": "\\ud800' + WORDS,
    ]
    paths = [
        "/v1/rewrite",
        "/v1/rewrite:batch",
        "/v1/feedback",
        "/v1/switches",
        "/v1/switches/x",
        "/" + WORDS,
    ]
    for path in paths:
        for text in texts:
            client.post(path, content=text, headers=headers)
            client.put(path, content=text, headers=headers)
    for path in (f"/v1/decisions/{WORDS}", f"/v1/switches?tenant_id={WORDS}", f"/{WORDS}?{CUSTOMER}={WORDS}"):
        client.get(path, headers=headers)
        client.delete(path, headers=headers)


class Quoting:
    """A fault that quotes what was said, as faults do."""

    def __init__(self, rewriter):
        self._rewriter = rewriter

    def __call__(self, *args, **options):
        try:
            raise KeyError(f"{WORDS} of {CUSTOMER}")
        except KeyError as error:
            raise ValueError(f"no meaning of {WORDS!r}") from error


@pytest.mark.parametrize("form", ["json", "text"])
@pytest.mark.parametrize("opened", [True, False])
@pytest.mark.parametrize("broken", [True, False])
def test_nobodys_words_names_or_keys(settings, table, log, form, opened, broken):
    stream = log(format=form)
    given = load_settings(
        overrides=[f"data_folder={settings.data_folder}", f"access.open={str(opened).lower()}"]
    )
    app = create_app(given)
    if broken:
        app.state.rewriter._lookup_in = Quoting(app.state.rewriter)
    exporter = InMemorySpanExporter()
    traced = trace_app(app, TelemetrySettings(), exporter)
    with TestClient(traced, raise_server_exceptions=False) as client:
        every_way_to_speak(client)
        metrics = app.state.metrics.text().decode()
    written = stream.getvalue()
    spans = json.dumps([json.loads(span.to_json()) for span in exporter.get_finished_spans()])
    assert "/v1/rewrite" in written
    for what in (written, metrics, spans):
        for secret in (WORDS, CUSTOMER, KEY, "secretofthehouse"):
            assert secret not in what
    assert ('"outcome": "rewritten"' in spans or "no_rewrite" in spans) is (opened and not broken)
    if broken and opened:
        assert "ValueError, from KeyError" in written
        assert "test_observing.py" in written


def test_nobodys_name_where_the_store_is_broken(settings, table, log):
    """A database's errors quote the values of the statement that failed: here, who rejected what."""
    stream = log(format="json")
    app = create_app(settings)
    with TestClient(app, raise_server_exceptions=False) as client:
        asked = {"utterance": "play maj and dragons", "customer_id": CUSTOMER, "request_id": "r1"}
        assert client.post("/v1/rewrite", json=asked).json()["rewrite"]
        with app.state.store.begin() as connection:
            for name in ("rejections", "feedback", "switches"):
                connection.exec_driver_sql(f"alter table {name} rename to {name}_gone")
        said = {"feedback_id": WORDS, "request_id": "r1", "customer_id": CUSTOMER, "verdict": "rejected"}
        told = client.post("/v1/feedback", json=said)
        assert told.status_code >= 500
        client.post("/v1/rewrite", json=asked)
        switch = {"kind": "off", "source": WORDS, "reason": CUSTOMER}
        assert client.post("/v1/switches", json=switch).status_code >= 400
    for secret in (WORDS, CUSTOMER):
        assert secret not in stream.getvalue()
        assert secret not in told.text


def test_a_line_is_an_object_with_its_fields(log):
    stream = log(format="json")
    logger = logging.getLogger("selflearn.test")
    logger.warning("%d of %s", 3, "four", extra={"fields": {"route": "/x", "us": 12}})
    try:
        Path("/no/such/file").read_text()
    except OSError:
        logger.exception("cannot open")
    first, second = map(json.loads, stream.getvalue().splitlines())
    assert first.pop("time").endswith("+00:00")
    assert first == {
        "level": "warning",
        "logger": "selflearn.test",
        "message": "3 of four",
        "route": "/x",
        "us": 12,
    }
    # What the operating system says hears nothing of customers.
    assert second["error"] == "FileNotFoundError: [Errno 2] No such file or directory: '/no/such/file'"
    assert any("test_a_line_is_an_object" in place for place in second["at"])


def test_the_level_holds_unless_more_is_asked_for(log):
    stream = io.StringIO()
    log()
    start_logs(LogSettings(level="error"), stream=stream)
    logging.getLogger("a").warning("no")
    start_logs(LogSettings(level="error"), stream=stream, verbose=True)
    logging.getLogger("a").info("yes")
    assert stream.getvalue().count("\n") == 1


@pytest.fixture
def spans(settings, table):
    """An app that is traced, and the spans that it made."""
    exporter = InMemorySpanExporter()
    app = create_app(settings)
    with TestClient(trace_app(app, TelemetrySettings(), exporter), raise_server_exceptions=False) as client:
        yield client, app, exporter


def test_a_request_is_a_span_in_its_callers_trace(spans):
    client, _, exporter = spans
    caller = f"00-{'ab' * 16}-{'cd' * 8}-01"
    client.post("/v1/rewrite", json={"utterance": "stop"}, headers={"traceparent": caller, "baggage": "a=b"})
    rewrite, request = exporter.get_finished_spans()
    assert (rewrite.name, request.name) == ("rewrite", "POST /v1/rewrite")
    assert f"{request.context.trace_id:032x}" == f"{rewrite.context.trace_id:032x}" == "ab" * 16
    assert f"{request.parent.span_id:016x}" == "cd" * 8
    assert rewrite.parent.span_id == request.context.span_id
    assert dict(request.attributes) == {
        "http.request.method": "POST",
        "http.route": "/v1/rewrite",
        "http.response.status_code": 200,
    }
    assert rewrite.attributes["selflearn.outcome"] == "no_rewrite"


def test_a_table_that_is_loaded_is_a_span(spans, put):
    from entries import entry

    _, app, exporter = spans
    version = put(entry("a", "b")).version
    app.state.rewriter._source.refresh()
    (load,) = exporter.get_finished_spans()
    assert load.name == "load table"
    assert load.attributes["selflearn.table_version"] == version


def test_a_fault_is_told_by_its_kind(spans):
    client, app, exporter = spans
    app.state.rewriter._lookup_in = Quoting(None)
    assert client.post("/v1/rewrite", json={"utterance": "stop"}).status_code == 500
    rewrite, request = exporter.get_finished_spans()
    assert (rewrite.status.status_code, rewrite.status.description) == (trace.StatusCode.ERROR, "ValueError")
    assert request.status.status_code is trace.StatusCode.ERROR
    assert not rewrite.events


def test_spans_go_to_the_endpoint_at_the_latest_when_it_ends(settings, table):
    taken = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            taken.append((self.path, ExportTraceServiceRequest.FromString(_plain(self.headers, body))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Collector) as collector:
        thread = threading.Thread(target=collector.serve_forever, daemon=True)
        thread.start()
        endpoint = f"http://127.0.0.1:{collector.server_port}/v1/traces"
        traced = trace_app(create_app(settings), TelemetrySettings(endpoint=endpoint, service="mine"))
        with TestClient(traced) as client:
            client.post("/v1/rewrite", json={"utterance": "stop"})
        traced.close()
        collector.shutdown()
        thread.join()
    ((path, request),) = taken
    (resource,) = request.resource_spans
    assert path == "/v1/traces"
    assert "mine" in {one.value.string_value for one in resource.resource.attributes}
    assert [span.name for scope in resource.scope_spans for span in scope.spans] == [
        "rewrite",
        "POST /v1/rewrite",
    ]


def _plain(headers, body):
    return gzip.decompress(body) if headers.get("content-encoding") == "gzip" else body


def test_without_the_extra_it_says_what_is_missing(settings, monkeypatch):
    for name in [name for name in sys.modules if name.startswith("opentelemetry.sdk")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk", None)
    with pytest.raises(SettingsError, match=r"pip install 'selflearn\[telemetry\]'"):
        trace_app(create_app(settings), TelemetrySettings())


def test_off_it_costs_nothing(settings, table):
    """No wrapper anywhere: what answers is the plain method of the plain class."""
    app = create_app(settings)
    assert not vars(app.state.rewriter).keys() & {"rewrite", "rewrite_batch"}
    assert not TelemetrySettings().enabled


def test_the_client_hands_its_callers_trace_on():
    from opentelemetry.sdk.trace import TracerProvider

    seen = []

    class Noting(FakeApi):
        def handle_request(self, request):
            seen.append(request.headers.get("traceparent"))
            return super().handle_request(request)

    with Client("http://api", transport=Noting(), settings=ClientSettings()) as client:
        client.rewrite("a")
        with TracerProvider().get_tracer("pipeline").start_as_current_span("turn") as span:
            client.rewrite("a")
    none, caller = seen
    assert none is None
    assert caller.startswith(f"00-{span.context.trace_id:032x}-{span.context.span_id:016x}-")
