"""What sharing a trunk saves in memory."""

from typing import NamedTuple

from torch import nn

from backbone.encoder.encoder import Encoder
from backbone.encoder.splitting import split

__all__ = ["Weights", "weights_of"]

_MB = 1e6


class Weights(NamedTuple):
    """Megabytes of weights.

    Attributes
    ----------
    trunk
        What all tasks share, once.
    top
        What each task has for itself.
    whole
        An encoder of its own.
    """

    trunk: float
    top: float
    whole: float

    def shared(self, tasks: int) -> float:
        """Return what so many tasks take together over one trunk."""
        return self.trunk + tasks * self.top

    def apart(self, tasks: int) -> float:
        """Return what they take with an encoder each."""
        return tasks * self.whole


def weights_of(encoder: Encoder, at: int) -> Weights:
    """Return what an encoder's parts take, as they are in memory, when it is split at a layer."""
    trunk, top = split(encoder, at)
    return Weights(_size(trunk), _size(top), _size(encoder.model))


def _size(module: nn.Module) -> float:
    return sum(weight.numel() * weight.element_size() for weight in module.parameters()) / _MB
