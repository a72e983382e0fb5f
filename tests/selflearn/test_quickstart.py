"""The quickstart, piece by piece and as a whole."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.responses import JSONResponse

from rewrite_offline.table import Table, publish
from selflearn.api import create_app
from selflearn.errors import PortTaken, ProbeFailed, ServerFailed
from selflearn.quickstart.asking import ask, curl
from selflearn.quickstart.examples import examples
from selflearn.quickstart.probe import probe, question
from selflearn.quickstart.server import listen, serving
from selflearn.settings import load_settings
from streams.records import Evidence, Interpretation, Rewrite


def entry(
    source: str, target: str, turns: int, *, asked: str | None = None, domain: str = "music"
) -> Rewrite:
    return Rewrite(
        rewrite_id=f"{asked}/{source}",
        source=source,
        asked=asked,
        target=target,
        interpretation=Interpretation(domain=domain, intent="play"),
        win_probability=0.8,
        evidence=Evidence(
            turns=turns, customers=turns, source_success=0.1, target_success=0.9, improvement_low=0.3
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
    app = create_app(load_settings(overrides=[f"data_folder={data}"]))
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


def test_examples_are_of_different_kinds_and_well_supported() -> None:
    more = [*ENTRIES, entry("cut the music", "stop", 3).model_copy(update={"blocked": "by a person"})]
    assert [one.source for one in examples(more, 2)] == ["play maj and dragons", "living rome"]
    assert [one.source for one in examples(more)] == [
        "play maj and dragons",
        "living rome",
        "play tailor swift",
    ]


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
    line = curl("http://h:1", "/v1/rewrite", question(entry("don't stop", "stop", 9)))
    assert """'{"utterance": "don'"'"'t stop"}'""" in line
