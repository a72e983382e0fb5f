"""`selflearn serve` as a real process: how it ends, and what its log says."""

import json
import signal
import threading
import time

import httpx2
import pytest

from tests.selflearn.serving import served


def _decisions(settings):
    lines = [
        line for path in settings.decision_folder.rglob("*.jsonl") for line in path.read_text().splitlines()
    ]
    return [json.loads(line)["request_id"] for line in lines]


class Load:
    """Threads that ask without pause until nobody answers any more."""

    def __init__(self, address, threads):
        self.answered, self.wrong, self.turned_away = [], [], []
        self.began = threading.Semaphore(0)
        self._threads = [threading.Thread(target=self._ask, args=[address, n]) for n in range(threads)]
        for thread in self._threads:
            thread.start()

    def _ask(self, address, name):
        number = 0
        with httpx2.Client(base_url=address, timeout=30) as http:
            while True:
                request_id = f"{name}-{number}"
                asked = {"utterance": "play maj and dragons", "request_id": request_id}
                try:
                    answer = http.post("/v1/rewrite", json=asked)
                except httpx2.TransportError:
                    # Nobody listens any more, or the connection was still in the system's queue.
                    self.turned_away.append(request_id)
                    return
                if answer.status_code != 200 or answer.json()["rewrite"] != "play imagine dragons":
                    self.wrong.append((request_id, answer.text))
                self.answered.append(request_id)
                self.began.release()
                number += 1

    def join(self):
        for thread in self._threads:
            thread.join(60)


def test_told_to_end_under_load_it_answers_what_it_took_and_keeps_every_decision(settings, table):
    with served(settings, "api.drain_delay=0.5") as (server, address):
        load = Load(address, threads=4)
        for _ in range(50):
            assert load.began.acquire(timeout=30)
        server.send_signal(signal.SIGTERM)
        load.join()
        assert server.wait(30) == 0
    assert not load.wrong
    assert len(load.turned_away) == 4
    # What was taken was answered and written down; what was turned away was never taken.
    assert sorted(_decisions(settings)) == sorted(load.answered)


def test_it_is_not_ready_before_it_ends(settings, table):
    with served(settings, "api.drain_delay=60") as (server, address), httpx2.Client(base_url=address) as http:
        assert http.get("/readyz").status_code == 200
        server.send_signal(signal.SIGTERM)
        while (ready := http.get("/readyz")).status_code == 200:
            time.sleep(0.01)
        assert ready.json()["type"] == "urn:selflearn:problem:not-ready"
        assert ready.headers["connection"] == "close"
        assert http.get("/healthz").status_code == 200
        assert http.post("/v1/rewrite", json={"utterance": "stop"}).status_code == 200
        # Told again, it waits no longer.
        server.send_signal(signal.SIGTERM)
        assert server.wait(30) == 0


@pytest.mark.parametrize("level", ["info", "warning"])
def test_its_log_is_json_line_by_line(settings, table, level):
    with served(settings, "logs.format=json", f"logs.level={level}") as (server, address):
        with httpx2.Client(base_url=address) as http:
            asked = {"utterance": "play maj and dragons", "request_id": "r1", "customer_id": "mrs-miller"}
            http.post("/v1/rewrite", json=asked)
            http.get("/nowhere/of/mine")
        server.send_signal(signal.SIGTERM)
        rest = server.stderr.read()
        assert server.wait(30) == 0
    lines = [json.loads(line) for line in rest.splitlines()]
    requests = [line for line in lines if line["message"] == "request"]
    if level == "warning":
        assert not requests
    else:
        rewrite, lost = requests
        assert (rewrite["route"], rewrite["status"], rewrite["tenant"], rewrite["request_id"]) == (
            "/v1/rewrite",
            200,
            "default",
            "r1",
        )
        assert rewrite["us"] > 0
        assert (lost["route"], lost["status"]) == ("other", 404)
    assert "miller" not in rest
    assert "dragons" not in rest
    assert lines[-1]["message"].startswith("ended")
