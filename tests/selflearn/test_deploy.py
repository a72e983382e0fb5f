"""What is deployed beside the API asks for metrics that there are, and says what to do."""

import json
import re
from pathlib import Path

import promql_parser
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from selflearn.api import create_app
from selflearn.cli.serve import app as serve
from selflearn.settings import Settings, names_of

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"

#: Metrics that others give, with their labels: Prometheus itself and kafka-exporter.
_OTHERS = {
    "up": {"job", "instance"},
    "kafka_consumergroup_lag": {"consumergroup", "topic", "partition", "job", "instance"},
}


@pytest.fixture
def there(settings, table):
    """Every series of a server that has done everything, as name to labels."""
    with TestClient(create_app(settings)) as client:
        asked = {"utterance": "play maj and dragons", "customer_id": "c1", "request_id": "r1"}
        client.post("/v1/rewrite", json=asked)
        said = {"feedback_id": "f1", "request_id": "r1", "customer_id": "c1", "verdict": "rejected"}
        client.post("/v1/feedback", json=said)
        text = client.get("/metrics").text
    there = {name: set(labels) for name, labels in _OTHERS.items()}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            there.setdefault(sample.name, {"job", "instance"}).update(sample.labels)
    return there


def selectors(node):
    """Every series that an expression asks for."""
    if isinstance(node, promql_parser.VectorSelector):
        yield node
    for name in ("lhs", "rhs", "expr", "vector_selector", "args"):
        inner = getattr(node, name, None)
        for one in inner if isinstance(inner, list) else [inner]:
            if one is not None:
                yield from selectors(one)


def groupings(text):
    return [
        label.strip()
        for labels in re.findall(r"\b(?:by|on|without|ignoring)\s*\(([^)]*)\)", text)
        for label in labels.split(",")
    ]


def holds(expression, there):
    for variable in ("$__rate_interval", "$__interval"):
        expression = expression.replace(variable, "5m")
    asked = list(selectors(promql_parser.parse(expression)))
    assert asked, expression
    for selector in asked:
        assert selector.name in there, f"{expression} asks for {selector.name}, which there is not"
        for matcher in selector.matchers.matchers:
            assert matcher.name in there[selector.name], f"{selector.name} has no label {matcher.name}"
    known = set().union(*(there[selector.name] for selector in asked))
    assert set(groupings(expression)) <= known, expression


def alerts():
    loaded = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text())
    return [rule for group in loaded["groups"] for rule in group["rules"]]


def test_alerts_ask_for_what_there_is_and_say_what_to_do(there):
    runbook = (ROOT / "docs" / "operations.md").read_text()
    names = [rule["alert"] for rule in alerts()]
    assert len(names) == len(set(names)) >= 12
    for rule in alerts():
        holds(rule["expr"], there)
        assert rule.keys() <= {"alert", "expr", "for", "labels", "annotations"}
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert rule["annotations"]["summary"]
        assert rule["annotations"]["runbook"] == f"docs/operations.md#{rule['alert'].lower()}"
        assert f"\n### {rule['alert']}\n" in runbook


def test_the_dashboard_asks_for_what_there_is(there):
    board = json.loads((DEPLOY / "grafana" / "dashboard.json").read_text())
    panels = [panel for panel in board["panels"] if panel["type"] != "row"]
    expressions = [target["expr"] for panel in panels for target in panel["targets"]]
    assert len(expressions) > 20
    for expression in expressions:
        holds(expression, there)
    for note in board["annotations"]["list"]:
        holds(note["expr"], there)
    ids = [panel["id"] for panel in board["panels"]]
    assert len(ids) == len(set(ids))
    variables = {variable["name"] for variable in board["templating"]["list"]}
    for variable in board["templating"]["list"]:
        if variable["type"] == "query":
            metric, label = re.fullmatch(r"label_values\((\w+), (\w+)\)", variable["definition"]).groups()
            assert label in there[metric]
    used = set(re.findall(r"\$\{?(\w+)\}?", "".join(expressions) + "${datasource}")) - {"__rate_interval"}
    assert used <= variables
    # On one grid, nothing lies on anything else.
    cells = [
        (x, y)
        for panel in board["panels"]
        for place in [panel["gridPos"]]
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24


def test_every_metric_of_ours_is_in_the_docs(there):
    text = (ROOT / "docs" / "operations.md").read_text()
    ours = {
        re.sub("_(bucket|sum|count)$", "", name)
        for name in there
        if name.startswith("selflearn_") and not name.endswith("_created")
    }
    missing = {name for name in ours if f"`{name}`" not in text}
    assert not missing


def _settings_in(environment):
    known = set(names_of(Settings))
    for name in environment:
        assert name.startswith("SELFLEARN_")
        assert name.removeprefix("SELFLEARN_").lower().replace("__", ".") in known, name


def test_compose_starts_what_there_is():
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    assert {"kafka", "topics", "api", "prometheus", "grafana", "kafka-exporter"} <= services.keys()
    assert not services["kafka"].get("profiles"), "Kafka alone is what the tests and docs start"
    api = services["api"]
    _settings_in(api["environment"])
    assert (DEPLOY / api["build"]["context"] / api["build"]["dockerfile"]).is_file()
    for service in services.values():
        for volume in service.get("volumes", ()):
            here = volume.split(":")[0]
            if here.startswith("./") and not here.endswith(".key"):
                assert (DEPLOY / here).exists(), here
    for service in ("api", "prometheus", "grafana"):
        assert all(port.startswith("127.0.0.1:") for port in services[service]["ports"])
    scraped = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text())["scrape_configs"]
    for job in scraped:
        for target in job["static_configs"][0]["targets"]:
            assert target.split(":")[0] in services


def test_kubernetes_ends_pods_as_the_server_ends():
    documents = list(yaml.safe_load_all((DEPLOY / "kubernetes" / "api.yaml").read_text()))
    kinds = {document["kind"]: document for document in documents}
    pod = kinds["Deployment"]["spec"]["template"]["spec"]
    (api,) = pod["containers"]
    given = {one["name"]: one.get("value") for one in api["env"]}
    _settings_in(given)
    ends = int(given["SELFLEARN_API__DRAIN_DELAY"]) + int(given["SELFLEARN_API__STOP_WITHIN"])
    assert pod["terminationGracePeriodSeconds"] > ends
    probe = api["readinessProbe"]
    taken_out = probe["periodSeconds"] * probe["failureThreshold"]
    assert int(given["SELFLEARN_API__DRAIN_DELAY"]) > taken_out
    assert kinds["Service"]["spec"]["selector"] == kinds["Deployment"]["spec"]["selector"]["matchLabels"]
    assert api["args"][0] == serve.registered_commands[0].callback.__name__


def test_the_image_has_every_package():
    made = (DEPLOY / "Dockerfile").read_text()
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}
    assert packages <= set(re.findall(r"^COPY (\w+) \1$", made, re.MULTILINE))
