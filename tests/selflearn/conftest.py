"""Tables and servers for the product's tests."""

import threading
from contextlib import contextmanager

import pytest
import uvicorn
from starlette.testclient import TestClient

from rewrite_offline.table import publish
from selflearn.api import create_app
from selflearn.settings import load_settings
from tests.rewrite_offline.test_table import entry


@pytest.fixture
def settings(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SELFLEARN_SETTINGS", raising=False)
    return load_settings(overrides=[f"data_folder={tmp_path / 'data'}", "table.check_every=0"])


@pytest.fixture
def put(settings):
    """Publish entries to the table of the settings."""

    def publishing(*entries, **options):
        return publish(entries, settings.table_folder, made_from={}, **options)

    return publishing


@pytest.fixture
def table(put):
    """A small table, published."""
    return put(
        entry("play maj and dragons", "play imagine dragons"),
        entry("living rome", "living room", "room"),
        entry("unlock door", "lock door", blocked="intent is never rewritten"),
    )


@pytest.fixture
def client(settings):
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        yield client


@contextmanager
def running(app):
    """Serve an app over a real socket, from a thread."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    started = threading.Event()
    while not server.started and thread.is_alive():
        started.wait(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
