"""Publishing where there is no room: a process that may write short files only."""

import subprocess
import sys

from entries import entry

from rewrite_offline.table import Table, publish

_PUBLISHER = """
import resource, signal, sys
from pathlib import Path
from evaluation.durability.publisher import publish_generation
from rewrite_offline.errors import TableError

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
try:
    publish_generation(Path(sys.argv[1]), 2, 3000)
except TableError as error:
    print(error)
"""


def test_a_version_for_which_there_is_no_room_leaves_the_current_one_and_nothing_else(tmp_path):
    before = publish([entry("a", "b")], tmp_path, made_from={})
    for limit in (20_000, 200_000, 1_000_000):
        command = [sys.executable, "-c", _PUBLISHER, str(tmp_path), str(limit)]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        assert "The current version stays" in said
        assert Table.open(tmp_path).version == before.version
        assert [path.name for path in (tmp_path / "versions").iterdir()] == [before.version]
