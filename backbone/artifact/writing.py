"""An artifact is written whole, or not at all."""

import json
from collections.abc import Mapping
from pathlib import Path
from shutil import copyfile, rmtree
from tempfile import mkdtemp
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import JsonValue
from safetensors.numpy import save_file

from backbone.artifact.card import ModelCard
from backbone.artifact.content import CARD, CONTENT, SETTINGS, WEIGHTS, content_of, hashes_of, refuse_unsafe

__all__ = ["write_artifact"]


def write_artifact(
    folder: Path,
    card: ModelCard,
    settings: Mapping[str, JsonValue],
    files: Mapping[str, Path | bytes],
    weights: Mapping[str, NDArray[Any]] | None = None,
) -> str:
    """Write an artifact; one that is there is replaced when the new one is whole.

    | file | what it is |
    | --- | --- |
    | `card.json`, `README.md` | the model card |
    | `settings.json` | what serving has to know |
    | `weights.safetensors` | what was trained, to go on from; where given |
    | `content.json` | the hash of each file, and of all together |
    | … | what `files` gives, such as `model.onnx` |

    Parameters
    ----------
    folder
        The artifact's.
    card
        Its card.
    settings
        What serving has to know.
    files
        By name, to be copied or written.
    weights
        What was trained.

    Returns
    -------
    str
        The hash of the content: the same content has the same.

    Raises
    ------
    UnsafeFile
        If one of the files is of a kind that can run code when it is read.
    """
    for name in files:
        refuse_unsafe(folder, name)
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        for name, given in files.items():
            place = beside / name
            place.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(given, bytes):
                place.write_bytes(given)
            else:
                copyfile(given, place)
        _write_json(beside / SETTINGS, dict(settings))
        _write_json(beside / CARD, card.model_dump(mode="json"))
        (beside / "README.md").write_text(card.markdown(), encoding="utf-8")
        if weights is not None:
            save_file(
                {name: np.ascontiguousarray(values) for name, values in weights.items()}, beside / WEIGHTS
            )
        hashes = hashes_of(beside)
        content = content_of(hashes)
        _write_json(beside / CONTENT, {"content": content, "files": hashes})
        beside.chmod(0o755)
        _replace(folder, beside)
    finally:
        rmtree(beside, ignore_errors=True)
    return content


def _replace(folder: Path, beside: Path) -> None:
    if not folder.exists():
        beside.rename(folder)
        return
    former = Path(mkdtemp(prefix=f".{folder.name}.former.", dir=folder.parent))
    folder.rename(former / "it")
    try:
        beside.rename(folder)
    except OSError:
        (former / "it").rename(folder)
        raise
    finally:
        rmtree(former, ignore_errors=True)


def _write_json(path: Path, said: object) -> None:
    path.write_text(json.dumps(said, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
