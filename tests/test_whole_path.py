"""The whole path over a real broker, with the commands that a user types: log → Kafka → archive → table → HTTP."""

import gzip
import json
import os
import re
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from evaluation.broker import Broker, broker_command
from evaluation.corpora import corpus_named
from rewrite_offline.table import Table
from selflearn.quickstart import household
from streams.sinks import KafkaSink


@pytest.fixture(scope="module")
def broker(tmp_path_factory):
    """A broker of this file's own, so that its topics hold nothing else."""
    if broker_command(keeps=False) is None:
        pytest.skip("no Kafka broker: set KAFKA_HOME to a Kafka distribution, with Java 17 or later")
    broker = Broker(tmp_path_factory.mktemp("kafka"), keeps=False)
    broker.start()
    yield broker
    broker.kill()


def selflearn(data: Path, *arguments: str) -> dict:
    """Run a command as a process of its own; it must end well and print one JSON object."""
    done = subprocess.run(
        [sys.executable, "-m", "selflearn.cli", *arguments, "--json"],
        env={**os.environ, "SELFLEARN_DATA_FOLDER": str(data)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def produce(broker, *logs) -> None:
    sink = KafkaSink(broker.settings)
    for log in logs:
        sink.write(log)
    sink.flush()
    sink.close()


def ask(data: Path, question: dict) -> dict:
    """Ask a server, started as a process and ended again."""
    server = subprocess.Popen(
        [sys.executable, "-m", "selflearn.cli", "--set", "api.port=0", "--set", "access.open=true", "serve"],
        env={**os.environ, "SELFLEARN_DATA_FOLDER": str(data)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        said = []
        for line in server.stdout:
            said.append(line)
            if "http://127.0.0.1:" in line:
                break
        else:
            pytest.fail("the server did not start: " + "".join(said))
        address = re.search(r"http://127\.0\.0\.1:\d+", line)[0]
        request = urllib.request.Request(
            f"{address}/v1/rewrite", json.dumps(question).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)
    finally:
        server.terminate()
        server.wait(20)


@pytest.mark.kafka
def test_dstc2_from_calls_to_a_served_rewrite(broker, dstc2_train, tmp_path):
    log = corpus_named("dstc2").read(dstc2_train)
    produce(broker, log.turns, log.signals)
    place = f"kafka://{','.join(broker.settings.bootstrap_servers)}"
    read = selflearn(tmp_path, "ingest", place)
    assert read["kept"] == len(log.turns) + len(log.signals)
    assert selflearn(tmp_path, "ingest", place)["read"] == 0, "what was committed is not read again"
    learned = selflearn(tmp_path, "learn", "rewrites")
    assert learned["turns"] > 10_000
    assert learned["entries"] > 10
    answer = ask(tmp_path, {"utterance": "Type of food?", "customer_id": "somebody new"})
    assert answer["rewrite"].startswith("what type of food")
    assert answer["table_version"] == learned["version"]


def test_the_household_from_files_to_a_served_rewrite(tmp_path):
    folder = Path(household.__file__).parent
    with gzip.open(folder / "dialogue.turns.jsonl.gz") as lines:
        turns = sum(1 for _ in lines)
    read = selflearn(tmp_path, "ingest", str(folder))
    assert read["kept"] > turns
    learned = selflearn(tmp_path, "learn", "rewrites")
    entry = next(found for found in Table.open(Path(learned["table"])) if found.asked is None)
    answer = ask(tmp_path, {"utterance": entry.source})
    assert (answer["rewrite"], answer["table_version"]) == (entry.target, learned["version"])
