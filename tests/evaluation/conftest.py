"""The corpora's own definitions of truth, loaded from the corpora's folder, and the corpora read once."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from evaluation.corpora import CorpusLog, Dstc2


def _reference(path: Path, name: str) -> ModuleType:
    if not path.is_file():
        pytest.skip(f"no definition of truth at {path}")
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def dstc2_reference(corpora: Path) -> ModuleType:
    return _reference(corpora / "dstc2" / "reference.py", "dstc2_reference")


@pytest.fixture(scope="session")
def sgd_reference(corpora: Path) -> ModuleType:
    return _reference(corpora / "sgd" / "reference.py", "sgd_reference")


@pytest.fixture(scope="session")
def dstc2_train_log(dstc2_train: Path) -> CorpusLog:
    return Dstc2().read(dstc2_train)


@pytest.fixture(scope="session")
def dstc2_train_rows(dstc2_reference: ModuleType, dstc2_train: Path) -> list[dict]:
    """What the reference says of every turn of the training split. Not to be changed."""
    dialogues = dstc2_reference.read(dstc2_train)
    return dstc2_reference.truth(dialogues, dialogues)


@pytest.fixture(scope="session")
def cqr_dev(corpora: Path) -> Path:
    path = corpora / "alexa_cqr" / "cqr_kvret_dev_public.json.gz"
    if not path.is_file():
        pytest.skip(f"no alexa_cqr/cqr_kvret_dev_public.json.gz among the public corpora at {corpora}")
    return path
