"""`selflearn keys`: made, listed and revoked from the command line, and heeded by a server that runs."""

import json
import threading
from datetime import UTC, datetime, timedelta

import httpx2
import pytest
from entries import entry
from starlette.testclient import TestClient
from typer.testing import CliRunner

from selflearn.api import create_app
from selflearn.cli import app
from tests.selflearn.access_cases import headers, with_keys
from tests.selflearn.serving import served


@pytest.fixture
def run(settings):
    """Run a command over the settings' data folder; its result, and its JSON where there is one."""

    def running(*arguments, flags=()):
        given = ["--data-folder", str(settings.data_folder), *flags, "keys", *arguments]
        result = CliRunner().invoke(app, given, catch_exceptions=False)
        result.json = None
        if "--json" in arguments:
            lines = result.stdout.splitlines()
            assert len(lines) == 1, "one object on standard output, and nothing else"
            result.json = json.loads(lines[0])
        return result

    return running


def test_a_key_from_its_making_to_its_end(run, settings, put):
    put(entry("a", "b", tenant="t"), tenant="t")
    with TestClient(create_app(with_keys(settings))) as client:

        def status(key):
            return client.post("/v1/rewrite", json={"utterance": "a"}, headers=headers(key)).status_code

        assert status(None) == 401
        made = run("make", "--tenant", "t", "--scope", "rewrite", "--note", "the app's")
        key = made.stdout.strip()
        assert status(key) == 200
        answer = client.post("/v1/rewrite", json={"utterance": "a"}, headers=headers(key)).json()
        assert answer["rewrite"] == "b"
        key_id = key.split("_")[1]
        listed = run("list")
        assert key_id in listed.stdout
        assert "the app's" in listed.stdout
        assert key not in listed.stdout + made.stderr
        assert run("revoke", key_id).exit_code == 0
        assert status(key) == 401
        assert "revoked" in run("list").stdout


def test_what_programs_read(run):
    made = run("make", "--tenant", "t", "--scope", "rewrite", "--scope", "feedback", "--customer", "c1",
               "--rate", "5/second", "--expires", "2999-01-31", "--json").json  # fmt: skip
    secret = made.pop("key")
    assert secret.startswith(f"sl_{made['key_id']}_")
    assert made.pop("created")
    assert made == {
        "key_id": made["key_id"],
        "tenant_id": "t",
        "customer_id": "c1",
        "scopes": ["feedback", "rewrite"],
        "rate": "5/second",
        "note": "",
        "expires": "2999-01-31T00:00:00+00:00",
        "revoked": None,
        "valid": True,
    }
    listed = run("list", "--json")
    assert [one["key_id"] for one in listed.json["keys"]] == [made["key_id"]]
    assert secret.split("_", 2)[2] not in listed.stdout
    revoked = run("revoke", made["key_id"], "--json").json
    assert (revoked["valid"], bool(revoked["revoked"])) == (False, True)


@pytest.mark.parametrize(
    ("written", "days"), [("90d", 90), ("2w", 14), ("1y", 365), ("2999-01-31T12:00+02:00", None)]
)
def test_when_a_key_ends(run, written, days):
    made = run("make", "--tenant", "t", "--scope", "admin", "--expires", written, "--json").json
    ends = datetime.fromisoformat(made["expires"])
    if days is None:
        assert ends == datetime(2999, 1, 31, 10, tzinfo=UTC)
    else:
        assert abs(ends - datetime.now(UTC) - timedelta(days=days)) < timedelta(minutes=5)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--scope", "rewrit"), "there are rewrite, feedback"),
        (("--scope", "admin", "--customer", "c"), "about others"),
        (("--scope", "admin", "--expires", "soon"), "is no time"),
        (("--scope", "admin", "--expires", "99999999999y"), "is no time"),
        (("--scope", "admin", "--expires", "2001-01-01"), "expired already"),
        (("--scope", "admin", "--rate", "lots"), "100/second"),
    ],
)
def test_keys_that_there_cannot_be(run, arguments, said):
    refused = run("make", "--tenant", "t", *arguments, "--json")
    assert (refused.exit_code, refused.json["error"]) == (2, "KeyRefused")
    assert said in refused.json["message"]
    assert run("list", "--json").json == {"keys": []}


def test_a_key_that_is_not_there(run):
    refused = run("revoke", "nobody's", "--json")
    assert (refused.exit_code, refused.json["error"]) == (2, "Unknown")


def test_a_store_that_cannot_be_reached(run):
    refused = run("list", "--json", flags=["--set", "store.url=postgresql://u:hush@127.0.0.1:1/d"])
    assert (refused.exit_code, refused.json["error"]) == (5, "StoreUnavailable")
    assert "hush" not in refused.stdout + refused.stderr


def test_servers_that_run_learn_of_keys_made_and_revoked_elsewhere(run, settings, put):
    """Two processes over one store; the keys come from a third."""
    put(entry("a", "b", tenant="t"), tenant="t")
    closed = ("access.open=false", "access.check_every=0.05")
    with served(settings, *closed) as (_, one), served(settings, *closed) as (_, other):

        def statuses(key):
            return {
                httpx2.post(
                    f"{address}/v1/rewrite", json={"utterance": "a"}, headers=headers(key)
                ).status_code
                for address in (one, other)
            }

        made = run("make", "--tenant", "t", "--scope", "rewrite", "--json").json
        waited = threading.Event()
        for wanted in (200, 401):
            for _ in range(600):
                if statuses(made["key"]) == {wanted}:
                    break
                waited.wait(0.05)
            assert statuses(made["key"]) == {wanted}
            run("revoke", made["key_id"])
