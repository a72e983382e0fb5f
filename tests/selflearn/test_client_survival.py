"""The client beside the real API: in a process of its own that is killed, and comes back."""

import json
import re
import subprocess
import sys
import time

import pytest

from selflearn.api import create_app
from selflearn.client import ApiRefused, Client, ClientSettings, Failure
from selflearn.client.latency import measure
from selflearn.settings import load_settings
from tests.selflearn.api_server import running
from tests.selflearn.serving import served

HEARD, MEANT = "play maj and dragons", "play imagine dragons"
#: A loaded machine may take its time; the deadline is what is tested elsewhere.
PATIENT = ClientSettings(deadline=10.0, failures=3, cool_down=0.2, longest_cool_down=0.2, jitter=0.0)


def _port(address):
    return int(address.rsplit(":", 1)[1])


def test_killed_and_started_again_every_turn_has_a_text(settings, table):
    with Client("http://127.0.0.1:1", settings=PATIENT) as nobody:
        assert nobody.rewrite(HEARD).failed_open is Failure.UNREACHABLE
    with served(settings) as (server, address):
        client = Client(address, settings=PATIENT)
        assert client.warm_up()
        answers = [client.rewrite(HEARD, customer_id="c1") for _ in range(20)]
        assert {answer.text for answer in answers} == {MEANT}
        server.kill()
        server.wait()
        dead = [client.rewrite(HEARD, customer_id="c1") for _ in range(20)]
        assert {answer.text for answer in dead} == {HEARD}
        assert len({answer.request_id for answer in dead}) == 20
        assert client.counts.breaker == "open"
        assert dead[-1].failed_open is Failure.BREAKER_OPEN
    with served(settings, port=_port(address)):
        until = time.monotonic() + 60
        while not (back := client.rewrite(HEARD, customer_id="c1")).rewritten:
            assert time.monotonic() < until
            time.sleep(0.01)
        assert back.text == MEANT
        assert client.counts.breaker == "closed"
        client.close()


def test_a_rewrite_that_is_rejected_while_the_api_is_away_is_not_served_again(settings, table):
    """Feedback waits for the API to come back; then the customer never sees the rewrite again."""
    again = ClientSettings(deadline=10.0, failures=10**6, rate=1.0, window=10**6, first_pause=0.1, longest_pause=1.0,
                           feedback_tries=10**6)  # fmt: skip
    with served(settings) as (server, address):
        client = Client(address, settings=again)
        answer = client.rewrite(HEARD, customer_id="c1")
        assert answer.rewritten
        # Until the decision is on disk: a killed API forgets what it had not written yet.
        while answer.request_id not in "".join(
            path.read_text() for path in settings.decision_folder.rglob("*.jsonl")
        ):
            time.sleep(0.01)
        server.kill()
        server.wait()
        name = client.feedback(answer, "rejected", customer_id="c1")
        assert name
    with served(settings, port=_port(address)):
        until = time.monotonic() + 60
        while not client.counts.feedback_sent:
            # Life goes on: a server looks for what a killed one wrote when it has something to write itself.
            client.rewrite(HEARD, customer_id="c2")
            assert time.monotonic() < until
            time.sleep(0.01)
        assert client.counts.feedback_dropped == 0
        later = client.rewrite(HEARD, customer_id="c1")
        assert (later.text, later.outcome) == (HEARD, "rejected")
        assert client.rewrite(HEARD, customer_id="c2").text == MEANT
        decision = client.decision(later.request_id)
        assert decision["why"]
        client.close()


def test_a_key_that_is_none(settings, table):
    shut = load_settings(overrides=[f"data_folder={settings.data_folder}"])
    with running(create_app(shut)) as address, Client(address, "sl_0_nobody", settings=PATIENT) as client:
        assert client.rewrite(HEARD).failed_open is Failure.REFUSED
        with pytest.raises(ApiRefused) as refused:
            client.decision("r")
    assert (refused.value.status, refused.value.problem) == (401, "urn:selflearn:problem:unauthenticated")


def test_the_example_goes_on_when_the_api_is_killed(settings, table):
    command = [sys.executable, "-m", "selflearn.client.example", "--seconds", "120", "--every", "0.1"]

    def rows_until(example, wanted):
        for line in example.stdout:
            if found := re.match(r" *[\d.]+ s +(\d+) +(\d+) +(\d+)  (.{32})  (\w+)", line):
                turns, rewritten, originals = map(int, found.group(1, 2, 3))
                assert turns == rewritten + originals
                if wanted(rewritten, found[4], found[5]):
                    return True
        return False

    with (
        served(settings) as (server, address),
        subprocess.Popen(
            [*command, "--url", address, "--say", HEARD], stdout=subprocess.PIPE, text=True
        ) as example,
    ):
        try:
            assert rows_until(example, lambda rewritten, why, breaker: rewritten > 0)
            server.kill()
            server.wait()
            assert rows_until(example, lambda rewritten, why, breaker: breaker == "open" and not rewritten)
            with served(settings, port=_port(address)):
                assert rows_until(example, lambda rewritten, why, breaker: rewritten > 0)
                example.terminate()
                rest = example.stdout.read()
            assert example.wait(30) == 0
        finally:
            example.kill()
    assert "breaker_open" in rest


def test_what_it_adds_is_measured_by_case(settings, table):
    with running(create_app(settings)) as address:
        measured = measure(address, None, HEARD, 50)
        said = subprocess.run(
            [sys.executable, "-m", "selflearn.client.latency", "--url", address, "--requests", "5", "--json"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    assert json.loads(said).keys() == measured.keys()
    assert measured["dead, breaker closed"]["failed_open"] == 1.0
    assert measured["dead, breaker open"]["failed_open"] == 1.0
    assert measured["silent, breaker closed"]["p50_ms"] >= 50
