"""The bundled log is what the simulator writes: `make sample-log` would change nothing."""

import gzip
import re
import shlex
from importlib.resources import files
from pathlib import Path

import pytest
from typer.testing import CliRunner

from selflearn.cli import app as cli
from streams.parsing import parse
from streams.records import Record, Signal, Turn

MAKEFILE = Path(__file__).parents[2] / "Makefile"
KINDS = pytest.mark.parametrize("kind", [Turn, Signal])
#: The first of them take seconds, all of them longer than a test should.
FIRST = 2


def packed(kind: type[Record]) -> bytes:
    return files("selflearn.quickstart.household").joinpath(f"{kind.topic}.jsonl.gz").read_bytes()


def simulated(folder: Path, *more: str) -> Path:
    """Simulate as the Makefile says."""
    said = re.search(r"^SAMPLE_LOG := (.*)$", MAKEFILE.read_text(), re.MULTILINE)
    assert said is not None
    arguments = ["simulate", *shlex.split(said[1]), "--truth", "none", "--out", str(folder)]
    done = CliRunner().invoke(cli, [*arguments, *more])
    assert done.exit_code == 0, done.output
    return folder


def written(folder: Path, kind: type[Record]) -> bytes:
    return b"".join(path.read_bytes() for path in sorted((folder / kind.topic).glob("*.jsonl")))


@pytest.fixture(scope="module")
def first_days(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return simulated(tmp_path_factory.mktemp("first") / "log", "--days", str(FIRST), "--processes", "1")


@KINDS
def test_the_bundled_log_begins_as_the_simulator_writes_it(kind: type[Record], first_days: Path) -> None:
    # Unpacked: another zlib may pack the same bytes in another way.
    begins = written(first_days, kind)
    assert begins.count(b"\n") > 100
    assert gzip.decompress(packed(kind)).startswith(begins), "make sample-log writes it anew"


@pytest.mark.slow
def test_the_bundled_log_is_what_the_simulator_writes(tmp_path: Path) -> None:
    folder = simulated(tmp_path / "log")
    for kind in (Turn, Signal):
        assert gzip.decompress(packed(kind)) == written(folder, kind), "make sample-log writes it anew"


@KINDS
def test_its_lines_are_records_and_nothing_else_is_in_them(kind: type[Record]) -> None:
    for line in gzip.decompress(packed(kind)).splitlines()[::20]:
        assert not parse(kind, line).model_extra


def test_it_is_small() -> None:
    assert sum(len(packed(kind)) for kind in (Turn, Signal)) < 2_000_000
