"""The quickstart, piece by piece and as a whole."""

import gzip
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.responses import JSONResponse
from rich.console import Console
from typer.testing import CliRunner

from rewrite_offline.lookup import LearnedLookup
from rewrite_offline.table import Table, publish
from rewrite_offline.templates import Entry, Templates
from selflearn.api import create_app
from selflearn.cli import app as cli
from selflearn.errors import PortTaken, ProbeFailed, ServerFailed
from selflearn.quickstart import household
from selflearn.quickstart.asking import ask, curl
from selflearn.quickstart.examples import example_of_a_template, examples
from selflearn.quickstart.probe import probe, question
from selflearn.quickstart.run import run
from selflearn.quickstart.server import listen, serving
from selflearn.settings import load_settings
from streams.records import Evidence, Interpretation, Rewrite, Slot


def entry(
    source: str,
    target: str,
    turns: int,
    *,
    asked: str | None = None,
    domain: str = "music",
    gain: float = 0.3,
) -> Rewrite:
    return Rewrite(
        rewrite_id=f"{asked}/{source}",
        source=source,
        asked=asked,
        target=target,
        interpretation=Interpretation(domain=domain, intent="play"),
        win_probability=0.8,
        evidence=Evidence(
            turns=turns, customers=turns, source_success=0.1, target_success=0.9, improvement_low=gain
        ),
        miner="chain",
        time=datetime(2025, 3, 3, tzinfo=UTC),
    )


ENTRIES = [
    entry("play maj and dragons", "play imagine dragons", 70),
    entry("play tailor swift", "play taylor swift", 60),
    entry("living rome", "living room", 20, asked="room", domain="lights"),
]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    publish(ENTRIES, tmp_path / "table", made_from={})
    return tmp_path


@pytest.fixture
def address(data: Path) -> Iterator[str]:
    app = create_app(load_settings(overrides=[f"data_folder={data}", "access.open=true"]))
    with serving(app, listen("127.0.0.1", 0)) as address:
        yield address


def test_a_taken_port_is_said_before_anything_else() -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortTaken, match=f"127.0.0.1:{port}.*--port"):
            listen("127.0.0.1", port)


def test_a_server_gives_its_port_back(data: Path) -> None:
    with serving(FastAPI(), listen("127.0.0.1", 0)) as address:
        port = int(address.rpartition(":")[2])
    listen("127.0.0.1", port).close()


def test_an_app_that_does_not_start_is_said() -> None:
    with pytest.raises(ServerFailed), serving(FastAPI(lifespan=_failing), listen("127.0.0.1", 0)):
        pytest.fail("served")


@asynccontextmanager
async def _failing(app: FastAPI) -> AsyncIterator[None]:
    raise RuntimeError("does not start")
    yield


def test_examples_are_of_different_domains_and_sure_to_help() -> None:
    blocked = entry("cut the music", "stop", 900).model_copy(update={"blocked": "by a person"})
    timer = entry("count down", "set a timer", 5, domain="timer")
    doubtful = entry("cheers", "what's new", 900, domain="news", gain=0.1)
    more = [*ENTRIES, blocked, timer, doubtful]
    assert [one.source for one in examples(more)] == ["play maj and dragons", "count down", "living rome"]
    assert [one.source for one in examples(ENTRIES)] == [
        "play maj and dragons",
        "living rome",
        "play tailor swift",
    ]
    assert examples([]) == []


def test_a_template_is_shown_by_a_request_of_the_log(tmp_path: Path) -> None:
    def template(source: str, gain: float, turns: tuple[str, ...]) -> Entry:
        evidence = Evidence(
            turns=9, customers=7, source_success=0.1, target_success=0.9, improvement_low=gain, turn_ids=turns
        )
        lights = Interpretation(intent="off", slots=(Slot(name="room", value="{room}"),))
        return Entry(None, source, "turn off the {room} light", lights, 0.8, evidence)

    said = {"t1": "nobody is in the hall anymore", "t2": "make it dark in the attic"}
    templates = Templates(
        [
            template("nobody is in the {room} anymore", 0.3, ("t0", "t1")),
            template("make it dark in the {room}", 0.2, ("t2",)),
        ]
    )
    publish(ENTRIES, tmp_path / "with", made_from={}, attachments=templates.attachments())
    found = example_of_a_template(LearnedLookup(Table.open(tmp_path / "with")), said)
    assert found is not None
    assert (found.source, found.target) == (said["t1"], "turn off the hall light")
    assert example_of_a_template(LearnedLookup(Table.open(tmp_path / "with")), {}) is None
    publish(ENTRIES, tmp_path / "without", made_from={})
    assert example_of_a_template(LearnedLookup(Table.open(tmp_path / "without")), said) is None


def test_a_right_api_passes_the_probe(address: str, data: Path) -> None:
    assert probe(address, Table.open(data / "table").version, ENTRIES)


def test_the_probe_finds_another_version_and_another_answer(address: str, data: Path) -> None:
    version = Table.open(data / "table").version
    with pytest.raises(ProbeFailed, match="table_version"):
        probe(address, "another", ENTRIES)
    wrong = ENTRIES[0].model_copy(update={"target": "play something else"})
    with pytest.raises(ProbeFailed, match="play something else"):
        probe(address, version, [wrong])


def test_the_probe_finds_a_server_that_fails() -> None:
    app = FastAPI()

    @app.get("/healthz")
    def healthz() -> JSONResponse:
        return JSONResponse({"detail": "burning"}, 500)

    with (
        serving(app, listen("127.0.0.1", 0)) as address,
        pytest.raises(ProbeFailed, match=r"healthz: status 500.*burning"),
    ):
        probe(address, "v", ENTRIES)


def test_nobody_there_is_a_message() -> None:
    with listen("127.0.0.1", 0) as free:
        port = free.getsockname()[1]
    with pytest.raises(ProbeFailed, match="does not answer"):
        ask(f"http://127.0.0.1:{port}", "/healthz")


def test_no_proxy_stands_between(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    assert ask(address, "/healthz").status == 200


def test_the_command_line_is_safe_to_copy() -> None:
    line = curl("http://h:1", "/v1/rewrite", question(entry("don't $(stop)", "stop", 9)))
    assert shlex.split(line)[-1] == '{"utterance": "don\'t $(stop)"}'


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Data of a first run, and what it told."""
    folder = tmp_path_factory.mktemp("quickstart")
    console = Console(file=StringIO(), width=200)
    run(load_settings(overrides=[f"data_folder={folder}", "api.port=0"]), console, check=True)
    return folder, console.file.getvalue()


def test_from_the_bundled_log_to_served_rewrites(learned: tuple[Path, str]) -> None:
    folder, told = learned
    table = Table.open(folder / "table")
    entries = list(table)
    assert len(entries) >= 2
    templates = LearnedLookup(table).templates()
    assert templates is not None
    assert len(templates.entries) >= 3
    assert all(template.evidence.customers >= 5 for template in templates.entries)
    for found in entries:
        assert table.lookup(found.source, asked=found.asked) == found
        assert found.evidence.customers >= 5
        assert found.interpretation is not None
        assert found.interpretation.domain != "lock"
    assert not (folder / "dead-letters").exists()
    records = sum(
        gzip.decompress(path.read_bytes()).count(b"\n")
        for path in Path(next(iter(household.__path__))).glob("*.gz")
    )
    assert f"{records:,} records into the archive" in told
    assert told.count("✓") == 4


def test_once_more_over_the_same_data(learned: tuple[Path, str], tmp_path: Path) -> None:
    shutil.copytree(learned[0], tmp_path, dirs_exist_ok=True)
    before = Table.open(tmp_path / "table").version
    console = Console(file=StringIO(), width=200)
    run(load_settings(overrides=[f"data_folder={tmp_path}", "api.port=0"]), console, check=True)
    assert Table.open(tmp_path / "table").version == before
    assert "Nothing new to learn" in console.file.getvalue()


def test_it_shows_what_to_try_and_ends_when_told(learned: tuple[Path, str]) -> None:
    command = [sys.executable, "-m", "selflearn.cli", "quickstart", "--data", str(learned[0]), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told = []
        for line in process.stdout:
            told.append(line)
            if line.startswith("Ctrl-C"):
                process.send_signal(signal.SIGINT)
        assert process.wait() == 0
    text = "".join(told)
    # Three entries at most, and a template.
    shown = 1 + min(3, len(list(Table.open(learned[0] / "table"))))
    assert text.count("curl -s http://127.0.0.1:") == shown
    assert text.count('"rewrite": "') == shown
    assert "/docs" in text
    assert str(learned[0] / "table") in text
    assert "explain" in text


def test_check_ends_with_success_and_a_taken_port_with_a_message(learned: tuple[Path, str]) -> None:
    runner = CliRunner()
    data = ["--data", str(learned[0])]
    assert runner.invoke(cli, ["quickstart", "--check", *data]).exit_code == 0
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        refused = runner.invoke(cli, ["quickstart", "--port", str(port), *data])
    assert refused.exit_code == 1
    assert f"127.0.0.1:{port}" in refused.output
    assert "--port" in refused.output
