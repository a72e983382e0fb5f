"""Training a detector of rephrases on the archive's sessions. With torch."""

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from pydantic import JsonValue, ValidationError

from backbone.artifact import DataUsed
from backbone.encoder import load_encoder
from backbone.files import digest_of_file
from rewrite_offline.rephrase.reading import COMMAND, SHIPPED
from rewrite_offline.rephrase.training import train_detector, training_of
from rewrite_offline.rephrase.writing import write_detector
from selflearn.errors import NoInput
from selflearn.settings import Settings
from selflearn.steps import Step
from streams.archive import Archive
from streams.records import Label
from streams.sessions import sessions_from_archive

__all__ = ["Wanted", "read_labels", "train_on_archive"]


class Wanted(NamedTuple):
    """What is asked for; see `selflearn rephrase train --help`."""

    labels: Path
    out: Path
    data: str
    licence: str
    encoder: str | None
    layers: int
    epochs: int
    seed: int
    tenant: str


def train_on_archive(settings: Settings, wanted: Wanted, step: Step) -> dict[str, JsonValue]:
    """Train, and write the artifact.

    Returns
    -------
    dict
        What was learned from, and how good it is on the customers who were held out.

    Raises
    ------
    NoInput
        If there are no labels or no sessions.
    TooFewRephrases
        If the labels tell of too few rephrases.
    BackboneError
        From the encoder or the training.
    """
    labels = read_labels(wanted.labels)
    step("reading the archive", None)
    sessions = [
        one
        for one in sessions_from_archive(
            Archive(settings.archive_folder), settings.sessions, tenant=wanted.tenant
        )
        if len(one) > 1
    ]
    if not sessions:
        raise NoInput(f"the archive {settings.archive_folder} has no session of two turns or more")
    encoder = load_encoder(wanted.encoder)
    trained = train_detector(
        sessions,
        labels,
        training=replace(training_of(wanted.layers), epochs=wanted.epochs, seed=wanted.seed),
        encoder=encoder,
        layers=wanted.layers,
        folder=settings.state_folder / "rephrase-training",
        progress=step,
    )
    step("exporting", None)
    content = write_detector(
        trained,
        encoder,
        wanted.out,
        data=[
            DataUsed(
                name=wanted.data,
                licence=wanted.licence,
                fingerprint=digest_of_file(wanted.labels),
                examples=trained.examples,
            )
        ],
        command=COMMAND if wanted.out.resolve() == SHIPPED.resolve() else _again(wanted),
        licence="Apache-2.0",
        seed=wanted.seed,
    )
    return {
        "content": content,
        "requests": trained.examples,
        "rephrased": trained.rephrased,
        "held_out": trained.held_out,
        "epochs": len(trained.trained.history),
        "threshold": trained.calibration.threshold,
        **{f"held_out_{name}": value for name, value in trained.trained.best.items()},
    }


def read_labels(path: Path) -> dict[str, Label]:
    """Read Label records, one a line.

    Raises
    ------
    NoInput
        If there is no such file, no label in it, or a line is none.
    """
    found: dict[str, Label] = {}
    number = 0
    try:
        with path.open("rb") as lines:
            for line in lines:
                number += 1
                if line.strip():
                    label = Label.model_validate_json(line)
                    found[label.turn_id] = label
    except OSError as error:
        raise NoInput(f"the labels {path} cannot be read: {error.strerror}") from error
    except ValidationError as error:
        raise NoInput(f"line {number} of {path} is no Label record: {error.errors()[0]['msg']}") from error
    if not found:
        raise NoInput(f"{path} holds no labels; see docs/rephrase.md for what they look like")
    return found


def _again(wanted: Wanted) -> str:
    return (
        f"selflearn rephrase train --labels {wanted.labels.name} --out {wanted.out.name} --seed {wanted.seed}"
    )
