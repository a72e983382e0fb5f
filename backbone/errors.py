"""The errors of this package.

BackboneError                    anything that backbone/ refuses
├── UnknownProfile               no noise profile of that name
├── EmptyVocabulary              a recogniser that knows no word
├── EncoderError                 an encoder that cannot be used
│   ├── EncoderNotFound          no model of that name or at that path
│   ├── UnsupportedEncoder       a model that is neither of the BERT nor of the RoBERTa family
│   └── NoSuchLayer              a split below the embeddings or above the last layer
├── TrainingError                a training that cannot go on
│   ├── BadTrainingSettings      settings that do not hold together
│   ├── CheckpointOfAnotherRun   the folder holds another run's checkpoint
│   └── LossNotFinite            the loss became infinite, or no number
└── ArtifactError                an artifact that cannot be used
    ├── ArtifactMissing          there is none
    ├── ArtifactDamaged          its files are not those that were written
    ├── ArtifactOfAnotherEncoder it was made for other weights than those at hand
    └── UnsafeFile               a kind of file that can run code when it is read
"""

from collections.abc import Iterable
from pathlib import Path

__all__ = [
    "ArtifactDamaged",
    "ArtifactError",
    "ArtifactMissing",
    "ArtifactOfAnotherEncoder",
    "BackboneError",
    "BadTrainingSettings",
    "CheckpointOfAnotherRun",
    "EmptyVocabulary",
    "EncoderError",
    "EncoderNotFound",
    "LossNotFinite",
    "NoSuchLayer",
    "TrainingError",
    "UnknownProfile",
    "UnsafeFile",
    "UnsupportedEncoder",
]


class BackboneError(Exception):
    """Anything that backbone/ refuses."""


class UnknownProfile(BackboneError):
    """No noise profile of that name."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        super().__init__(f"no noise profile is called {name!r}; there are: {', '.join(sorted(known))}")
        self.name = name


class EmptyVocabulary(BackboneError):
    """A recogniser that knows no word can hear none."""

    def __init__(self) -> None:
        super().__init__(
            "the vocabulary holds no word; give the words that the recogniser knows, with counts"
        )


class EncoderError(BackboneError):
    """An encoder that cannot be used."""


class EncoderNotFound(EncoderError):
    """No model of that name or at that path."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"no encoder {name!r}: {reason}")
        self.name = name
        self.reason = reason


class UnsupportedEncoder(EncoderError):
    """A model that is neither of the BERT nor of the RoBERTa family."""

    def __init__(self, name: str, kind: str, known: Iterable[str]) -> None:
        super().__init__(
            f"{name!r} is a {kind}; encoders of these kinds can be split: {', '.join(sorted(known))}"
        )
        self.name = name
        self.kind = kind


class NoSuchLayer(EncoderError):
    """A split below the embeddings or above the last layer."""

    def __init__(self, at: int, layers: int) -> None:
        super().__init__(f"an encoder of {layers} layers is split at 0 to {layers}, not at {at}")
        self.at = at
        self.layers = layers


class TrainingError(BackboneError):
    """A training that cannot go on."""


class BadTrainingSettings(TrainingError):
    """Settings that do not hold together."""

    def __init__(self, reasons: Iterable[str]) -> None:
        self.reasons = tuple(reasons)
        super().__init__("training settings: " + "; ".join(self.reasons))


class CheckpointOfAnotherRun(TrainingError):
    """The folder holds another run's checkpoint."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path} is of a run with other data, parameters or settings; take it away, or name another folder"
        )
        self.path = path


class LossNotFinite(TrainingError):
    """The loss became infinite, or no number."""

    def __init__(self, epoch: int, batch: int) -> None:
        super().__init__(
            f"the loss is no finite number in batch {batch} of epoch {epoch}; "
            "lower the learning rate, or look at the data"
        )
        self.epoch = epoch
        self.batch = batch


class ArtifactError(BackboneError):
    """An artifact that cannot be used.

    Attributes
    ----------
    artifact
        Its folder.
    command
        What remakes it; empty where nobody said.
    """

    def __init__(self, artifact: Path, what: str, command: str) -> None:
        remake = f"; remake it: {command}" if command else ""
        super().__init__(f"artifact {artifact}: {what}{remake}")
        self.artifact = artifact
        self.command = command


class ArtifactMissing(ArtifactError):
    """There is none."""

    def __init__(self, artifact: Path, command: str) -> None:
        super().__init__(artifact, "it is not there", command)


class ArtifactDamaged(ArtifactError):
    """Its files are not those that were written."""

    def __init__(self, artifact: Path, reason: str, command: str) -> None:
        super().__init__(artifact, f"it is damaged ({reason})", command)
        self.reason = reason


class ArtifactOfAnotherEncoder(ArtifactError):
    """It was made for other weights than those at hand."""

    def __init__(self, artifact: Path, made_for: str, at_hand: str, command: str) -> None:
        super().__init__(artifact, f"it was made for encoder {made_for}, and {at_hand} is at hand", command)
        self.made_for = made_for
        self.at_hand = at_hand


class UnsafeFile(ArtifactError):
    """A kind of file that can run code when it is read."""

    def __init__(self, artifact: Path, file: str) -> None:
        super().__init__(
            artifact, f"{file} is a kind of file that can run code when it is read; use safetensors", ""
        )
        self.file = file
