"""An artifact is read only if it is what was written."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray
from pydantic import JsonValue, ValidationError
from safetensors import SafetensorError
from safetensors.numpy import load_file

from backbone.artifact.card import ModelCard
from backbone.artifact.content import CARD, CONTENT, SETTINGS, WEIGHTS, content_of, hashes_of, refuse_unsafe
from backbone.errors import ArtifactDamaged, ArtifactMissing, ArtifactOfAnotherEncoder

__all__ = ["Artifact", "read_artifact"]


@dataclass(frozen=True)
class Artifact:
    """An artifact whose files are those that were written.

    Attributes
    ----------
    folder
        Where it is.
    card
        Its model card.
    settings
        What serving has to know.
    content
        The hash of its content.
    """

    folder: Path
    card: ModelCard
    settings: Mapping[str, JsonValue]
    content: str

    def file(self, name: str) -> Path:
        """Return the path of one of its files.

        Raises
        ------
        ArtifactDamaged
            If it has none of that name.
        """
        path = self.folder / name
        if not path.is_file():
            raise ArtifactDamaged(self.folder, f"{name} is not in it", self.card.command)
        return path

    def weights(self) -> dict[str, NDArray[Any]]:
        """Return what was trained, by name.

        Raises
        ------
        ArtifactDamaged
            If it was written without, or the file is none.
        """
        try:
            return load_file(self.file(WEIGHTS))
        except SafetensorError as error:
            raise ArtifactDamaged(self.folder, f"{WEIGHTS}: {error}", self.card.command) from error


def read_artifact(folder: Path, *, command: str = "", encoder_fingerprint: str | None = None) -> Artifact:
    """Read an artifact, and look at every byte of it first.

    Parameters
    ----------
    folder
        Where it is.
    command
        What remakes it; told where the artifact itself cannot say.
    encoder_fingerprint
        Of the encoder at hand; None: not asked.

    Returns
    -------
    Artifact
        What it holds.

    Raises
    ------
    ArtifactMissing
        If there is none.
    ArtifactDamaged
        If a file is missing, too many, or another than was written.
    UnsafeFile
        If it holds a kind of file that can run code when it is read.
    ArtifactOfAnotherEncoder
        If it was made for another encoder than the one at hand.
    """
    if not folder.is_dir() or not any(folder.iterdir()):
        raise ArtifactMissing(folder, command)
    content = _checked(folder, command)
    try:
        card = ModelCard.model_validate_json((folder / CARD).read_bytes())
        settings = json.loads((folder / SETTINGS).read_bytes())
    except (OSError, ValidationError, ValueError) as error:
        raise ArtifactDamaged(folder, f"{CARD} or {SETTINGS} cannot be read", command) from error
    if encoder_fingerprint not in (None, card.encoder_fingerprint):
        raise ArtifactOfAnotherEncoder(
            folder,
            _named(card.encoder, card.encoder_fingerprint),
            str(encoder_fingerprint)[:16],
            card.command,
        )
    return Artifact(folder, card, settings, content)


def _checked(folder: Path, command: str) -> str:
    try:
        said = json.loads((folder / CONTENT).read_bytes())
        expected: dict[str, str] = dict(said["files"])
        content = str(said["content"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ArtifactDamaged(folder, f"{CONTENT} is missing or cannot be read", command) from error
    try:
        found = hashes_of(folder)
    except OSError as error:
        raise ArtifactDamaged(folder, f"{error.strerror}: {error.filename}", command) from error
    for name in found:
        refuse_unsafe(folder, name)
    for wrong, what in (
        (next(iter(expected.keys() - found.keys()), None), "is missing"),
        (next(iter(found.keys() - expected.keys()), None), "was not written with it"),
        (
            next((name for name in expected if found.get(name) != expected[name]), None),
            "is not what was written",
        ),
    ):
        if wrong is not None:
            raise ArtifactDamaged(folder, f"{wrong} {what}", _command(folder) or command)
    if content != content_of(expected):
        raise ArtifactDamaged(folder, f"{CONTENT} is not what was written", command)
    return content


def _command(folder: Path) -> str:
    """Return what its own card says remakes it, if that can still be read."""
    try:
        return ModelCard.model_validate_json((folder / CARD).read_bytes()).command
    except (OSError, ValueError):
        return ""


def _named(encoder: str, fingerprint: str) -> str:
    return f"{encoder} ({fingerprint[:16]})"
