"""Fixtures that every test may use: where the public corpora are, if they are anywhere."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# How long an example takes says nothing on a machine that has other things to do.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

_DEFAULT = Path(__file__).parents[1] / ".." / "shared" / "data"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let tests that need a broker share one: those of a group run in one process."""
    for item in items:
        if item.get_closest_marker("kafka"):
            item.add_marker(pytest.mark.xdist_group("kafka"))


@pytest.fixture(scope="session")
def corpora() -> Path:
    """Folder of the public corpora; skips where there is none."""
    folder = Path(os.environ.get("SELFLEARN_DATA", _DEFAULT)).resolve()
    if not folder.is_dir():
        pytest.skip(f"no public corpora at {folder}; set SELFLEARN_DATA to their folder")
    return folder


def _file(corpora: Path, name: str) -> Path:
    path = corpora / name
    if not path.is_file():
        pytest.skip(f"no {name} among the public corpora at {corpora}")
    return path


@pytest.fixture(scope="session")
def dstc2_train(corpora: Path) -> Path:
    return _file(corpora, "dstc2/dstc2_train.jsonl.gz")


@pytest.fixture(scope="session")
def dstc2_dev(corpora: Path) -> Path:
    return _file(corpora, "dstc2/dstc2_dev.jsonl.gz")


@pytest.fixture(scope="session")
def sgd_dev(corpora: Path) -> Path:
    return _file(corpora, "sgd/sgd_dev.jsonl.gz")
