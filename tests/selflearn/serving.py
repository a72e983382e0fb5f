"""`selflearn serve` as a process of its own."""

import re
import subprocess
import sys
from contextlib import contextmanager

__all__ = ["served"]


@contextmanager
def served(settings, *options, port=0):
    """Start it over the settings' data folder, open to all; give process and address once it listens."""
    command = [sys.executable, "-m", "selflearn.cli", "--data-folder", str(settings.data_folder)]
    for option in ("access.open=true", "table.check_every=0", *options):
        command += ["--set", option]
    with subprocess.Popen(
        [*command, "serve", "--port", str(port)], stderr=subprocess.PIPE, text=True
    ) as server:
        try:
            address = None
            for line in server.stderr:
                if found := re.search(r"listening on (http://[\w.]+:\d+)", line):
                    address = found[1]
                    break
            assert address, f"it ended with {server.wait(30)}"
            yield server, address
        finally:
            server.kill()
