"""What every baseline is told besides sessions and labels."""

from dataclasses import dataclass, field
from pathlib import Path

from evaluation.rephrase.baselines.candidates import Near
from selflearn.steps import Step

__all__ = ["Setup"]


def _silent(what: str, share: float | None) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Setup:
    """The same for all methods.

    Attributes
    ----------
    near
        Which later requests are candidates.
    encoder
        Name or folder of the encoder from which those start that have one; None: the default one.
    layers
        How many of its layers the contextual detector trains itself; no baseline asks.
    seed
        Of all chance in a training.
    folder
        Where what is costly is kept, by what it is from; None: nowhere.
    step
        Told of the progress.
    """

    near: Near = field(default_factory=Near)
    encoder: str | None = None
    layers: int = 1
    seed: int = 0
    folder: Path | None = None
    step: Step = field(default=_silent)
