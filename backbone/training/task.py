"""What the loop has to know of a task."""

from collections.abc import Mapping, Sequence
from typing import Protocol, TypeVar

import numpy as np
from torch import Tensor, nn

__all__ = ["Task"]

_Batch = TypeVar("_Batch")


class Task(Protocol[_Batch]):
    """What a task tells the training loop; any class that has these."""

    @property
    def modules(self) -> Mapping[str, nn.Module]:
        """What is trained, by name; the same objects each time.

        Modules whose name begins with `top` learn at `learning_rate`, the others at `head_learning_rate`. Only weights
        that require a gradient are trained and kept.
        """
        ...

    @property
    def fingerprint(self) -> str:
        """Names data and model by their content; a run goes on from its own checkpoint only."""
        ...

    @property
    def monitored(self) -> str:
        """Which of the metrics of `validate` decides which epoch is the best."""
        ...

    @property
    def higher_is_better(self) -> bool:
        """Whether more of it is better."""
        ...

    def batches(self, epoch: int, rng: np.random.Generator) -> Sequence[_Batch]:
        """Return an epoch's batches: the same for the same epoch and generator.

        They may be anything that `loss` takes; best the examples' numbers (`batches_by_length`), since a run that goes
        on in the middle of an epoch passes over those that it has had. A sequence with a `padding_share` has it
        reported.
        """
        ...

    def loss(self, batch: _Batch) -> tuple[Tensor, int]:
        """Return the sum of the losses of a batch's examples, and how many they are.

        The sum, so that examples count the same whether their batch is large or small.
        """
        ...

    def validate(self) -> Mapping[str, float]:
        """Judge the modules as they are; called in evaluation mode and without gradients."""
        ...
