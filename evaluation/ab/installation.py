"""The product as somebody installs it: a data folder, ingestion, learning, and a server that is asked over HTTP."""

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from evaluation.bench.servers import serving
from evaluation.errors import LearningFailed, TrialFailed
from rewrite_offline.errors import MiningError, RewriteOfflineError
from selflearn.client import Client, ClientSettings
from selflearn.errors import NoInput, SelflearnError
from selflearn.ingestion import ingest
from selflearn.learning import Learned, learn_rewrites
from selflearn.settings import Settings, load_settings
from simulator.simulation import Day
from streams.errors import OutcomeError, StreamError
from streams.sinks import JsonlSink

__all__ = ["Installation"]

#: Seconds within which a server has to answer from a new table; it looks once a second, on a machine that may be busy.
_PATIENCE = 120.0

#: An assistant would not wait so long; a test must not go on without an answer because the machine was busy.
_CLIENT = ClientSettings(deadline=60.0, failures=10**9, window=10**9, rate=1.0)


class Installation:
    """One arm's product.

    Parameters
    ----------
    folder
        Its data folder; the logs that it tails are in it.
    overrides
        Settings, as on the command line.
    """

    def __init__(self, folder: Path, overrides: Sequence[str] = ()) -> None:
        self.folder = folder
        self._overrides = (*overrides, "access.open=true", "decisions.keep=false")
        self._settings: Settings = load_settings(overrides=(f"data_folder='{folder}'", *self._overrides))
        self._log = folder / "log"
        self.version: str | None = None

    def take(self, day: Day) -> None:
        """Bring a day's turns and signals into the archive, through the log folder that the product tails.

        Raises
        ------
        LearningFailed
            If the product refuses the log.
        """
        try:
            sink = JsonlSink(self._log)
            for records in (day.turns, day.signals):
                sink.write(records)
            sink.flush()
            sink.close()
            counts = ingest(self._settings, str(self._log)).counts
        except (StreamError, SelflearnError, OSError) as fault:
            raise LearningFailed(f"{self.folder.name}: {fault}") from fault
        if counts.refused:
            raise LearningFailed(
                f"{self.folder.name}: the product refused {counts.refused} records of the world"
            )

    def learn(self) -> Learned | None:
        """Learn a new table; None where the log teaches nothing yet, and the table stays as it was.

        Raises
        ------
        LearningFailed
            If the product cannot.
        """
        try:
            learned = learn_rewrites(self._settings, force=True)
        except (MiningError, NoInput, OutcomeError):
            return None
        except (RewriteOfflineError, StreamError, SelflearnError, OSError) as fault:
            raise LearningFailed(f"{self.folder.name}: {fault}") from fault
        self.version = learned.manifest.version
        return learned

    @contextmanager
    def served(self) -> Iterator[Client]:
        """Serve the table until the block ends.

        Raises
        ------
        BenchFailed
            The server did not come up.
        """
        command = [sys.executable, "-m", "selflearn.cli", "--data-folder", str(self.folder)]
        for override in self._overrides:
            command += ["--set", override]
        with (
            serving([*command, "serve", "--port"], self.folder / "serve.log") as server,
            Client(f"http://127.0.0.1:{server.port}", settings=_CLIENT) as client,
        ):
            yield client

    def wait_for_table(self, client: Client) -> None:
        """Wait until the server answers from the newest table.

        Raises
        ------
        TrialFailed
            It does not.
        """
        until = time.monotonic() + _PATIENCE
        while (
            self.version is not None
            and client.rewrite("is the new table there").table_version != self.version
        ):
            if time.monotonic() > until:
                raise TrialFailed(f"{self.folder.name}: the server does not take up table {self.version}")
            time.sleep(0.05)
